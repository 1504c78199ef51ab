"""``crmbridge run`` as a process of its own, which can be killed with no warning."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import yaml

from crmbridge.clock import WorldClock
from crmbridge.sandbox import Sandbox

_PATIENCE = 120.0
"""Seconds of real time for anything that takes a fraction of one, retries included."""


def write_config(folder: Path, sandbox: Sandbox, **more: object) -> Path:
    """A settings file for a bridge between the two sandboxed CRMs, in their time."""
    data = {
        **sandbox.sections(),
        "store": str(folder / "bridge.db"),
        "clock_url": f"{sandbox.hubspot_url}/__sim__/clock",
        "interval": 300,
        "jitter": 0,
        **more,
    }
    path = folder / "crmbridge.yaml"
    path.write_text(yaml.safe_dump(data))
    return path


def environment() -> dict[str, str]:
    """This process's, without what would change the settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CRMBRIDGE_")}
    return {**kept, "NO_COLOR": "1"}


def start_daemon(config: Path, *options: str, log: str = "daemon.log") -> subprocess.Popen[str]:
    """``crmbridge run`` in the background; its log goes beside the settings file."""
    out = (config.parent / log).open("a")
    with out:
        return subprocess.Popen(  # noqa: S603 # our own command
            [sys.executable, "-m", "crmbridge", "run", "--config", str(config), *options],
            cwd=config.parent,
            env=environment(),
            stdout=out,
            stderr=out,
            text=True,
        )


class Daemon:
    """A daemon in the world's time; begun anew whenever it ended."""

    def __init__(self, config: Path, clock: WorldClock) -> None:
        self._config = config
        self._clock = clock
        self._process = start_daemon(config)
        self.kills = 0
        self.ends = 0

    def kill(self) -> None:
        """End it with no warning, wherever it is."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(_PATIENCE)
        self.kills += 1
        self._begin_again()

    def wait_until_asleep(self) -> bool:
        """Return once it has done its cycle, or where it gave up: a refused login ends it, and it
        is begun anew. Whether it sleeps; raises ``TimeoutError`` where it does neither."""
        give_up = time.monotonic() + _PATIENCE
        while time.monotonic() < give_up:
            wakes = self._clock.waiting_until
            if wakes is not None and wakes > self._clock.now():
                return True
            if self._process.poll() is not None:
                self.ends += 1
                self._begin_again()
                return False
            time.sleep(0.005)
        raise TimeoutError(f"the daemon neither sleeps nor ends: see {self.log}")

    def stop(self) -> int:
        """Let it drain; its exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(_PATIENCE)

    @property
    def log(self) -> Path:
        """What it wrote."""
        return self._config.parent / "daemon.log"

    def _begin_again(self) -> None:
        self._clock.announce_waiting(None)
        self._process = start_daemon(self._config)
