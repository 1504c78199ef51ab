"""``crmbridge`` as its users run it: a process, a settings file, signals."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from crmbridge.ordeal.process import environment, start_daemon, write_config
from crmbridge.sandbox import Sandbox

__all__ = ["Life", "crmbridge", "start_daemon", "write_config"]

_PATIENCE = 60.0
"""Seconds of real time for anything that takes a fraction of one."""


def crmbridge(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "crmbridge", *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def set_up(config: Path, folder: Path) -> None:
    """Bring crmbridge's fields into both CRMs, as an operator does."""
    done = crmbridge("setup", "apply", "--yes", "--config", str(config), folder=folder)
    assert done.returncode == 0, done.stderr


class Life:
    """Lets a daemon live through virtual hours in which people act at given instants."""

    def __init__(self, sandbox: Sandbox, config: Path) -> None:
        self._sandbox = sandbox
        self._config = config
        self.daemon = start_daemon(config)
        self.kills = 0

    def live(
        self,
        until: datetime,
        acts: dict[datetime, Callable[[], None]],
        crash: Callable[[], bool] | None = None,
    ) -> None:
        """Advance the world whenever the daemon sleeps; where ``crash`` says so, kill it
        with no warning, free the held request, and start it anew."""
        waiting = dict(sorted(acts.items()))
        while (wakes := self._sleeping_until(crash)) <= until:
            for at in [at for at in waiting if at <= wakes]:
                self._sandbox.clock.set(max(at, self._sandbox.clock.now()))
                waiting.pop(at)()
            self._sandbox.clock.set(wakes)
        self.end()

    def wait_until_asleep(self) -> datetime:
        """Return once the daemon has done its cycle; when it will wake."""
        return self._sleeping_until(None)

    def end(self) -> None:
        """SIGTERM drains: the daemon ends by itself with exit code 0."""
        self.daemon.send_signal(signal.SIGTERM)
        assert self.daemon.wait(_PATIENCE) == 0, (self._config.parent / "daemon.log").read_text()

    def _sleeping_until(self, crash: Callable[[], bool] | None) -> datetime:
        give_up = time.monotonic() + _PATIENCE
        while time.monotonic() < give_up:
            if crash is not None and crash():
                self._kill()
            wakes = self._sandbox.clock.waiting_until
            if wakes is not None and wakes > self._sandbox.clock.now():
                return wakes
            if self.daemon.poll() is not None:
                break
            time.sleep(0.01)
        raise AssertionError(
            "the daemon neither sleeps nor works: "
            + (self._config.parent / "daemon.log").read_text()
        )

    def _kill(self) -> None:
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait(_PATIENCE)
        self.kills += 1
        self._sandbox.clock.announce_waiting(None)
        for client in (self._sandbox.hubspot_client(), self._sandbox.salesforce_client()):
            client.sim("faults", method="DELETE")
        self.daemon = start_daemon(self._config)
