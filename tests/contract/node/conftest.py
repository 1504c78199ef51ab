"""Installs the vendors' JavaScript clients once, outside the source tree, and runs scripts.

Needs Node 20 or newer. Where it is missing the tests are skipped, but never in CI.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

HERE = Path(__file__).parent
BUILD = HERE.parents[2] / "build" / "node"
_OLDEST_NODE = 20
_INSTALL_SECONDS = 240
_SCRIPT_SECONDS = 120

RunNode = Callable[[Path, Mapping[str, str]], str]


def _missing_node() -> str | None:
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "node and npm are not installed"
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    major = re.match(r"v(\d+)", version.stdout)
    if major is None or int(major.group(1)) < _OLDEST_NODE:
        return f"node is older than {_OLDEST_NODE}: {version.stdout.strip()}"
    return None


@pytest.fixture(scope="session")
def node_project() -> Path:
    """The directory with the locked packages installed."""
    reason = _missing_node()
    if reason and os.environ.get("CI") == "true":
        pytest.fail(f"the JavaScript clients must be tested in CI: {reason}")
    if reason:
        pytest.skip(f"JavaScript clients not tested: {reason}")
    BUILD.mkdir(parents=True, exist_ok=True)
    lock = (HERE / "package-lock.json").read_bytes()
    digest = hashlib.sha256(lock + (HERE / "package.json").read_bytes()).hexdigest()
    stamp = BUILD / "installed"
    with (BUILD / "install.lock").open("w") as guard:
        # Parallel test processes share one installation.
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != digest:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, BUILD / name)
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            done = subprocess.run(
                command,
                cwd=BUILD,
                capture_output=True,
                text=True,
                timeout=_INSTALL_SECONDS,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            stamp.write_text(digest)
    return BUILD


@pytest.fixture
def run_node(node_project: Path) -> RunNode:
    """Run a script among the installed packages and answer what it printed."""

    def run(script: Path, environment: Mapping[str, str]) -> str:
        # Node looks for packages beside the script, so the script goes where they are.
        place = node_project / script.parent.name
        place.mkdir(exist_ok=True)
        copied = Path(shutil.copy(script, place / script.name))
        done = subprocess.run(
            ["node", str(copied)],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=_SCRIPT_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    return run
