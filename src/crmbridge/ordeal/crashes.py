"""Sudden ends of the bridge at chosen steps, as a killed process would meet them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, Protocol

from crmbridge.core.operations import Operation, Receipt
from crmbridge.ports import Checkpoint, Connector, Page
from crmbridge.store import Store, Transaction


class Crash(BaseException):
    """The process is gone: nobody may catch it but whoever starts the next one."""


class Moment(StrEnum):
    """Where the bridge can end."""

    BEFORE_SENDING = "crash before sending"
    BEFORE_RECEIPT = "crash between a write and its receipt"
    WHILE_READING = "crash between two pages"
    BEFORE_COMMIT = "crash before a commit"


class Fuse:
    """Burns down to a crash: armed for a moment, it lets some such moments pass."""

    def __init__(self) -> None:
        self._moment: Moment | None = None
        self._left = 0
        self.fired: Counter[Moment] = Counter()

    def arm(self, moment: Moment, passing: int) -> None:
        """Crash at the moment after next ``passing`` ones."""
        self._moment, self._left = moment, passing

    def disarm(self) -> None:
        """Let the bridge live."""
        self._moment = None

    def reach(self, moment: Moment) -> None:
        """Such a moment has come."""
        if moment is not self._moment:
            return
        if self._left:
            self._left -= 1
            return
        self._moment = None
        self.fired[moment] += 1
        raise Crash(moment)


class Watcher(Protocol):
    """Who sees each write, before it is sent and once it was answered."""

    def before(self, operations: Sequence[Operation]) -> Any:
        """What ``after`` is to be told."""
        ...

    def after(
        self, operations: Sequence[Operation], receipts: Sequence[Receipt], seen: Any
    ) -> None:
        """The answers."""
        ...


class FragileConnector:
    """A connector whose process may end at any of its steps, and whose writes are watched."""

    def __init__(self, real: Connector, fuse: Fuse, watch: Watcher) -> None:
        self._real = real
        self._fuse = fuse
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def poll(self, stream: str, checkpoint: Checkpoint) -> Iterator[Page]:
        """The real pages, each of which may be the last that this process sees."""
        for page in self._real.poll(stream, checkpoint):
            self._fuse.reach(Moment.WHILE_READING)
            yield page

    def apply(self, operations: Sequence[Operation]) -> list[Receipt]:
        """The real receipts, unless nobody is there any more to take them."""
        self._fuse.reach(Moment.BEFORE_SENDING)
        seen = self._watch.before(operations)
        receipts = self._real.apply(operations)
        self._watch.after(operations, receipts, seen)
        self._fuse.reach(Moment.BEFORE_RECEIPT)
        return receipts


class FragileStore:
    """A store whose process may end before it commits."""

    def __init__(self, real: Store, fuse: Fuse) -> None:
        self._real = real
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A transaction that may never be committed."""
        with self._real.transaction() as tx:
            yield tx
            self._fuse.reach(Moment.BEFORE_COMMIT)
