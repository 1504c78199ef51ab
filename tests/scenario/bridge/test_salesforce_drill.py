"""The failure drill over every switch of the simulated org, and its published table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import org_switches as org
import pytest
from drill import (
    ADA,
    BO,
    Drill,
    Switch,
    check_end,
    contact_row,
    play,
    published,
    rows,
    stage_of,
    two_days,
)

pytestmark = pytest.mark.campaign

TABLE = Path(__file__).parents[3] / "docs/connectors/salesforce-drill.md"


SWITCHES = (
    Switch(number="1a", name="the session ends", throw=org.expire, did="logs in once and goes on"),
    Switch(
        number="1b",
        name="a 401 that no login heals",
        throw=org.refuse(
            401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API", 3
        ),
        did="stops with the reason and does not log in again; once mended it goes on",
        saw="the session is refused after a fresh login",
        mend=org.heal,
    ),
    Switch(
        number="1c",
        name="a 401 in HTML",
        throw=org.html(401),
        did="logs in once, then stops the cycle; the next goes on",
        saw="the session is refused",
    ),
    Switch(
        number="2a",
        name="the day's requests are used up",
        throw=org.refuse(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
        did="leaves the position where it was; later cycles go on from there",
        saw="the day's API requests are used up",
    ),
    Switch(
        number="2b",
        name="too many long requests at once",
        throw=org.refuse(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded."),
        did="waits for a later cycle",
        saw="too many long requests at once",
    ),
    Switch(
        number="2c",
        name="a permission is missing for a while",
        throw=org.refuse(403, "API_CURRENTLY_DISABLED", "API is disabled for this User"),
        did="stops with the reason; goes on once the permission is back",
        saw="the integration user may not use the API",
        mend=org.heal,
    ),
    Switch(
        number="3",
        name="single rows are refused by a validation rule",
        throw=lambda drill: drill.row_fault("FIELD_CUSTOM_VALIDATION_EXCEPTION", 1),
        did="parks that row, writes the others; `crmbridge parked replay` writes it later",
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
        throw=org.late,
        did="reads the last ten minutes again each time and drops what it knows",
    ),
    Switch(
        number="7a",
        name="pages hold one row, whatever was asked for",
        throw=org.short_pages,
        mend=org.whole_pages,
        did="follows the pages to the end and never counts rows to find it",
    ),
    Switch(
        number="7b",
        name="the next page of a query is gone",
        throw=org.lost_pages,
        mend=org.whole_pages,
        did="asks again from the last row it has",
    ),
    Switch(
        number="8",
        name="the lead is converted between decision and write",
        throw=org.convert,
        did="writes nothing to the converted lead, follows it to the contact",
        ends="the person is in QUALIFICATION, on the contact",
        check=lambda drill, state: stage_of(state, ADA) == "QUALIFICATION",
    ),
    Switch(
        number="9a",
        name="two leads are merged",
        throw=org.merge,
        did="unites the histories on the winner",
        ends="one lead in ACTIVATION, one MQL",
        check=lambda drill, state: state["stages"] == {"ACTIVATION": 1, "MQL": 1},
    ),
    Switch(
        number="9b",
        name="a lead is deleted",
        throw=org.delete,
        did="cancels the promise; the stage stands still",
        ends="the stage stays, the promise is cancelled",
        check=lambda drill, state: contact_row(state, ADA)[2] == "CANCELLED",
    ),
    Switch(
        number="9c",
        name="a lead is deleted and taken back",
        throw=org.undelete,
        did="goes on with the record",
        ends="the person is worked again, the cancelled promise stays cancelled",
        check=lambda drill, state: stage_of(state, ADA) == "ACTIVATION",
    ),
    Switch(
        number="9d",
        name="a lead is deleted and purged",
        throw=org.purge,
        did="learns of it when it writes or reads the record, or by the daily count",
        ends="the stage stays, the promise is cancelled within a day",
        mend=two_days,
        check=lambda drill, state: contact_row(state, ADA)[2] == "CANCELLED",
    ),
    Switch(
        number="10",
        name="a field is hidden for a while",
        throw=org.hide,
        did="looks at the org's schema again; parks what it cannot write, and writes it by itself "
        "once it can",
        saw="parked: a field is missing or hidden",
        mend=org.show,
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
        throw=org.to_queue,
        did="the promise runs on the default calendar until somebody claims the lead",
        ends="Bo's lead belongs to the queue and is an MQL",
        check=lambda drill, state: (
            stage_of(state, BO) == "MQL" and org.owner(state, BO).startswith("00G")
        ),
    ),
    Switch(
        number="13",
        name="an assignment rule that takes every saved lead",
        throw=org.reassigning,
        did="switches the rule off for its updates, lets it run for the lead it creates",
        ends="Ada's lead stays with its owner, Bo's goes where the rule says",
        check=lambda drill, state: (
            (org.owner(state, ADA), org.owner(state, BO)) == (drill.people.rep, drill.people.boss)
        ),
    ),
    Switch(
        number="14",
        name="a duplicate rule refuses the new lead",
        throw=org.duplicates,
        did="parks the new lead until the duplicates are dealt with",
        saw="parked: a duplicate rule refuses the record",
        mend=org.no_duplicates,
    ),
    Switch(
        number="15",
        name="a flow changes other fields after our write",
        throw=org.flow,
        did="reads the change and writes nothing more",
    ),
    Switch(
        number="16",
        name="seven hundred records to read by id",
        throw=org.many_ids,
        did="asks in portions that fit: no 414, no 431",
    ),
    Switch(
        number="17a", name="503 with an HTML page", throw=org.html(503), did="waits and asks again"
    ),
    Switch(number="17b", name="502", throw=org.html(502, ""), did="waits and asks again"),
    Switch(number="17c", name="420 from the edge", throw=org.html(420), did="waits and asks again"),
    Switch(
        number="17d", name="406 without a body", throw=org.html(406, ""), did="waits and asks again"
    ),
    Switch(
        number="18",
        name="the login names another host",
        throw=org.other_instance,
        did="goes on at that host",
    ),
    Switch(
        number="19",
        name="latestDateCovered stands still",
        throw=org.pin,
        did="reads from that instant on once a day, however long it stands still",
        mend=two_days,
        ends="Ada is in ACTIVATION, each day's sweep begins at that instant",
        check=lambda drill, state: org.swept_from(drill) == org.PINNED,
    ),
    Switch(
        number="20",
        name="a meeting that ends now, in a user's own zone",
        throw=org.meeting,
        did="reads it as a touch once it is over, by its instant",
    ),
)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    _, state = play(tmp_path_factory.mktemp("drill") / "calm", org.STORY, None)
    return state


@pytest.mark.parametrize("switch", SWITCHES, ids=lambda switch: switch.number)
def test_the_story_ends_as_it_should(
    switch: Switch, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    drill, state = play(tmp_path / "drill", org.STORY, switch)
    check_end(switch, drill, state, undisturbed)


def test_the_published_table_is_this_one() -> None:
    assert rows(SWITCHES) == published(TABLE)
