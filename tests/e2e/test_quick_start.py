"""docs/quick-start.md, typed as it stands."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from sandbox_process import running_sandbox

pytestmark = pytest.mark.campaign

GUIDE = (Path(__file__).parents[2] / "docs" / "quick-start.md").read_text(encoding="utf-8")
_ELSEWHERE = ("pip install", "crmbridge demo", "crmbridge sandbox")
"""The wheel's own test runs these."""


def commands() -> list[str]:
    """What the guide tells to type, in order."""
    blocks = re.findall(r"```console\n(.*?)```", GUIDE, re.DOTALL)
    lines = [line[2:].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if not line.startswith(_ELSEWHERE)]


def test_a_new_user_gets_from_an_empty_folder_to_a_live_bridge(tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    folder = tmp_path
    said: list[tuple[str, int, str]] = []
    with running_sandbox() as told:
        answers = {
            "hubspot": {name: told["hubspot"][name] for name in ("base_url", "token")},
            "salesforce": {
                name: told["salesforce"][name]
                for name in ("base_url", "client_id", "client_secret")
            },
        }
        (tmp_path / "answers.yaml").write_text(yaml.safe_dump(answers))
        for number, line in enumerate(commands()):
            if line == "mkdir bridge && cd bridge":
                folder = tmp_path / "bridge"
                folder.mkdir()
                continue
            if number == len(commands()) - 2:
                file = folder / "crmbridge.yaml"
                text = file.read_text()
                assert "mode: shadow" in text
                file.write_text(text.replace("mode: shadow", "mode: live"))
            done = subprocess.run(
                shlex.split(line),
                cwd=folder,
                env={**os.environ, "PATH": path, "NO_COLOR": "1"},
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            said.append((line, done.returncode, done.stdout))
            assert "crmbridge: " not in done.stderr

    assert [2] == [code for line, code, _ in said if line == "crmbridge plan"]
    assert {0} == {code for line, code, _ in said if line != "crmbridge plan"}
    shadow, first, second = [text for line, _, text in said if line.endswith("once")]
    assert "In shadow, so nothing was written" in shadow
    assert "0 moved stage" in first
    assert "Writes: 0 to hubspot" not in first
    assert "Writes: 0 to hubspot, 0 to salesforce" in second
