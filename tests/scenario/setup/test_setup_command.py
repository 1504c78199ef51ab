"""``crmbridge setup`` as an operator uses it, beside two simulated CRMs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from daemon_process import write_config

from crmbridge.cli.setup import FAILED, IN_THE_WAY, TO_DO, setup
from crmbridge.clock import WorldClock
from crmbridge.errors import ConfigError
from crmbridge.sandbox import Sandbox
from crmbridge.store import Store
from crmbridge.store.patience import NoRival

FIELD = "/services/data/v67.0/tooling/sobjects/CustomField"


class Desk:
    """Types commands; counts what they wrote."""

    def __init__(self, sandbox: Sandbox, config: Path) -> None:
        self.sandbox = sandbox
        self.config = config

    def type(self, *words: str, answer: str = "") -> Result:
        command = [words[0], "--config", str(self.config), *words[1:]]
        return CliRunner().invoke(setup, command, input=answer)

    def lines(self, *words: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.type(*words, "--json").stdout.splitlines()]

    def made(self) -> int:
        """Fields and properties of ours in both CRMs."""
        world = self.sandbox.salesforce_world
        portal = self.sandbox.hubspot_client(self.sandbox.hubspot_token)
        properties = portal.get("/crm/v3/properties/contacts").json()
        ours = [each for each in properties["results"] if each["groupName"] == "crmbridge"]
        return len(ours) + len(world.tooling_store.table("CustomField"))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock = WorldClock(datetime(2026, 6, 9, 12, 0, tzinfo=UTC))
    with Sandbox(clock, rate_limits=False) as sandbox:
        yield Desk(sandbox, write_config(tmp_path, sandbox))


def test_from_an_empty_account_and_back(desk: Desk) -> None:
    """Plan, a no, nobody to ask, a yes, again, removing: each says what it is about to do."""
    shown = desk.type("plan")
    assert TO_DO == shown.exit_code
    assert "salesforce  + field Lead.CRMBridge_Score__c (label Score; help" in shown.output
    assert "by hand: Setup > Object Manager > Lead" in shown.output
    assert "90 to create, 0 to change, 0 in the way" in shown.output

    refused, unasked = desk.type("apply", answer="n\n"), desk.type("apply")
    assert FAILED == refused.exit_code
    assert "Nothing was changed." in refused.output
    assert isinstance(unasked.exception, ConfigError)
    assert "add --yes" in str(unasked.exception)
    assert 0 == desk.made()

    applied = desk.type("apply", answer="y\n")
    assert (0, "created list NL-BUDGET" in applied.output) == (applied.exit_code, True)
    everything = desk.made()
    assert 0 == desk.type("plan").exit_code
    assert {"there", "by hand"} == {each["state"] for each in desk.lines("plan")}
    again = desk.type("apply")
    assert (0, 2) == (again.exit_code, again.output.count("has everything already"))
    assert everything == desk.made()

    assert {"ours"} == {each["state"] for each in desk.lines("remove", "--plan")}
    looked = desk.type("remove", "--plan")
    assert (0, everything) == (looked.exit_code, desk.made())
    kept = desk.type("remove", answer="n\n")
    assert "Lead.CRMBridge_Score__c, " in kept.output
    assert "with ALL VALUES in them" in kept.output
    assert (FAILED, everything) == (kept.exit_code, desk.made())
    removed = desk.type("remove", "--yes")
    assert (0, 0) == (removed.exit_code, desk.made())
    assert "removed permission set CRMBridge_Sales" in removed.output
    assert "has anything of crmbridge's" in desk.type("remove", "--yes").output
    lists = desk.sandbox.hubspot_world.lists.all()
    assert "NL-BUDGET" in {each.name for each in lists}


def test_a_failure_half_way_is_told_and_the_next_time_goes_on(desk: Desk) -> None:
    client = desk.sandbox.salesforce_client()
    body = [{"errorCode": "LIMIT_EXCEEDED", "message": "no more custom fields"}]
    fault = {"action": "status", "path": FIELD, "skip": 5, "times": 1, "status": 400}
    client.sim("faults", {**fault, "body": json.dumps(body)})
    first = desk.type("apply", "--yes")
    assert FAILED == first.exit_code
    assert 1 == first.output.count("FAILED field")
    assert "no more custom fields" in first.output
    assert "run it again" in first.output
    second = desk.lines("apply", "--yes")
    # The field that was refused, and whoever may see it.
    assert 3 == len(second)
    assert {"field", "permission set"} == {each["kind"] for each in second}
    assert 0 == desk.type("plan").exit_code


def test_an_org_that_stops_answering_is_one_line_and_the_next_time_goes_on(desk: Desk) -> None:
    client = desk.sandbox.salesforce_client()
    client.sim("faults", {"action": "status", "path": FIELD, "skip": 5, "times": 1, "status": 503})
    stopped = desk.type("apply", "--yes")
    assert "salesforce: POST" in str(stopped.exception)
    assert "created field Lead.CRMBridge_UID__c" in stopped.output
    assert 0 == desk.type("apply", "--yes").exit_code
    assert 0 == desk.type("plan").exit_code


def test_what_is_in_the_way_has_an_exit_code_of_its_own(desk: Desk) -> None:
    metadata = {"label": "Score", "type": "Text", "length": 20}
    body = {"FullName": "Lead.CRMBridge_Score__c", "Metadata": metadata}
    token = desk.sandbox.connection()["salesforce"]["access_token"]
    assert desk.sandbox.salesforce_client(token).post(FIELD, body).status_code == 201
    assert IN_THE_WAY == desk.type("plan").exit_code
    applied = desk.type("apply", "--yes")
    assert IN_THE_WAY == applied.exit_code
    (said,) = [each for each in desk.lines("plan") if each["state"] == "in the way"]
    assert "Lead.CRMBridge_Score__c" == said["name"]
    assert "must be double" in said["problem"] or "not marked" in said["problem"]
    assert said["remedy"]


def test_nothing_is_removed_under_a_running_daemon(desk: Desk, tmp_path: Path) -> None:
    with (
        Store.open(tmp_path / "bridge.db") as store,
        store.lease("run", NoRival("")),
    ):
        refused = desk.type("remove", "--yes")
    assert "end that one first" in str(refused.exception)


def test_the_files_for_admins_are_written_without_asking_anybody(tmp_path: Path) -> None:
    result = CliRunner().invoke(setup, ["files", "--out", str(tmp_path)])
    assert 0 == result.exit_code
    written = sorted(result.output.split())
    assert written == sorted(str(path) for path in tmp_path.rglob("*") if path.is_file())
    path = "force-app/main/default/permissionsets/CRMBridge_Sales.permissionset-meta.xml"
    shipped = Path(__file__).parents[3] / "deploy/salesforce" / path
    assert shipped.read_text() == (tmp_path / "salesforce" / path).read_text()
