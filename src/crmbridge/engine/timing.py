"""How long each step of a cycle takes, in real time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class Steps:
    """Adds up seconds by step, in the order in which the steps began."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """What runs within belongs to this step, also where it fails."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - began

    @property
    def seconds(self) -> Mapping[str, float]:
        """Step → seconds so far."""
        return dict(self._seconds)
