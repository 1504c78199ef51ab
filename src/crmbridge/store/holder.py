"""Who holds a lease: one process of one machine, for one purpose."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE = Path("/proc/self/ns/pid")
_DEAD = "ZX"
_STATE, _STARTED = 0, 19
"""Where /proc/PID/stat has them, counted behind the name of the program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """``instance`` is random: one for everything that one opened store holds. ``purpose``,
    ``host`` and ``process`` are for people. ``mark`` tells the process from every other that its
    machine has run or will run; ``None`` where the machine does not say."""

    instance: str
    purpose: str
    host: str
    process: int
    mark: str | None = None

    @classmethod
    def here(cls, purpose: str, instance: str) -> Holder:
        """This process."""
        process, machine = os.getpid(), _machine()
        life = _life(process)
        return cls(
            instance=instance,
            purpose=purpose,
            host=socket.gethostname(),
            process=process,
            mark=f"{machine}/{life[1]}" if machine and life else None,
        )

    def lives(self) -> bool | None:
        """Whether the process is still there; ``None`` where this machine cannot know, because it
        runs on another one or in another container. A frozen process lives."""
        machine = _machine()
        if self.mark is None or machine is None or not self.mark.startswith(f"{machine}/"):
            return None
        try:
            os.kill(self.process, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            # It is there, as somebody else's.
            pass
        life = _life(self.process)
        if life is None:
            return None
        state, started = life
        return state not in _DEAD and self.mark == f"{machine}/{started}"

    def __str__(self) -> str:
        return f"crmbridge {self.purpose} on {self.host}, process {self.process}"


def _machine() -> str | None:
    """Which table of processes our process ids are from: of this start of the machine, and of
    this container."""
    try:
        return f"{_BOOT.read_text().strip()}/{_NAMESPACE.readlink()}"
    except OSError:
        return None


def _life(process: int) -> tuple[str, str] | None:
    """State and start of a process, where we may see them."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return None
    # The program's name stands in brackets and may hold anything.
    rest = stat.rpartition(")")[2].split()
    return rest[_STATE], rest[_STARTED]
