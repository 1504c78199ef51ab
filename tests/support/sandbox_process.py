"""``crmbridge sandbox`` as a process, and what its first line says."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_COMMAND = [sys.executable, "-m", "crmbridge", "sandbox"]


@contextmanager
def running_sandbox(*options: str) -> Iterator[dict[str, Any]]:
    """A sandbox with twenty people; SIGTERM must end it with exit code 0."""
    with _until(signal.SIGTERM, 0, *options) as told:
        yield told


@contextmanager
def killed_sandbox(*options: str) -> Iterator[dict[str, Any]]:
    """The same, ended without a chance to tidy up."""
    with _until(signal.SIGKILL, -signal.SIGKILL, *options) as told:
        yield told


@contextmanager
def _until(end: signal.Signals, code: int, *options: str) -> Iterator[dict[str, Any]]:
    process = subprocess.Popen(
        [*_COMMAND, "--json", "--people", "20", "--seed", "3", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.stderr.read() if process.stderr else ""
        try:
            yield json.loads(line)
        finally:
            process.send_signal(end)
            assert process.wait(30) == code


def run_sandbox(*options: str) -> subprocess.CompletedProcess[str]:
    """A sandbox that is expected to end by itself."""
    return subprocess.run(
        [*_COMMAND, *options], capture_output=True, text=True, timeout=60, check=False
    )
