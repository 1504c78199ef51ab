"""deploy/crmbridge.service: what systemd itself says of it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[3] / "deploy" / "crmbridge.service"
TEXT = FILE.read_text(encoding="utf-8")
PROGRAM = "/opt/crmbridge/bin/crmbridge"
MOST_EXPOSED = 2.0


def _installed(folder: Path, text: str = TEXT) -> Path:
    """The unit with a program that is there."""
    assert f"ExecStart={PROGRAM} run " in text
    unit = folder / "crmbridge.service"
    unit.write_text(text.replace(PROGRAM, str(Path(sys.executable).with_name("crmbridge"))))
    return unit


def test_systemd_understands_every_line(
    systemd_analyze: Callable[..., Any], tmp_path: Path
) -> None:
    done = systemd_analyze("verify", "--man=no", _installed(tmp_path))

    assert (0, "") == (done.returncode, done.stderr)


def test_a_misspelt_line_is_found(systemd_analyze: Callable[..., Any], tmp_path: Path) -> None:
    broken = TEXT.replace("ProtectSystem=strict", "ProtectSystems=strict")
    done = systemd_analyze("verify", "--man=no", _installed(tmp_path, broken))

    assert "ProtectSystems" in done.stderr


def test_little_is_open_to_it(systemd_analyze: Callable[..., Any], tmp_path: Path) -> None:
    done = systemd_analyze("security", "--offline=true", "--no-pager", _installed(tmp_path))
    exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)

    assert exposure is not None, done.stderr
    assert float(exposure[1]) < MOST_EXPOSED


def test_it_lets_a_cycle_finish_and_reads_changes_without_a_restart() -> None:
    assert "KillSignal=SIGTERM" in TEXT
    assert "ExecReload=/bin/kill -HUP $MAINPID" in TEXT
    # Copies that are made at the start would hide an exchanged secret.
    assert "\nLoadCredential" not in TEXT
    # Without /proc/sys a dead daemon of this machine cannot be told from a living one.
    assert "\nProcSubset" not in TEXT
