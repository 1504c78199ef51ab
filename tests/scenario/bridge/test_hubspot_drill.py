"""The failure drill over the switches of the simulated portal, and its published table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import portal_switches as portal
import pytest
from drill import ADA, BO, Switch, check_end, play, published, rows, stage_of, two_days

pytestmark = pytest.mark.campaign

TABLE = Path(__file__).parents[3] / "docs/connectors/hubspot-drill.md"


def _listed(state: dict[str, Any]) -> list[str]:
    return list(state["lists"].get(portal.LIST, []))


SWITCHES = (
    Switch(
        number="1a",
        name="the token is refused for a while",
        throw=portal.fault("status", status=401, times=2),
        did="stops with the reason; goes on once it is taken again",
        saw="the token is refused",
    ),
    Switch(
        number="1b",
        name="a scope is taken from the token",
        throw=portal.without("crm.lists.write"),
        did="stops with the scope and what needs it; goes on once it is back",
        saw="the token lacks a scope (crm.lists.write, needed for nurture lists)",
        mend=portal.with_all_scopes,
    ),
    Switch(
        number="2a",
        name="too many calls in ten seconds",
        throw=portal.fail("ten_secondly", times=2, retry_after=1),
        did="waits as long as it is told and asks again",
    ),
    Switch(
        number="2b",
        name="the day's calls are used up",
        throw=portal.fail("daily", times=2),
        did="leaves the position where it was; later cycles go on from there",
        saw="the day's API calls are used up",
    ),
    Switch(
        number="2c",
        name="too many searches in a second",
        throw=portal.fail("search_secondly", times=2),
        did="waits a second and asks again",
    ),
    Switch(
        number="3a",
        name="objects are locked by other writes (423)",
        throw=portal.fail("locked", path=portal.WRITES, times=2, retry_after=1),
        did="writes again later",
    ),
    Switch(
        number="3b",
        name="the account moves to another data centre (477)",
        throw=portal.fail("migrating", times=2),
        did="waits for a later cycle",
        saw="HubSpot moves the account to another data centre",
    ),
    Switch(
        number="4a",
        name="502 with an HTML page",
        throw=portal.fail("bad_gateway", times=2, retry_after=1),
        did="waits and asks again",
    ),
    Switch(
        number="4b",
        name="524, nobody answered in time",
        throw=portal.fail("timed_out", times=2, retry_after=1),
        did="waits and asks again",
    ),
    Switch(
        number="5a",
        name="the connection breaks before a write",
        throw=portal.fault("drop_before", path=portal.WRITES, times=2),
        did="writes again later",
    ),
    Switch(
        number="5b",
        name="a write is done and its answer lost",
        throw=portal.fault("drop_after", path=portal.WRITES, times=2),
        did="writes the same values again",
    ),
    Switch(
        number="5c",
        name="a list is changed and the answer lost",
        throw=portal.fault("drop_after", path="memberships", times=1),
        did="changes it again, which changes nothing",
    ),
    Switch(
        number="5d",
        name="the connection breaks between clearing a life-cycle stage and setting it",
        throw=portal.lost_between,
        did="sees the stage empty and sets it",
    ),
    Switch(
        number="6",
        name="the search index is two minutes late",
        throw=portal.slow_index,
        did="reads the last five minutes again each time and drops what it knows",
        mend=portal.fast_index,
    ),
    Switch(
        number="7",
        name="450 contacts bear one stamp",
        throw=portal.burst,
        did="reads the stamp to its end by id",
        ends="Ada is on the list, Bo is an MQL, and the 450 are leads",
        check=lambda drill, state: (
            _listed(state) == [ADA]
            and stage_of(state, BO) == "MQL"
            and state["stages"]["LEAD"] == 450
        ),
    ),
    Switch(
        number="8",
        name="a row is missing from a good answer",
        throw=portal.omit,
        did="reads that contact again and decides anew",
    ),
    Switch(
        number="9a",
        name="a property of ours is deleted",
        throw=portal.no_property,
        did="parks what it cannot write, and writes it by itself once `crmbridge setup apply` has "
        "brought the property back",
        saw="parked: a property does not exist",
        mend=portal.set_up_again,
    ),
    Switch(
        number="9b",
        name="one row of a batch has a value that is no option any more (207)",
        throw=portal.no_option,
        did="parks that row with its life-cycle stage as it was, writes the others, and that row "
        "by itself once the option is back",
        saw="parked: a property has no such option",
        mend=portal.option_again,
    ),
    Switch(
        number="9c",
        name="the same, and the parked contact is edited by hand before the retry",
        throw=portal.no_option,
        did="writes nothing over the edit unseen: decides anew, then writes",
        saw="parked: a property has no such option",
        mend=portal.edited_while_parked,
    ),
    Switch(
        number="10a",
        name="life-cycle stages move backwards without being cleared first",
        throw=portal.any_stage,
        did="clears the stage, sets it and reads it back all the same",
    ),
    Switch(
        number="10b",
        name="a marketer moves a contact to a new stage of the portal's own",
        throw=portal.own_stage,
        did="looks at the portal's stages again, clears the stage and sets its own",
    ),
    Switch(
        number="11a",
        name="two contacts are merged",
        throw=portal.merge,
        did="unites the histories on the id that the two have now",
        ends="one person is RECYCLED and on the list",
        check=lambda drill, state: (
            state["stages"] == {"MQL": 1, "RECYCLED": 1} and len(_listed(state)) == 1
        ),
    ),
    Switch(
        number="11b",
        name="a contact is archived",
        throw=portal.archive,
        did="learns of it when it writes or reads the contact, or by the daily count",
        ends="nobody is on the list, and the lead still shows that it was recycled",
        mend=two_days,
        check=lambda drill, state: (
            _listed(state) == [] and state["stages"] == {"MQL": 1, "RECYCLED": 1}
        ),
    ),
    Switch(
        number="11c",
        name="a contact is erased for privacy",
        throw=portal.erase,
        did="learns of it as of an archived one",
        ends="nobody is on the list, and nothing brings the contact back",
        mend=two_days,
        check=lambda drill, state: (
            _listed(state) == [] and [each[0] for each in state["contacts"]] == [BO]
        ),
    ),
    Switch(
        number="12a",
        name="a marketer takes somebody off the list",
        throw=lambda drill: None,
        mend=portal.take_off,
        did="respects it",
        ends="Ada is RECYCLED and stays off the list",
        check=lambda drill, state: _listed(state) == [] and stage_of(state, ADA) == "RECYCLED",
    ),
    Switch(
        number="12b",
        name="a marketer puts somebody on the list who is not recycled",
        throw=portal.put_on,
        did="undoes it and says why in the journal",
        check=lambda drill, state: portal.withdrawals(drill) == [portal.LIST],
    ),
    Switch(
        number="12c",
        name="the list is deleted",
        throw=portal.drop_list,
        did="parks the membership, and puts people on the list by itself once `crmbridge setup "
        "apply` has made it again",
        saw="parked: there is no MANUAL list NL-BUDGET",
        mend=portal.set_up_again,
    ),
    Switch(
        number="12d",
        name="the list is replaced by one whose filter decides",
        throw=portal.dynamic_list,
        did="parks the membership; once the other has another name, as for a deleted list",
        saw="parked: there is no MANUAL list NL-BUDGET",
        mend=portal.rename_dynamic,
    ),
    Switch(
        number="12e",
        name="the list is renamed, and people leave and enter it afterwards",
        throw=portal.rename_list,
        did="goes on with the list by its id",
        ends="Ada is on the list of the new name",
        check=lambda drill, state: state["lists"] == {"Budget 2027": [ADA]},
    ),
    Switch(
        number="12f",
        name="the list is deleted with somebody on it, and made again",
        throw=lambda drill: None,
        mend=portal.make_list_again,
        did="puts on the new list who was on the old one",
    ),
)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    _, state = play(tmp_path_factory.mktemp("drill") / "calm", portal.STORY, None)
    return state


@pytest.mark.parametrize("switch", SWITCHES, ids=lambda switch: switch.number)
def test_the_story_ends_as_it_should(
    switch: Switch, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    drill, state = play(tmp_path / "drill", portal.STORY, switch)
    check_end(switch, drill, state, undisturbed)


def test_the_published_table_is_this_one() -> None:
    assert rows(SWITCHES) == published(TABLE)
