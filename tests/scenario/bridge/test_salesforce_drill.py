"""The failure drill over every switch of the simulated org, and its published table."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from company import START
from drill import ADA, BO, HTML, Drill, Switch, play

PINNED = START + timedelta(minutes=1)
TABLE = Path(__file__).parents[3] / "docs/connectors/salesforce-drill.md"


def _expire(drill: Drill) -> None:
    token = drill.sales._client.login().token
    assert drill.sim("expire", token=token)["expired"] == 1
    drill.evidence = lambda: drill.sales._client.login().token != token


def _refuse(status: int, code: str, message: str, times: int = 2) -> Any:
    body = [{"errorCode": code, "message": message}]
    return lambda drill: drill.fault(path="composite", status=status, body=body, times=times)


def _html(status: int, body: str = HTML) -> Any:
    return lambda drill: drill.fault(path="composite", status=status, body=body, times=2)


def _heal(drill: Drill) -> None:
    drill.world.faults.clear()
    drill.settle()


def _late(drill: Drill) -> None:
    drill.change("Lead", drill.lead, Title="VP Freight")
    drill.sim("late", object="Lead", id=drill.lead, seconds_older=300)
    drill.sim("touch", object="Lead", id=drill.lead)


def _convert(drill: Drill) -> None:
    wish = {"lead_id": drill.lead, "user_id": drill.people.rep, "create_opportunity": False}
    drill.before_next_write(lambda: drill.sim("convert", **wish))


def _merge(drill: Drill) -> None:
    body = {"LastName": "Abbott", "Company": "Northwind", "Email": ADA}
    headers = {"Sforce-Auto-Assign": "FALSE"}
    path = "/services/data/v67.0/sobjects/Lead"
    master = drill.people.org.call("POST", path, body, headers=headers).json()["id"]
    drill.sim("merge", object="Lead", master_id=master, loser_ids=[drill.lead])
    drill.lead = master


def _delete(drill: Drill) -> None:
    answer = drill.people.org.call("DELETE", f"/services/data/v67.0/sobjects/Lead/{drill.lead}")
    assert answer.status_code == 204


def _undelete(drill: Drill) -> None:
    _delete(drill)
    drill.people.cycle()
    drill.sim("undelete", object="Lead", id=drill.lead)


def _purge(drill: Drill) -> None:
    _delete(drill)
    drill.sim("purge", object="Lead", id=drill.lead)


def _two_days(drill: Drill) -> None:
    for _ in range(2):
        drill.people.cycle(24 * 60)


def _swept_from(drill: Drill) -> object:
    with drill.people.bridge.store.read() as tx:
        position = tx.checkpoint("salesforce", "sweep")
    return position and position.watermark


def _short_pages(drill: Drill) -> None:
    drill.sim("pages", rows=1)
    drill.evidence = lambda: len(drill.world.cursors)


def _whole_pages(drill: Drill) -> None:
    drill.sim("pages")


def _lost_pages(drill: Drill) -> None:
    drill.sim("pages", rows=1, lost=3)
    drill.evidence = lambda: not drill.world.switches.lost_pages


def _hide(drill: Drill) -> None:
    drill.sim("hidden", fields=[["Lead", "CRMBridge_SLA_Status__c"]])


def _show(drill: Drill) -> None:
    drill.sim("hidden", fields=[])
    drill.people.cycle(20)
    drill.retry_parked()


def _to_queue(drill: Drill) -> None:
    queue = drill.sim("queues", Name="Unassigned")["id"]
    drill.sim("assignment", users=[queue])


def _reassigning(drill: Drill) -> None:
    drill.sim("assignment", users=[drill.people.boss])


def _duplicates(drill: Drill) -> None:
    rule = {"object": "Lead", "field": "LastName", "allow_save": False}
    drill.sim("duplicate_rules", rules=[rule])


def _no_duplicates(drill: Drill) -> None:
    drill.sim("duplicate_rules", rules=[])
    drill.retry_parked()


def _flow(drill: Drill) -> None:
    values = {"Rating": "Hot", "Title": "Set by a flow"}
    drill.sim(
        "flows", flows=[{"object": "Lead", "watched": "CRMBridge_Stage__c", "values": values}]
    )
    drill.evidence = lambda: drill.people.query("SELECT Id FROM Lead WHERE Rating = 'Hot'")


def _many_ids(drill: Drill) -> None:
    refs = [_ref(drill.lead, number) for number in range(700)]
    before = drill.world.calls.total
    page = drill.sales.fetch(refs)
    assert len(page.records) == 700
    drill.evidence = lambda: drill.world.calls.total > before


def _ref(lead: str, number: int) -> Any:
    from crmbridge.core.model import ObjectType, Ref
    from crmbridge_salesforce.simulator.ids import full_id

    identity = full_id(f"{lead[:11]}{9000 + number:04d}")
    return Ref(system="salesforce", object_type=ObjectType.LEAD, id=str(identity))


def _other_instance(drill: Drill) -> None:
    _expire(drill)
    token = drill.world.sessions.open(drill.world.integration_user_id)
    there = drill.people.sandbox.salesforce_url.replace("127.0.0.1", "localhost")
    identity = f"{there}/id/{drill.world.org_id}/{drill.world.integration_user_id}"
    body = {"access_token": token, "instance_url": there, "id": identity, "token_type": "Bearer"}
    drill.people.org.sim(
        "faults", {"action": "status", "path": "oauth2/token", "status": 200, "body": body}
    )
    drill.evidence = lambda: "localhost" in drill.sales._client.login().sdk.base_url


def _pin(drill: Drill) -> None:
    drill.sim("latest_date_covered", at=PINNED.isoformat())


def _meeting(drill: Drill) -> None:
    now = drill.people.clock.now()
    body = {
        "WhoId": drill.lead,
        "OwnerId": drill.people.rep,
        "Subject": "Call",
        "StartDateTime": now.isoformat(),
        "EndDateTime": now.isoformat(),
        "DurationInMinutes": 0,
    }
    answer = drill.people.org.call("POST", "/services/data/v67.0/sobjects/Event", body)
    assert answer.status_code == 201, answer.text


def _stage_of(state: dict[str, Any], email: str) -> str:
    return str(_contact(state, email)[1])


def _contact(state: dict[str, Any], email: str) -> list[Any]:
    return next(row for row in state["contacts"] if row[0] == email)


def _owner(state: dict[str, Any], email: str) -> str:
    return str(next(row[2] for row in state["leads"] if row[0] == email))


SWITCHES = (
    Switch(number="1a", name="the session ends", throw=_expire, did="logs in once and goes on"),
    Switch(
        number="1b",
        name="a 401 that no login heals",
        throw=_refuse(
            401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API", 3
        ),
        did="stops with the reason and does not log in again; once mended it goes on",
        saw="the session is refused after a fresh login",
        mend=_heal,
    ),
    Switch(
        number="1c",
        name="a 401 in HTML",
        throw=_html(401),
        did="logs in once, then stops the cycle; the next goes on",
        saw="the session is refused",
    ),
    Switch(
        number="2a",
        name="the day's requests are used up",
        throw=_refuse(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
        did="leaves the position where it was; later cycles go on from there",
        saw="the day's API requests are used up",
    ),
    Switch(
        number="2b",
        name="too many long requests at once",
        throw=_refuse(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded."),
        did="waits for a later cycle",
        saw="too many long requests at once",
    ),
    Switch(
        number="2c",
        name="a permission is missing for a while",
        throw=_refuse(403, "API_CURRENTLY_DISABLED", "API is disabled for this User"),
        did="stops with the reason; goes on once the permission is back",
        saw="the integration user may not use the API",
        mend=_heal,
    ),
    Switch(
        number="3",
        name="single rows are refused by a validation rule",
        throw=lambda drill: drill.row_fault("FIELD_CUSTOM_VALIDATION_EXCEPTION", 1),
        did="parks that row, writes the others; `crmbridge parked --retry` writes it later",
        saw="parked: a validation rule refuses the record",
        mend=Drill.retry_parked,
    ),
    Switch(
        number="4",
        name="a row is locked",
        throw=lambda drill: drill.row_fault("UNABLE_TO_LOCK_ROW", 1),
        did="writes that row again later",
    ),
    Switch(
        number="5",
        name="a write is done and its answer lost",
        throw=lambda drill: drill.fault("drop_after", path="composite/sobjects", times=1),
        did="writes again: an update of the same values, or an upsert on our own key",
    ),
    Switch(
        number="6",
        name="rows commit late, stamps move without a change",
        throw=_late,
        did="reads the last ten minutes again each time and drops what it knows",
    ),
    Switch(
        number="7a",
        name="pages hold one row, whatever was asked for",
        throw=_short_pages,
        mend=_whole_pages,
        did="follows the pages to the end and never counts rows to find it",
    ),
    Switch(
        number="7b",
        name="the next page of a query is gone",
        throw=_lost_pages,
        mend=_whole_pages,
        did="asks again from the last row it has",
    ),
    Switch(
        number="8",
        name="the lead is converted between decision and write",
        throw=_convert,
        did="writes nothing to the converted lead, follows it to the contact",
        ends="the person is in QUALIFICATION, on the contact",
        check=lambda drill, state: _stage_of(state, ADA) == "QUALIFICATION",
    ),
    Switch(
        number="9a",
        name="two leads are merged",
        throw=_merge,
        did="unites the histories on the winner",
        ends="one lead in ACTIVATION, one MQL",
        check=lambda drill, state: state["stages"] == {"ACTIVATION": 1, "MQL": 1},
    ),
    Switch(
        number="9b",
        name="a lead is deleted",
        throw=_delete,
        did="cancels the promise; the stage stands still",
        ends="the stage stays, the promise is cancelled",
        check=lambda drill, state: _contact(state, ADA)[2] == "CANCELLED",
    ),
    Switch(
        number="9c",
        name="a lead is deleted and taken back",
        throw=_undelete,
        did="goes on with the record",
        ends="the person is worked again, the cancelled promise stays cancelled",
        check=lambda drill, state: _stage_of(state, ADA) == "ACTIVATION",
    ),
    Switch(
        number="9d",
        name="a lead is deleted and purged",
        throw=_purge,
        did="learns of it when it writes or reads the record, or by the daily count",
        ends="the stage stays, the promise is cancelled within a day",
        mend=_two_days,
        check=lambda drill, state: _contact(state, ADA)[2] == "CANCELLED",
    ),
    Switch(
        number="10",
        name="a field is hidden for a while",
        throw=_hide,
        did="looks at the org's schema again; parks what it cannot write",
        saw="parked: a field is missing or hidden",
        mend=_show,
    ),
    Switch(
        number="11",
        name="a status that nobody knows",
        throw=lambda drill: drill.change("Lead", drill.lead, Status="Frobnicated"),
        did="reads it as saying nothing",
    ),
    Switch(
        number="12",
        name="new leads go to a queue",
        throw=_to_queue,
        did="the promise runs on the default calendar until somebody claims the lead",
        ends="Bo's lead belongs to the queue and is an MQL",
        check=lambda drill, state: (
            _stage_of(state, BO) == "MQL" and _owner(state, BO).startswith("00G")
        ),
    ),
    Switch(
        number="13",
        name="an assignment rule that takes every saved lead",
        throw=_reassigning,
        did="switches the rule off for its updates, lets it run for the lead it creates",
        ends="Ada's lead stays with its owner, Bo's goes where the rule says",
        check=lambda drill, state: (
            (_owner(state, ADA), _owner(state, BO)) == (drill.people.rep, drill.people.boss)
        ),
    ),
    Switch(
        number="14",
        name="a duplicate rule refuses the new lead",
        throw=_duplicates,
        did="parks the new lead until the duplicates are dealt with",
        saw="parked: a duplicate rule refuses the record",
        mend=_no_duplicates,
    ),
    Switch(
        number="15",
        name="a flow changes other fields after our write",
        throw=_flow,
        did="reads the change and writes nothing more",
    ),
    Switch(
        number="16",
        name="seven hundred records to read by id",
        throw=_many_ids,
        did="asks in portions that fit: no 414, no 431",
    ),
    Switch(
        number="17a", name="503 with an HTML page", throw=_html(503), did="waits and asks again"
    ),
    Switch(number="17b", name="502", throw=_html(502, ""), did="waits and asks again"),
    Switch(number="17c", name="420 from the edge", throw=_html(420), did="waits and asks again"),
    Switch(
        number="17d", name="406 without a body", throw=_html(406, ""), did="waits and asks again"
    ),
    Switch(
        number="18",
        name="the login names another host",
        throw=_other_instance,
        did="goes on at that host",
    ),
    Switch(
        number="19",
        name="latestDateCovered stands still",
        throw=_pin,
        did="reads from that instant on once a day, however long it stands still",
        mend=_two_days,
        ends="Ada is in ACTIVATION, each day's sweep begins at that instant",
        check=lambda drill, state: _swept_from(drill) == PINNED,
    ),
    Switch(
        number="20",
        name="a meeting that ends now, in a user's own zone",
        throw=_meeting,
        did="reads it as a touch once it is over, by its instant",
    ),
)
"""Switch 7 (a dead query locator) and the end of a page before its size are in
tests/contract/salesforce_connector/test_salesforce_polling.py: this story has no second page."""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    _, state = play(tmp_path_factory.mktemp("drill") / "calm", None)
    return state


@pytest.mark.parametrize("switch", SWITCHES, ids=lambda switch: switch.number)
def test_the_story_ends_as_it_should(
    switch: Switch, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    drill, state = play(tmp_path / "drill", switch)

    told = [*drill.errors, *(f"parked: {each}" for each in drill.seen)]
    if switch.saw:
        assert any(_same(switch.saw, line) for line in told), told
    else:
        assert told == []
    if switch.ends == "undisturbed":
        assert undisturbed == state


def _same(saw: str, line: str) -> bool:
    kind, _, words = saw.rpartition(": ")
    return words in line and line.startswith(kind)


def test_the_published_table_is_this_one() -> None:
    rows = [
        f"| {each.number} | {each.name} | {each.did} | {each.saw or 'nothing'} | {each.ends} |"
        for each in SWITCHES
    ]
    listed = [
        line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")
    ]

    assert rows == listed[1:]
