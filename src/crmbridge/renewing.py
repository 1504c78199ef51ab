"""Settings, secrets and rule book read again while the daemon runs.

What cannot be used changes nothing: the old stays in force, and that is said once. A rule book
takes over only where it is in force: one that somebody is just writing is not signed as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from crmbridge.app import load_candidate, load_rules, make_bridge
from crmbridge.core.alerting import AlertKind, Trouble
from crmbridge.core.rules import Rules
from crmbridge.engine.cycle import Bridge
from crmbridge.engine.daemon import Course
from crmbridge.errors import AuthError, ConfigError, RetryableError
from crmbridge.logs import configure
from crmbridge.operation.watch import Watch
from crmbridge.rulebook.locating import find
from crmbridge.settings import Settings, sources
from crmbridge.store import Store

_log = structlog.get_logger(__name__)

FIXED = ("name", "store", "lease", "clock_url", "operation")
"""Settings that a running process cannot change."""

Seen = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Books:
    """The rule books to follow, and what of them cannot be used. ``awaited``: one will be in force
    by itself, or once it is signed."""

    rules: Rules
    candidate: Rules | None
    told: tuple[str, ...]
    awaited: bool


class Renewer:
    """The daemon's ``Renewal``: looks at the files before each cycle, which costs a look at each
    file's date, and reads them where one has changed or somebody asks."""

    def __init__(
        self,
        read: Callable[[], Settings],
        config: Path | None,
        settings: Settings,
        store: Store,
        watch: Watch,
        configure: Callable[[Settings], None] = configure,
    ) -> None:
        """``read`` gives the settings as they stand now, ``config`` is the settings file that was
        named, if any; ``settings`` are those in use. ``configure`` has the process use others."""
        self._configure = configure
        self._read = read
        self._config = config
        self._settings = settings
        self._store = store
        self._watch = watch
        self._opened = ExitStack()
        self._seen = self._look_at_files()
        self._put_off = False
        self._awaited = False
        self._told: tuple[str, ...] = ()

    def close(self) -> None:
        """Give back what was opened since."""
        self._opened.close()

    def look(self, course: Course, now: datetime, *, asked: bool) -> Course | None:
        """What is to be run from now on, ``None`` where that has not changed."""
        seen = self._look_at_files()
        news = asked or self._put_off or seen != self._seen
        if not news and not self._awaited:
            return None
        self._seen = seen
        try:
            settings, told = self._settings_now()
        except ConfigError as error:
            self._tell((error.message,), now)
            return None
        books = self._books(settings, course.bridge, now)
        if not news and books.rules is course.bridge.rules:
            return None
        told += books.told
        try:
            bridge = self._make(settings, books, course.bridge)
        except RetryableError as error:
            if not self._put_off:
                _log.info("reload_put_off", reason=error.message)
            self._put_off = True
            return None
        except (ConfigError, AuthError) as error:
            self._put_off = False
            self._tell((error.message, *told), now)
            return None
        self._put_off, self._awaited = False, books.awaited
        self._settings = settings
        self._configure(settings)
        _log.info("settings_reloaded", rule_book=bridge.rules.version, asked=asked)
        self._watch.use(bridge, settings)
        self._tell(told, now, used=True)
        interval = timedelta(seconds=settings.interval)
        return Course(bridge=bridge, interval=interval, jitter=settings.jitter)

    def _settings_now(self) -> tuple[Settings, tuple[str, ...]]:
        """The settings, with what a running process cannot change as it was, and what that is."""
        found, old = self._read(), self._settings
        changed = [name for name in FIXED if getattr(found, name) != getattr(old, name)]
        kept = found.model_copy(update={name: getattr(old, name) for name in changed})
        return kept, tuple(f"{name} has changed: restart to use it" for name in changed)

    def _books(self, settings: Settings, old: Bridge, now: datetime) -> _Books:
        told: list[str] = []
        rules, candidate, awaited = old.rules, old.candidate, False
        try:
            found = load_rules(settings)
            why = found.why_shadow(now)
            if why is None or old.rules.why_shadow(now) is not None:
                rules = found
            else:
                # One that lacks a signature is another file once it is signed.
                awaited = found.why_shadow(max(now, found.in_force_from)) is None
                told.append(f"rule book: {why}; version {old.rules.version} stays in force")
        except ConfigError as error:
            told.append(error.message)
        try:
            candidate = load_candidate(settings)
        except ConfigError as error:
            told.append(f"shadow_rules: {error.message}")
        return _Books(rules=rules, candidate=candidate, told=tuple(told), awaited=awaited)

    def _make(self, settings: Settings, books: _Books, old: Bridge) -> Bridge:
        """A bridge that has proved its logins; where nobody could log in before either it may
        also wait for an answer. What was known of a CRM that does not answer is not believed: the
        changed setting may be its address."""
        with ExitStack() as opened:
            made = make_bridge(settings, self._store, books.rules, books.candidate, opened)
            made.pause = old.pause
            with suppress(*(() if old.identities else (RetryableError,))):
                made.meet()
            self._opened.close()
            self._opened = opened.pop_all()
        return made

    def _tell(self, reasons: tuple[str, ...], now: datetime, *, used: bool = False) -> None:
        """Say what is not used, once, and what is."""
        if reasons and reasons != self._told:
            _log.warning("reload_refused", reasons=list(reasons))
        refused = None
        if reasons:
            refused = Trouble(
                kind=AlertKind.SETTINGS,
                text="; ".join(reasons),
                remedy="What was in use before stays so. Mend it: it is read again by itself.",
            )
        if used or reasons != self._told:
            self._watch.reloaded(refused, used=used)
            self._watch.look(now)
        self._told = reasons

    def _look_at_files(self) -> Seen:
        """Date, size and identity of every file that could matter."""
        return tuple(_stamp(path) for path in sorted({*self._files()}))

    def _files(self) -> Iterator[Path]:
        yield from sources(self._config)
        for named in (self._settings.rules, self._settings.shadow_rules):
            try:
                folder = find(named)
                yield from sorted(folder.glob("*.yaml"))
            except (ConfigError, OSError):
                continue


def _stamp(path: Path) -> tuple[str, int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return str(path), 0, 0, 0
    return str(path), found.st_mtime_ns, found.st_size, found.st_ino
