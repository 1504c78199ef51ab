"""Setting up, previewing, going live and looking again, as an operator does it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from daemon_process import crmbridge, write_config

from crmbridge.clock import WorldClock
from crmbridge.sandbox import Sandbox
from crmbridge.sandbox.population import make_people
from crmbridge.sandbox.seeding import make_team, seed_people

pytestmark = pytest.mark.campaign


def test_setup_plan_once_and_plan_again(tmp_path: Path) -> None:
    clock = WorldClock(datetime(2026, 6, 9, 12, 0, tzinfo=UTC))
    with Sandbox(clock, rate_limits=False) as sandbox:
        seed_people(sandbox, make_people(12, 4), make_team(sandbox))
        config = str(write_config(tmp_path, sandbox))
        # Everyone was there before the bridge goes live.
        clock.advance(3600)

        def run(*command: str) -> tuple[int, str]:
            result = crmbridge(*command, "--config", config, folder=tmp_path)
            return result.returncode, result.stdout

        shown = run("setup", "plan")
        applied, repeated = run("setup", "apply", "--yes"), run("setup", "apply", "--yes")
        complete = run("setup", "plan")
        preview = run("plan")
        preview_json = run("plan", "--json")
        page = run("plan", "--html", str(tmp_path / "plan.html"), "--mode", "live")
        no_scope = run("plan", "--mode", "canary")
        store_untouched = not (tmp_path / "bridge.db").exists()
        live = run("once", "--json")
        clock.advance(60)
        run("once")
        clock.advance(60)
        quiet = run("plan")
        sentence = run("once")

    assert 2 == shown[0]
    assert "to create" in shown[1]
    assert (0, 0) == (applied[0], repeated[0])
    assert "created" in applied[1]
    assert "has everything already" in repeated[1]
    assert 0 == complete[0]
    assert (2, 2) == (preview[0], preview_json[0])
    assert "(empty) -> LEAD" in preview[1]
    assert all(json.loads(line)["operation"] for line in preview_json[1].splitlines())
    assert (2, 1) == (page[0], no_scope[0])
    assert "12 people" in page[1]
    assert "LEAD" in (tmp_path / "plan.html").read_text()
    assert 0o600 == (tmp_path / "plan.html").stat().st_mode & 0o777
    assert store_untouched
    report = json.loads(live[1])
    assert (12, 0, 0) == (report["persons"], report["moves"], report["parked"])
    assert len(preview_json[1].splitlines()) == sum(report["writes"].values())
    assert (0, "0 operations for 0 people would be written.") == (quiet[0], quiet[1].strip())
    assert "Cycle 3" in sentence[1]
