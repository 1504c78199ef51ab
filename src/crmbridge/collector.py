"""Python's collector of cyclic garbage, and where it had better look away."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """For the making of a page of rows: they come into being by the ten thousand, none of them is
    garbage and none points back, yet the collector would go through them again and again (10 of 37
    us a lead). Whatever is dropped is freed as ever.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
