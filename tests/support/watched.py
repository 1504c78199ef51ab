"""A daemon that is watched, in the company's virtual time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from company import Company

from crmbridge.engine.daemon import Daemon
from crmbridge.operation.metrics import exposition
from crmbridge.operation.watch import Watch
from crmbridge.settings import Settings, load_settings


class Watched:
    """One life of a daemon process."""

    def __init__(self, people: Company, settings: Settings) -> None:
        self.people = people
        self.settings = settings
        self.watch = Watch(people.bridge.store, people.clock, settings)
        self.daemon = Daemon(people.bridge, people.clock, timedelta(minutes=1), watcher=self.watch)

    def turn(self, minutes: float = 1) -> None:
        """One cycle, and every message that it made is sent or has failed."""
        self.people.clock.advance(minutes * 60)
        self.daemon._run_once(None)
        self.settle()

    def turns(self, count: int, minutes: float = 1) -> None:
        for _ in range(count):
            self.turn(minutes)

    def settle(self) -> None:
        """Return once no message is due any more."""
        give_up = time.monotonic() + 20
        while True:
            with self.people.bridge.store.read() as tx:
                if not tx.due_notices(self.people.clock.now()):
                    return
            assert time.monotonic() < give_up
            time.sleep(0.01)

    def metric(self, name: str) -> float:
        """The value of a sample, as Prometheus would read it."""
        text = exposition({"b": self.watch.metrics}, "")[0].decode()
        text = text.replace('{bridge="b"}', "").replace('bridge="b",', "")
        (line,) = [line for line in text.splitlines() if line.startswith(f"crmbridge_{name} ")]
        return float(line.rpartition(" ")[2])


@contextmanager
def watched(people: Company, folder: Path, **alerts: Any) -> Iterator[Watched]:
    """A daemon that tells its troubles as the settings section ``alerts`` says."""
    sections = {**people.sandbox.sections(), "store": folder / "bridge.db", "alerts": alerts}
    made = Watched(people, load_settings(None, sections))
    with made.watch.leading(people.bridge, made.settings):
        yield made
