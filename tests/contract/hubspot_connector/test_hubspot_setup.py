"""What ``setup`` finds, makes, corrects and takes away in a portal. HubSpot contract §11."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmbridge.errors import AuthError
from crmbridge.marking import VERSION, mark
from crmbridge.ports import SetupItem, SetupState, SetupStep

if TYPE_CHECKING:
    from crmbridge.simulation import SimulatorClient
    from crmbridge_hubspot.adapter import HubSpotConnector
    from crmbridge_hubspot.simulator import HubSpotWorld

CONTACTS = "/crm/v3/properties/contacts"
GRADE = "contact.crmbridge_grade"


def item(connector: HubSpotConnector, name: str) -> SetupItem:
    (found,) = [each for each in connector.inspect({}) if each.name == name]
    return found


def shown(marketer: SimulatorClient, name: str) -> dict[str, object]:
    return dict(marketer.get(f"{CONTACTS}/{name}").json())


def test_a_release_with_another_help_text_is_shown_and_made(
    connector: HubSpotConnector, marketer: SimulatorClient
) -> None:
    body = {"description": mark("An older text."), "hidden": True}
    marketer.call("PATCH", f"{CONTACTS}/crmbridge_grade", body)
    found = item(connector, GRADE)
    assert SetupState.DIFFERENT is found.state
    assert ("help", "shown") == found.changes
    assert "An older text." == (found.before or {})["help"]
    assert [GRADE] == [step.item.name for step in connector.provision({})]
    assert SetupState.THERE is item(connector, GRADE).state
    assert False is shown(marketer, "crmbridge_grade")["hidden"]


@pytest.mark.parametrize(
    ("description", "problem"),
    [
        ("Somebody's own grade.", "is not marked as crmbridge's own"),
        (mark("A-D", VERSION + 1), "was set up by a newer crmbridge"),
    ],
)
def test_a_property_that_is_not_ours_is_told_and_never_changed(
    description: str, problem: str, connector: HubSpotConnector, marketer: SimulatorClient
) -> None:
    body = {"description": description, "label": "Theirs"}
    marketer.call("PATCH", f"{CONTACTS}/crmbridge_grade", body)
    before = shown(marketer, "crmbridge_grade")
    found = item(connector, GRADE)
    assert SetupState.BLOCKED is found.state
    assert found.problem.startswith(problem)
    assert found.remedy
    assert [] == connector.provision({})
    assert before == shown(marketer, "crmbridge_grade")


def test_what_bears_no_mark_is_not_removed(
    connector: HubSpotConnector, marketer: SimulatorClient
) -> None:
    marketer.call("PATCH", f"{CONTACTS}/crmbridge_grade", {"description": "Theirs."})
    names = {each.name for each in connector.removable()}
    assert GRADE not in names
    steps = {step.item.name: step.failure for step in connector.remove({*names, GRADE})}
    assert GRADE not in steps
    assert "Theirs." == shown(marketer, "crmbridge_grade")["description"]
    # The group cannot go as long as something of somebody else's is in it.
    assert steps.pop("contact.crmbridge")
    assert {""} == set(steps.values())
    assert {"contact.crmbridge"} == {each.name for each in connector.removable()}


def test_only_what_was_named_is_made(connector: HubSpotConnector) -> None:
    connector.remove({each.name for each in connector.removable()})
    asked = ["contact.crmbridge", GRADE]
    assert asked == [step.item.name for step in connector.provision({}, only=asked)]
    assert SetupState.MISSING is item(connector, "contact.crmbridge_score").state


def test_one_property_that_is_refused_does_not_stop_the_others(
    connector: HubSpotConnector, world: HubSpotWorld, marketer: SimulatorClient
) -> None:
    """The portal has no unique property left to give to the task key's object."""
    connector.remove({each.name for each in connector.removable()})
    marketer.post("/crm/v3/properties/tasks/groups", {"name": "theirs", "label": "Theirs"})
    for number in range(10):
        body = {"groupName": "theirs", "name": f"unique_{number}", "label": f"Unique {number}"}
        more = {"type": "string", "fieldType": "text", "hasUniqueValue": True}
        marketer.post("/crm/v3/properties/tasks", {**body, **more})
    told: list[SetupStep] = []
    steps = connector.provision({}, told.append)
    assert told == steps
    failed = {step.item.name: step.failure for step in steps if step.failure}
    assert ["task.crmbridge_key"] == list(failed)
    assert "unique" in failed["task.crmbridge_key"]
    assert SetupState.THERE is item(connector, GRADE).state


def test_a_token_without_the_scope_is_told_at_once(
    connector: HubSpotConnector, world: HubSpotWorld
) -> None:
    connector.remove({each.name for each in connector.removable()})
    world.access.limit_scopes("crmbridge", frozenset({"crm.objects.contacts.read", "tasks"}))
    with pytest.raises(AuthError, match=r"crm\.(schemas|lists)"):
        connector.provision({})
