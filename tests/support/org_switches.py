"""The switches of the simulated org that the drill throws, and what somebody mends afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from company import START
from drill import ADA, BO, HTML, Drill, Story, hands_go_up

from crmbridge.core.model import ObjectType, Ref, Side
from crmbridge_salesforce.simulator.ids import full_id

PINNED = START + timedelta(minutes=1)
"""Where latestDateCovered stands still."""


def expire(drill: Drill) -> None:
    token = drill.connector._client.login().token
    assert drill.sim("expire", token=token)["expired"] == 1
    drill.evidence = lambda: drill.connector._client.login().token != token


def refuse(status: int, code: str, message: str, times: int = 2) -> Any:
    body = [{"errorCode": code, "message": message}]
    return lambda drill: drill.fault(path="composite", status=status, body=body, times=times)


def html(status: int, body: str = HTML) -> Any:
    return lambda drill: drill.fault(path="composite", status=status, body=body, times=2)


def heal(drill: Drill) -> None:
    drill.world.faults.clear()
    drill.settle()


def late(drill: Drill) -> None:
    drill.change("Lead", drill.lead, Title="VP Freight")
    drill.sim("late", object="Lead", id=drill.lead, seconds_older=300)
    drill.sim("touch", object="Lead", id=drill.lead)


def convert(drill: Drill) -> None:
    wish = {"lead_id": drill.lead, "user_id": drill.people.rep, "create_opportunity": False}
    drill.before_next_write(lambda: drill.sim("convert", **wish))


def merge(drill: Drill) -> None:
    body = {"LastName": "Abbott", "Company": "Northwind", "Email": ADA}
    headers = {"Sforce-Auto-Assign": "FALSE"}
    path = "/services/data/v67.0/sobjects/Lead"
    master = drill.people.org.call("POST", path, body, headers=headers).json()["id"]
    drill.sim("merge", object="Lead", master_id=master, loser_ids=[drill.lead])
    drill.lead = master


def delete(drill: Drill) -> None:
    answer = drill.people.org.call("DELETE", f"/services/data/v67.0/sobjects/Lead/{drill.lead}")
    assert answer.status_code == 204


def undelete(drill: Drill) -> None:
    delete(drill)
    drill.people.cycle()
    drill.sim("undelete", object="Lead", id=drill.lead)


def purge(drill: Drill) -> None:
    delete(drill)
    drill.sim("purge", object="Lead", id=drill.lead)


def swept_from(drill: Drill) -> object:
    with drill.people.bridge.store.read() as tx:
        position = tx.checkpoint("salesforce", "sweep")
    return position and position.watermark


def short_pages(drill: Drill) -> None:
    drill.sim("pages", rows=1)
    drill.evidence = lambda: len(drill.world.cursors)


def whole_pages(drill: Drill) -> None:
    drill.sim("pages")


def lost_pages(drill: Drill) -> None:
    drill.sim("pages", rows=1, lost=3)
    drill.evidence = lambda: not drill.world.switches.lost_pages


def hide(drill: Drill) -> None:
    drill.sim("hidden", fields=[["Lead", "CRMBridge_SLA_Status__c"]])


def show(drill: Drill) -> None:
    drill.sim("hidden", fields=[])
    drill.go_by_themselves()


def to_queue(drill: Drill) -> None:
    queue = drill.sim("queues", Name="Unassigned")["id"]
    drill.sim("assignment", users=[queue])


def reassigning(drill: Drill) -> None:
    drill.sim("assignment", users=[drill.people.boss])


def duplicates(drill: Drill) -> None:
    rule = {"object": "Lead", "field": "LastName", "allow_save": False}
    drill.sim("duplicate_rules", rules=[rule])


def no_duplicates(drill: Drill) -> None:
    drill.sim("duplicate_rules", rules=[])
    drill.retry_parked()


def flow(drill: Drill) -> None:
    values = {"Rating": "Hot", "Title": "Set by a flow"}
    drill.sim(
        "flows", flows=[{"object": "Lead", "watched": "CRMBridge_Stage__c", "values": values}]
    )
    drill.evidence = lambda: drill.people.query("SELECT Id FROM Lead WHERE Rating = 'Hot'")


def many_ids(drill: Drill) -> None:
    refs = [ref(drill.lead, number) for number in range(700)]
    before = drill.world.calls.total
    page = drill.connector.fetch(refs)
    assert len(page.records) == 700
    drill.evidence = lambda: drill.world.calls.total > before


def ref(lead: str, number: int) -> Any:
    identity = full_id(f"{lead[:11]}{9000 + number:04d}")
    return Ref(system="salesforce", object_type=ObjectType.LEAD, id=str(identity))


def other_instance(drill: Drill) -> None:
    expire(drill)
    token = drill.world.sessions.open(drill.world.integration_user_id)
    there = drill.people.sandbox.salesforce_url.replace("127.0.0.1", "localhost")
    identity = f"{there}/id/{drill.world.org_id}/{drill.world.integration_user_id}"
    body = {"access_token": token, "instance_url": there, "id": identity, "token_type": "Bearer"}
    drill.people.org.sim(
        "faults", {"action": "status", "path": "oauth2/token", "status": 200, "body": body}
    )
    drill.evidence = lambda: "localhost" in drill.connector._client.login().sdk.base_url


def pin(drill: Drill) -> None:
    drill.sim("latest_date_covered", at=PINNED.isoformat())


def meeting(drill: Drill) -> None:
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


def owner(state: dict[str, Any], email: str) -> str:
    return str(next(row[2] for row in state["leads"] if row[0] == email))


def work_goes_on(drill: Drill) -> None:
    """The rep sets Ada's lead to working, if it is still there; Bo asks for a demo, too."""
    people = drill.people
    people.clock.advance(timedelta(minutes=2).total_seconds())
    query = f"SELECT Id FROM Lead WHERE Id = '{drill.lead}' AND IsConverted = false"
    if people.query(query):
        drill.change("Lead", drill.lead, Status="Working - Contacted")
    people.form(BO, "Request a demo")


STORY = Story(side=Side.SALES, before=hands_go_up, after=work_goes_on)
"""A demo request, a lead, a rep at work; the org's switch; work goes on, and another request."""
