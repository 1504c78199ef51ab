"""The daemons of this process: for every bridge one, with a store and a thread of its own."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from types import FrameType

import structlog

from crmbridge.app import make_clock, open_bridge, open_store
from crmbridge.engine.daemon import Daemon
from crmbridge.errors import ConfigError, CrmBridgeError, StoreUnavailable
from crmbridge.logs import configure
from crmbridge.operation.server import Observed, OperationServer
from crmbridge.operation.watch import Watch
from crmbridge.renewing import FIXED, Renewer
from crmbridge.settings import Settings, listening
from crmbridge.store import Store
from crmbridge.store.holder import Holder
from crmbridge.store.patience import NoRival, StandBy, Waived
from crmbridge.store_place import StorePlace

_log = structlog.get_logger(__name__)

_INTERRUPTED = 130
"""The exit code of a command that somebody interrupts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the settings of a bridge come from: ``read`` gives them as they stand now, ``config``
    is the file that was named for them, if any."""

    read: Callable[[], Settings]
    config: Path | None


class Post:
    """One bridge of this process."""

    def __init__(self, source: Source, settings: Settings, store: Store) -> None:
        self.source = source
        self.settings = settings
        self.store = store
        self._clock = make_clock(settings)
        self.watch = Watch(store, self._clock, settings)
        self.error: BaseException | None = None
        self.held = ExitStack()
        self._daemon: Daemon | None = None
        self._stopped = threading.Event()

    @property
    def observed(self) -> Observed:
        """What may be asked of it."""
        return Observed(
            view=lambda: self.watch.view,
            now=self._clock.now,
            metrics=self.watch.metrics,
            store=self.store,
        )

    def stop(self) -> None:
        """Let the cycle in flight finish and start no other, or stand by no longer."""
        self._stopped.set()
        if self._daemon is not None:
            self._daemon.stop()

    def renew(self) -> None:
        """Look for other settings, where any are in use."""
        if self._daemon is not None:
            self._daemon.renew()
        else:
            _log.info("reload_not_needed")

    def lease(self, *, standby: bool) -> AbstractContextManager[None]:
        """The place of the one who runs cycles; who stands by waits for it until ``stop``."""
        if not standby:
            remedy = "end that one first, or add --standby"
            return self.store.lease("run", NoRival(remedy, self._stopped))

        def tell(holder: Holder) -> None:
            _log.info("standing_by", holder=str(holder))
            self.watch.stand_by()

        def miss(error: StoreUnavailable) -> None:
            _log.warning("store_unavailable", reason=error.message)

        return self.store.lease("run", StandBy(tell, self.watch.beat, miss, self._stopped))

    def lead(self, configured: Callable[[Post, Settings], None]) -> None:
        """Run cycles until ``stop``; ``configured`` is told of other settings."""
        settings = self.settings
        with (
            open_bridge(settings, store=self.store) as bridge,
            self.watch.leading(bridge, settings),
            closing(
                Renewer(
                    self.source.read,
                    self.source.config,
                    settings,
                    self.store,
                    self.watch,
                    lambda changed: configured(self, changed),
                )
            ) as renewer,
        ):
            self._daemon = Daemon(
                bridge,
                make_clock(settings),
                timedelta(seconds=settings.interval),
                settings.jitter,
                watcher=self.watch,
                renewal=renewer,
            )
            if not self._stopped.is_set():
                self._daemon.run()


class Process:
    """All bridges of one process: once all have begun, what befalls one touches no other."""

    def __init__(self, sources: Sequence[Source], *, standby: bool) -> None:
        self._sources = sources
        self._standby = standby
        self._posts: list[Post] = []
        self._stopping = False

    def run(self) -> None:
        """Run until SIGTERM or SIGINT, which let cycles in flight finish, or until every daemon has
        ended; a second signal stops at once, which loses nothing. Raises the first error of any,
        and at once what keeps a bridge from beginning."""
        settings = [source.read() for source in self._sources]
        _check(settings)
        configure(*settings)
        if self._standby:
            # What is wrong with settings and rule book is said now, not when it is needed.
            for each in settings:
                with open_bridge(each):
                    pass
        with self._listening_to_signals(), suppress(Waived), ExitStack() as begun:
            for source, found in zip(self._sources, settings, strict=True):
                store = begun.enter_context(open_store(found))
                post = Post(source, found, store)
                self._posts.append(post)
                begun.enter_context(post.held)
                if self._stopping:
                    return
            if not self._standby:
                # A second daemon hears of the first one, not of its port.
                for post in self._posts:
                    post.held.enter_context(post.lease(standby=False))
            begun.enter_context(self._serving())
            self._work()
        for post in self._posts:
            if post.error is not None:
                raise post.error

    def _work(self) -> None:
        threads = [
            threading.Thread(target=self._fill, args=[post], name=post.settings.name, daemon=True)
            for post in self._posts
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _fill(self, post: Post) -> None:
        if len(self._posts) > 1:
            structlog.contextvars.bind_contextvars(bridge=post.settings.name)
        try:
            # Left as soon as it ends, so that a standby elsewhere takes over.
            with post.held:
                if self._standby:
                    post.held.enter_context(post.lease(standby=True))
                    _log.info("lease_taken")
                    # Weeks may have passed.
                    kept = {name: getattr(post.settings, name) for name in FIXED}
                    self._configure(post, post.source.read().model_copy(update=kept))
                post.lead(self._configure)
        except Waived:
            return
        except BaseException as error:
            post.error = error
            post.watch.over(error)
            if len(self._posts) > 1:
                unexpected = error if not isinstance(error, CrmBridgeError) else None
                _log.error("bridge_ended", reason=post.watch.view.reason, exc_info=unexpected)

    def _configure(self, post: Post, settings: Settings) -> None:
        post.settings = settings
        configure(*(each.settings for each in self._posts))

    @contextmanager
    def _serving(self) -> Iterator[None]:
        """Answer over HTTP meanwhile, where the settings say so."""
        named = [post.settings.operation.listen for post in self._posts]
        address = next((found for each in named if each and (found := listening(each))), None)
        if address is None:
            yield
            return
        with OperationServer(address, {post.settings.name: post.observed for post in self._posts}):
            yield

    @contextmanager
    def _listening_to_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT drain; the second one stops at once. SIGHUP has settings and rule
        books read again."""

        def stop(number: int, _frame: FrameType | None) -> None:
            if self._stopping:
                # As a `kill -9` would. Threads that are at work cannot be told otherwise.
                os._exit(_INTERRUPTED)
            self._stopping = True
            _log.info("stop_requested", signal=signal.Signals(number).name)
            for post in self._posts:
                post.stop()

        def renew(_number: int, _frame: FrameType | None) -> None:
            for post in self._posts:
                post.renew()

        handlers = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGHUP: renew}
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _check(settings: Sequence[Settings]) -> None:
    """Raises ``ConfigError`` where bridges of one process get into each other's way."""
    for one, other in combinations(settings, 2):
        if one.name == other.name:
            raise ConfigError(
                f"name: two bridges of one process are called {one.name!r}: give each a `name`"
            )
        both = f"{one.name} and {other.name}"
        if _whole(one.store) == _whole(other.store):
            raise ConfigError(f"store: {both} share {one.store}: each needs its own")
        for system in one.connectors.keys() & other.connectors.keys():
            if one.connectors[system] == other.connectors[system]:
                raise ConfigError(
                    f"{system}: {both} have the same account and login: do both read their secrets "
                    "from one directory, or from the environment?"
                )
        for name in ("log_level", "log_format"):
            if getattr(one, name) != getattr(other, name):
                raise ConfigError(f"{name}: {both} differ, but one process has one log")
    listened = {each.operation.listen for each in settings if each.operation.listen}
    if len(listened) > 1:
        raise ConfigError(
            "operation.listen: one process answers at one address, not at "
            f"{' and '.join(sorted(listened))}: name it in one of the settings files"
        )


def _whole(place: StorePlace) -> object:
    """The place by the one name that it has from wherever it is looked at."""
    if place.path is not None:
        return place.path.resolve()
    return place.url or object()
