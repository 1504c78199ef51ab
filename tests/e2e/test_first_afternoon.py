"""From an empty folder to a live bridge, as somebody new would do it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from daemon_process import crmbridge

from crmbridge.clock import WorldClock
from crmbridge.sandbox import Sandbox
from crmbridge.sandbox.population import make_people
from crmbridge.sandbox.seeding import make_team, seed_people

pytestmark = pytest.mark.campaign


def test_from_nothing_to_live(tmp_path: Path) -> None:
    clock = WorldClock(datetime(2026, 6, 9, 12, 0, tzinfo=UTC))
    with Sandbox(clock, rate_limits=False) as sandbox:
        seed_people(sandbox, make_people(12, 4), make_team(sandbox))
        clock.advance(3600)
        (tmp_path / "answers.yaml").write_text(yaml.safe_dump(sandbox.sections()))
        done: list[str] = []

        def run(*command: str) -> str:
            done.append(command[0])
            result = crmbridge(*command, folder=tmp_path)
            assert result.returncode in (0, 2), result.stderr
            return result.stdout

        begun = run("init", "--answers", "answers.yaml")
        config = tmp_path / "crmbridge.yaml"
        # The simulated CRMs have a time of their own, and the doctor would say so.
        text = f"{config.read_text()}\nclock_url: {sandbox.hubspot_url}/__sim__/clock\n"
        config.write_text(text)
        red = run("doctor")
        planned = run("setup", "plan")
        run("setup", "apply", "--yes")
        green = run("doctor", "--quiet")
        shadow = run("once")
        preview = run("plan", "--html", "plan.html")
        config.write_text(text.replace("mode: shadow", "mode: canary\nscope: {percent: 50}"))
        clock.advance(60)
        canary = run("once")
        config.write_text(text.replace("mode: shadow", "mode: live"))
        clock.advance(60)
        live = run("once")
        clock.advance(60)
        run("once")
        clock.advance(60)
        quiet = run("plan")

    assert "written, in mode shadow" in begun
    assert "hubspot: logged in to account" in begun
    assert "life-cycle stages: customer, evangelist, lead, marketingqualifiedlead, " in begun
    assert "currencies: USD" in begun
    assert "currencies: one, and it does not say which" in begun
    assert "✗ salesforce: set-up: field Lead.CRMBridge_UID__c" in red
    assert "→ run `crmbridge setup apply`" in red
    assert "90 to create, 0 to change, 0 in the way" in planned
    assert green.startswith("0 errors, 0 warnings, ")
    assert "nothing was written: the settings say `mode: shadow`" in shadow
    assert "writes about 12 people" in preview
    assert "about those in its scope: 50 % of everybody" in canary
    assert "A canary" not in live
    assert "0 operations for 0 people would be written." in quiet
    assert 12 >= len(done)
