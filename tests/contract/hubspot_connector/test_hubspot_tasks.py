"""Tasks in HubSpot: one for each key however often it is written, linked with the contact."""

from __future__ import annotations

from datetime import UTC, date, datetime

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType, Ref, Side, Value
from crmbridge.core.operations import FieldChange, Lane, Operation, OperationKind, Outcome
from crmbridge.simulation import SimulatorClient
from crmbridge_hubspot.adapter import HubSpotConnector


def wake_up(contact: str, key: str = "u1:1:wake_up") -> Operation:
    values: dict[str, Value] = {
        f.TASK_KEY: key,
        f.OWNER_ID: None,
        f.SUBJECT: "The date has come",
        f.BODY: "recycled for TIMING",
        f.DUE: datetime(2026, 10, 1, 4, 0, tzinfo=UTC),
        f.DUE_ON: date(2026, 10, 1),
    }
    return Operation(
        key=f"op/{key}",
        uid="u1",
        kind=OperationKind.TASK,
        side=Side.MARKETING,
        object_type=ObjectType.ACTIVITY,
        target=Ref(system="hubspot", object_type=ObjectType.CONTACT, id=contact),
        lane=Lane.STAGE,
        reason="why",
        changes=tuple(FieldChange(field=n, before=None, after=v) for n, v in values.items()),
    )


def test_the_same_task_written_twice_is_one_on_the_contact(
    connector: HubSpotConnector, marketer: SimulatorClient
) -> None:
    body = {"properties": {"email": "ada@northwind.example"}}
    contact = str(marketer.call("POST", "/crm/v3/objects/contacts", body).json()["id"])

    receipts = [*connector.apply([wake_up(contact)]), *connector.apply([wake_up(contact)])]

    assert [Outcome.DONE, Outcome.DONE] == [receipt.outcome for receipt in receipts]
    listed = marketer.call("GET", "/crm/v3/objects/tasks?properties=hs_task_subject").json()
    (task,) = listed["results"]
    assert "The date has come" == task["properties"]["hs_task_subject"]
    links = marketer.call("GET", f"/crm/v4/objects/tasks/{task['id']}/associations/contacts")
    assert [contact] == [str(each["toObjectId"]) for each in links.json()["results"]]


def test_setup_makes_the_key_once(connector: HubSpotConnector) -> None:
    (item,) = [each for each in connector.inspect({}) if each.name == "task.crmbridge_key"]

    assert (True, "") == (item.present, item.problem)
    assert [] == connector.provision({})
