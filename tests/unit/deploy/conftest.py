"""The tools that the files under ``deploy/`` are checked with."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
_BROUGHT = ROOT / "build" / "tools"
_SECONDS = 60

Done = subprocess.CompletedProcess[str]
Tool = Callable[..., Done]


def _tool(name: str) -> Tool:
    places = (Path(sys.executable).parent, _BROUGHT)
    found = next((str(each / name) for each in places if (each / name).is_file()), None)
    path = found or shutil.which(name)
    if path is None:
        # `make test` brings it; where that is impossible the test is seen to be left out.
        reason = f"{name} is missing: `.ci/tools` brings it or says why not"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)

    def run(*arguments: str | Path, folder: Path = ROOT, say: str | None = None) -> Done:
        return subprocess.run(
            [path, *map(str, arguments)],
            cwd=folder,
            input=say,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def promtool() -> Tool:
    return _tool("promtool")


@pytest.fixture(scope="session")
def systemd_analyze() -> Tool:
    return _tool("systemd-analyze")


@pytest.fixture(scope="session")
def hadolint() -> Tool:
    return _tool("hadolint")


@pytest.fixture(scope="session")
def check_jsonschema() -> Tool:
    return _tool("check-jsonschema")


@pytest.fixture(scope="session")
def kubernetes_validate() -> Tool:
    return _tool("kubernetes-validate")


@pytest.fixture(scope="session")
def zizmor() -> Tool:
    return _tool("zizmor")
