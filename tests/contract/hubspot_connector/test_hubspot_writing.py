"""Writing contacts: one receipt each, whatever order the answers come in and whoever is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.contract.hubspot_connector.conftest import CONTACTS, change, fill

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType, Value
from crmbridge.core.operations import FieldChange, Operation, OperationKind, Outcome

if TYPE_CHECKING:
    from crmbridge.simulation import SimulatorClient
    from crmbridge_hubspot.adapter import HubSpotConnector
    from crmbridge_hubspot.simulator import HubSpotWorld


def shown(marketer: SimulatorClient, identity: str, name: str) -> str | None:
    answer = marketer.get(f"{CONTACTS}/{identity}", properties=name)
    value: str | None = answer.json()["properties"].get(name)
    return value


def stage_change(identity: str, before: str, after: str) -> Operation:
    moved = FieldChange(field=f.LIFECYCLE, before=before, after=after)
    return change(identity, {f.LIFECYCLE: after}, changes=(moved,))


def test_answers_in_any_order_meet_their_own_operations(
    connector: HubSpotConnector, marketer: SimulatorClient
) -> None:
    ids = fill(marketer, 40)
    operations = [change(each, {f.SCORE: number}) for number, each in enumerate(ids)]
    receipts = connector.apply(operations)
    assert [operation.key for operation in operations] == [each.key for each in receipts]
    assert list(range(40)) == [each.held[f.SCORE] for each in receipts]
    assert [str(n) for n in range(40)] == [shown(marketer, i, "crmbridge_score") for i in ids]


def test_one_bad_row_parks_itself_and_costs_the_others_nothing(
    connector: HubSpotConnector, marketer: SimulatorClient
) -> None:
    ids = fill(marketer, 10)
    operations = [change(each, {f.SCORE: 7}) for each in ids]
    operations[3] = stage_change(ids[3], "lead", "nonsense")
    before = connector.calls
    receipts = connector.apply(operations)
    # The order of the stages is asked for once, to see whether a stage goes backwards.
    assert connector.calls - before == 2
    outcomes = [each.outcome for each in receipts]
    assert [3] == [n for n, outcome in enumerate(outcomes) if outcome is not Outcome.DONE]
    assert Outcome.PARKED is outcomes[3]
    assert receipts[3].hint == "add the value to the property's options, or change stages.yaml"
    assert "7" == shown(marketer, ids[9], "crmbridge_score")


def test_a_row_that_is_missing_from_a_good_answer_is_noticed(
    connector: HubSpotConnector, marketer: SimulatorClient
) -> None:
    ids = fill(marketer, 6)
    marketer.sim("omissions", {"rows": 1, "times": 1})
    receipts = connector.apply([change(each, {f.SCORE: 7}) for each in ids])
    assert 1 == [each.outcome for each in receipts].count(Outcome.GONE)
    assert marketer.sim("omissions", method="GET")["fired"]


def test_a_merged_away_id_is_gone_and_never_comes_back(
    connector: HubSpotConnector, marketer: SimulatorClient
) -> None:
    winner, loser, other = fill(marketer, 3)
    body = {"primaryObjectId": winner, "objectIdToMerge": loser}
    merged = marketer.post(f"{CONTACTS}/merge", body).json()["id"]
    receipts = connector.apply([change(each, {f.SCORE: 7}) for each in (loser, other)])
    assert [Outcome.GONE, Outcome.DONE] == [each.outcome for each in receipts]
    page = connector.fetch([receipts[0].ref or pytest.fail("no reference")])
    assert any(record.deleted and record.ref.id == loser for record in page.records)
    assert shown(marketer, merged, "crmbridge_score") is None


def test_a_stage_goes_back_by_clearing_it_first_and_is_read_back(
    connector: HubSpotConnector, marketer: SimulatorClient
) -> None:
    (contact,) = fill(marketer, 1)
    there = {"properties": {"lifecyclestage": "salesqualifiedlead"}}
    assert marketer.call("PATCH", f"{CONTACTS}/{contact}", there).status_code == 200
    connector.apply([change(contact, {f.SCORE: 1})])
    before = connector.calls
    (receipt,) = connector.apply([stage_change(contact, "salesqualifiedlead", "lead")])
    # The order of the stages, the clearing, the setting, the reading back.
    assert connector.calls - before == 4
    assert (Outcome.DONE, "lead") == (receipt.outcome, receipt.held[f.LIFECYCLE])
    assert "lead" == shown(marketer, contact, "lifecyclestage")


def test_a_stage_that_did_not_take_is_said_to_have_not(
    connector: HubSpotConnector, marketer: SimulatorClient
) -> None:
    (contact,) = fill(marketer, 1)
    there = {"properties": {"lifecyclestage": "customer"}}
    assert marketer.call("PATCH", f"{CONTACTS}/{contact}", there).status_code == 200
    # Decided on an old picture: HubSpot answers 200 and keeps the later stage.
    (receipt,) = connector.apply([stage_change(contact, "lead", "marketingqualifiedlead")])
    assert Outcome.PARKED is receipt.outcome
    assert receipt.message == "hubspot: the life-cycle stage did not take the value"
    assert "customer" == shown(marketer, contact, "lifecyclestage")


def test_a_create_whose_answer_was_lost_makes_one_contact(
    connector: HubSpotConnector, marketer: SimulatorClient, world: HubSpotWorld
) -> None:
    values: dict[str, Value] = {f.UID: "p1", f.EMAIL: "new@acme.example", f.SCORE: 5}
    create = change("", values, kind=OperationKind.CREATE, target=None, key="create-p1")
    marketer.sim("faults", {"action": "drop_after", "path": "batch/upsert", "times": 1})
    (first,) = connector.apply([create])
    (second,) = connector.apply([create])
    assert [Outcome.RETRY, Outcome.DONE] == [first.outcome, second.outcome]
    assert not second.created
    listed = marketer.get(CONTACTS, limit=100).json()["results"]
    assert ["new@acme.example"] == [each["properties"]["email"] for each in listed]


def test_a_create_for_an_address_that_is_taken_goes_to_its_holder(
    connector: HubSpotConnector, marketer: SimulatorClient
) -> None:
    (contact,) = fill(marketer, 1)
    values: dict[str, Value] = {
        f.UID: "p1",
        f.EMAIL: "p0@acme0.example",
        f.FIRST_NAME: "Ada",
        f.SCORE: 5,
    }
    create = change("", values, kind=OperationKind.CREATE, target=None, key="create-p1")
    other = change("", {f.UID: "p2", f.EMAIL: "b@acme.example"}, kind=OperationKind.CREATE)
    receipts = connector.apply([create, other])
    assert [Outcome.DONE, Outcome.DONE] == [each.outcome for each in receipts]
    assert receipts[0].ref is not None
    assert contact == receipts[0].ref.id
    # Only what is ours was written: the name in HubSpot is HubSpot's.
    assert shown(marketer, contact, "firstname") is None
    assert "p1" == shown(marketer, contact, "crmbridge_uid")
    assert ObjectType.CONTACT is receipts[0].ref.object_type


def test_an_address_beside_the_main_one_of_somebody_else_waits_for_a_person(
    connector: HubSpotConnector, marketer: SimulatorClient
) -> None:
    """As a merge leaves it: whose contact it is our own property says."""
    loser, winner = fill(marketer, 2)
    merged = {"primaryObjectId": winner, "objectIdToMerge": loser}
    kept = str(marketer.post(f"{CONTACTS}/merge", merged).json()["id"])
    connector.apply([change(kept, {f.UID: "p2", f.STAGE: "LEAD"})])
    values: dict[str, Value] = {f.UID: "p1", f.EMAIL: "p0@acme0.example", f.STAGE: "MQL"}
    (receipt,) = connector.apply(
        [change("", values, kind=OperationKind.CREATE, target=None, key="create-p1")]
    )
    assert Outcome.PARKED is receipt.outcome
    assert f"one of contact {kept}'s" in receipt.message
    assert "main address" in receipt.hint
    assert "acme" not in receipt.message + receipt.hint
    assert "p2" == shown(marketer, kept, "crmbridge_uid")
    assert "LEAD" == shown(marketer, kept, "crmbridge_stage")


def test_what_hubspot_is_too_busy_for_is_tried_again_later(
    connector: HubSpotConnector, marketer: SimulatorClient
) -> None:
    ids = fill(marketer, 3)
    for name, wait in (("locked", 2.0), ("ten_secondly", 10.0), ("bad_gateway", 5.0)):
        marketer.sim("failures", {"name": name, "path": "batch/update", "times": 1})
        receipts = connector.apply([change(each, {f.SCORE: 7}) for each in ids])
        assert [(Outcome.RETRY, wait)] * 3 == [(r.outcome, r.retry_after) for r in receipts]
    receipts = connector.apply([change(each, {f.SCORE: 7}) for each in ids])
    assert [Outcome.DONE] * 3 == [each.outcome for each in receipts]
