"""A company's old leads get their stage and score together, by one job, once somebody said yes."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from company import company

from crmbridge.cli.approve import approve

pytestmark = pytest.mark.campaign

MANY = 1_050


def test_very_many_old_leads_are_written_by_one_job(tmp_path: Path) -> None:
    with company(tmp_path, bulk_from=1_000) as people:
        world = people.sandbox.salesforce_world
        values = {"Company": "Acme", "Status": "Open - Not Contacted"}
        for number in range(MANY):
            who = {"LastName": f"Doe {number}", "Email": f"p{number}@acme-{number}.example"}
            world.insert("Lead", people.rep, {**values, **who})
        people.org.sim("bulk", {"seconds": 0})
        people.org.sim("calls/reset", {})
        held = people.cycle()
        yes = CliRunner().invoke(approve, ["--yes", "--store", str(tmp_path / "bridge.db")])
        assert (MANY, 0) == (held.held, yes.exit_code)
        reports = [people.cycle() for _ in range(2)]

        written = people.query("SELECT COUNT(Id) n FROM Lead WHERE CRMBridge_Stage__c = 'LEAD'")
        assert MANY == written[0]["n"]
        assert MANY == sum(report.writes["salesforce"] for report in reports)
        assert reports[-1].is_idle
        jobs = [count for route, count in world.calls.by_route.items() if "jobs/ingest" in route]
        assert 6 <= sum(jobs) <= 8
