"""Lets the native sync run whenever the world's clock has come to its next quarter of an hour."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from crmbridge.clock import Clock
from crmbridge.sandbox.native_sync.syncing import NativeSync

_LOOK_SECONDS = 0.2


class Pacemaker:
    """A thread of its own, from entering to leaving; a clock that jumps costs one run."""

    def __init__(self, native: NativeSync, clock: Clock) -> None:
        self._native, self._clock = native, clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="native-sync", daemon=True)

    def _beat(self) -> None:
        while not self._stop.wait(_LOOK_SECONDS):
            if self._clock.now() >= self._native.next_at:
                self._native.run()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
