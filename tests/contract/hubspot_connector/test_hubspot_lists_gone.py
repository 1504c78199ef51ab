"""Lists that were deleted, and made anew, behind the connector's back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.contract.hubspot_connector.conftest import change, fill

from crmbridge.core.operations import Lane, Operation, OperationKind, Outcome

if TYPE_CHECKING:
    from crmbridge.simulation import SimulatorClient
    from crmbridge_hubspot.adapter import HubSpotConnector

LIST = "NL-BUDGET"


def membership(kind: OperationKind, identity: str) -> Operation:
    key = f"{kind}-{identity}"
    more = {"key": key, "kind": kind, "list_name": LIST, "lane": Lane.NURTURE, "changes": ()}
    return change(identity, {}, **more)


def delete_list(marketer: SimulatorClient) -> None:
    found = marketer.get(f"/crm/v3/lists/object-type-id/0-1/name/{LIST}").json()["list"]
    assert marketer.call("DELETE", f"/crm/v3/lists/{found['listId']}").ok


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
