"""Lists that were renamed, deleted or made anew behind the connector's back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.contract.hubspot_connector.conftest import change, fill

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType, Record, Ref
from crmbridge.core.operations import Lane, Operation, OperationKind, Outcome

if TYPE_CHECKING:
    from crmbridge.simulation import SimulatorClient
    from crmbridge_hubspot.adapter import HubSpotConnector

LIST = "NL-BUDGET"


def membership(kind: OperationKind, identity: str) -> Operation:
    key = f"{kind}-{identity}"
    more = {"key": key, "kind": kind, "list_name": LIST, "lane": Lane.NURTURE, "changes": ()}
    return change(identity, {}, **more)


def list_id(marketer: SimulatorClient, name: str = LIST) -> str:
    found = marketer.get(f"/crm/v3/lists/object-type-id/0-1/name/{name}").json()["list"]
    return str(found["listId"])


def rename(marketer: SimulatorClient, name: str) -> None:
    path = f"/crm/v3/lists/{list_id(marketer)}/update-list-name?listName={name}"
    assert marketer.call("PUT", path).ok


def shown(connector: HubSpotConnector) -> dict[str, Record]:
    """Name → list, as a poll tells it."""
    began = connector.start("lists", datetime(2026, 3, 2, tzinfo=UTC))
    records = [each for page in connector.poll("lists", began) for each in page.records]
    return {str(each.fields[f.NAME]): each for each in records}


def delete_list(marketer: SimulatorClient) -> None:
    assert marketer.call("DELETE", f"/crm/v3/lists/{list_id(marketer)}").ok


def test_nobody_has_to_be_taken_off_a_list_that_is_no_more(
    connector: HubSpotConnector, marketer: SimulatorClient
) -> None:
    connector.provision({LIST: ""})
    first, second = fill(marketer, 2)
    connector.apply([membership(OperationKind.ENROL, first)])
    delete_list(marketer)
    withdrawn, enrolled = connector.apply(
        [membership(OperationKind.WITHDRAW, first), membership(OperationKind.ENROL, second)]
    )
    assert Outcome.DONE is withdrawn.outcome
    assert (Outcome.PARKED, "run `crmbridge setup apply`") == (enrolled.outcome, enrolled.hint)


def test_a_list_made_anew_is_used_by_the_very_write_that_misses_the_old_one(
    connector: HubSpotConnector, marketer: SimulatorClient
) -> None:
    connector.provision({LIST: ""})
    first, second = fill(marketer, 2)
    connector.apply([membership(OperationKind.ENROL, first)])
    delete_list(marketer)
    connector.provision({LIST: ""})
    (receipt,) = connector.apply([membership(OperationKind.ENROL, second)])
    assert Outcome.DONE is receipt.outcome


def test_a_renamed_list_is_found_by_the_id_it_always_had(
    connector: HubSpotConnector, marketer: SimulatorClient
) -> None:
    """Even by a connector that was started after the renaming, once told of the list."""
    connector.provision({LIST: ""})
    (member,) = fill(marketer, 1)
    identity = list_id(marketer)
    rename(marketer, "Budget 2027")
    ref = Ref(system="hubspot", object_type=ObjectType.LIST, id=identity)
    connector.recognise({LIST: ref})
    (receipt,) = connector.apply([membership(OperationKind.ENROL, member)])
    assert Outcome.DONE is receipt.outcome
    assert (ref, (member,)) == (
        shown(connector)[LIST].ref,
        shown(connector)[LIST].fields[f.MEMBERS],
    )
    items = {each.name: each for each in connector.inspect({LIST: ""})}
    assert (True, "is called 'Budget 2027' in HubSpot") == (items[LIST].present, items[LIST].note)
    assert [] == connector.provision({LIST: ""})


def test_a_new_list_of_the_old_name_does_not_take_the_place_of_a_renamed_one(
    connector: HubSpotConnector, marketer: SimulatorClient
) -> None:
    connector.provision({LIST: ""})
    identity = list_id(marketer)
    assert identity == shown(connector)[LIST].ref.id
    rename(marketer, "NL-OLD")
    body = {"name": LIST, "objectTypeId": "0-1", "processingType": "MANUAL"}
    other = str(marketer.post("/crm/v3/lists/", body).json()["list"]["listId"])
    found = shown(connector)
    assert {LIST: identity} == {name: each.ref.id for name, each in found.items()}
    assert marketer.call("DELETE", f"/crm/v3/lists/{identity}").ok
    assert {LIST: other} == {name: each.ref.id for name, each in shown(connector).items()}


def test_a_list_whose_filter_decides_is_named_as_unfit(
    connector: HubSpotConnector, marketer: SimulatorClient
) -> None:
    filters = {"filterBranchType": "AND", "filterBranches": [], "filters": []}
    branch = {"filterBranchType": "OR", "filterBranches": [filters], "filters": []}
    body = {
        "name": LIST,
        "objectTypeId": "0-1",
        "processingType": "DYNAMIC",
        "filterBranch": branch,
    }
    assert marketer.post("/crm/v3/lists/", body).ok
    items = {each.name: each for each in connector.inspect({LIST: ""})}
    assert "is DYNAMIC, not MANUAL" == items[LIST].problem
    assert items[LIST].remedy.startswith("give it another name")
    assert [] == connector.provision({LIST: ""})
    assert {} == shown(connector)
