"""Alert tasks: one for each key however often it is written, and no touch when ticked off."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from tests.contract.salesforce_connector.conftest import outcomes

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType, Ref, Side, Value
from crmbridge.core.operations import (
    FieldChange,
    Lane,
    Operation,
    OperationKind,
    Outcome,
)
from crmbridge_salesforce.adapter import SalesforceConnector

if TYPE_CHECKING:
    from tests.contract.salesforce_connector.conftest import Org


def alert(lead: str, owner: str, key: str = "u1:1:warn:owner") -> Operation:
    values: dict[str, Value] = {
        f.TASK_KEY: key,
        f.OWNER_ID: owner,
        f.SUBJECT: "First touch due today",
        f.BODY: "75% of the time has passed",
        f.DUE: datetime(2026, 3, 3, 14, 30, tzinfo=UTC),
        f.DUE_ON: date(2026, 3, 3),
    }
    return Operation(
        key=f"op/{key}/{lead}",
        uid="u1",
        kind=OperationKind.TASK,
        side=Side.SALES,
        object_type=ObjectType.ACTIVITY,
        target=Ref(system="salesforce", object_type=ObjectType.LEAD, id=lead),
        lane=Lane.STAGE,
        reason="why",
        changes=tuple(FieldChange(field=n, before=None, after=v) for n, v in values.items()),
    )


def test_the_same_alert_written_twice_is_one_task(connector: SalesforceConnector, org: Org) -> None:
    rep = org.rep()
    lead = org.us.lead(OwnerId=rep.id)

    first = connector.apply([alert(lead, rep.id)])
    again = connector.apply([alert(lead, rep.id)])

    assert [Outcome.DONE, Outcome.DONE] == outcomes([*first, *again])
    (task,) = org.us.query(
        "SELECT Subject, Description, OwnerId, WhoId, ActivityDate, ReminderDateTime, IsClosed "
        "FROM Task"
    )
    assert (rep.id, lead, "2026-03-03") == (task["OwnerId"], task["WhoId"], task["ActivityDate"])
    assert ("First touch due today", False) == (task["Subject"], task["IsClosed"])
    assert str(task["ReminderDateTime"]).startswith("2026-03-03T14:30:00")


def test_a_task_that_cannot_be_written_is_parked_alone(
    connector: SalesforceConnector, org: Org
) -> None:
    rep = org.rep()
    lead = org.us.lead(OwnerId=rep.id)

    receipts = connector.apply(
        [alert(lead, rep.id), alert(lead, "005000000000000AAA", key="other")]
    )

    assert [Outcome.DONE, Outcome.PARKED] == outcomes(receipts)


def test_an_alert_costs_one_call_however_many_there_are(
    connector: SalesforceConnector, org: Org
) -> None:
    rep = org.rep()
    leads = [org.us.lead(OwnerId=rep.id) for _ in range(5)]
    connector.choices()  # reads the schema
    before = connector.calls

    connector.apply([alert(lead, rep.id, key=f"k{lead}") for lead in leads])

    assert 1 == connector.calls - before


@pytest.fixture
def keyless(bare: SalesforceConnector, org: Org) -> SalesforceConnector:
    """A connector to an org that takes no external key on activities."""
    org.sim("activity_keys", allowed=False)
    bare.provision({})
    return bare


def test_without_an_external_key_an_alert_is_still_there_once(
    keyless: SalesforceConnector, org: Org
) -> None:
    rep = org.rep()
    leads = [org.us.lead(OwnerId=rep.id) for _ in range(60)]
    alerts = [alert(lead, rep.id, key=f"k{lead}") for lead in leads]

    first = keyless.apply(alerts[:40])
    again = keyless.apply(alerts)

    assert {Outcome.DONE} == {*outcomes(first), *outcomes(again)}
    assert [False] * 40 + [True] * 20 == [receipt.created for receipt in again]
    tasks = org.us.query("SELECT WhoId FROM Task")
    assert sorted(leads) == sorted(str(task["WhoId"]) for task in tasks)


def test_without_an_external_key_a_lost_answer_makes_no_second_alert(
    keyless: SalesforceConnector, org: Org
) -> None:
    rep = org.rep()
    operation = alert(org.us.lead(OwnerId=rep.id), rep.id)
    keyless.choices()
    org.fault("drop_after", path="composite/sobjects")

    lost, found = keyless.apply([operation]), keyless.apply([operation])

    assert [Outcome.RETRY, Outcome.DONE] == outcomes([*lost, *found])
    assert 1 == len(org.us.query("SELECT Id FROM Task"))


def test_without_an_external_key_nothing_is_a_problem_of_the_set_up(
    keyless: SalesforceConnector,
) -> None:
    assert all(item.present and not item.problem for item in keyless.inspect({}))
    assert keyless.provision({}) == []
