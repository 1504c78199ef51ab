"""Archives what we made, where it is still ours; HubSpot keeps it restorable for 90 days.

HubSpot contract §4, §10.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from crmbridge.core.model import ObjectType
from crmbridge.core.operations import Operation, Outcome, Receipt
from crmbridge_hubspot import mapping
from crmbridge_hubspot.batches import CONTACTS
from crmbridge_hubspot.client import HubSpotClient

_TASKS: Final = "/crm/v3/objects/tasks"
_STATUS: Final = "hs_task_status"
_DONE: Final = "COMPLETED"


def remove(client: HubSpotClient, operations: list[Operation]) -> Iterable[Receipt]:
    """Archive up to 100 contacts and tasks; one receipt each, in order.

    Whatever is gone already is done. A contact that no longer holds what is expected, and a task
    that is completed stay: CONFLICT.
    """
    receipts: dict[str, Receipt] = {}
    for path in (CONTACTS, _TASKS):
        own = [each for each in operations if _path(each) == path]
        if own:
            receipts |= {each.key: each for each in _remove(client, path, own)}
    return [receipts[operation.key] for operation in operations]


def _remove(client: HubSpotClient, path: str, operations: list[Operation]) -> Iterable[Receipt]:
    names = {_STATUS} if path == _TASKS else set()
    for operation in operations:
        known = (mapping.property_of(ObjectType.CONTACT, name) for name in operation.expected)
        names |= {each.name for each in known}
    inputs = [{"id": identity} for identity in sorted({_id(each) for each in operations})]
    reply = client.post(f"{path}/batch/read", {"properties": sorted(names), "inputs": inputs})
    found = {
        str(item["id"]): item.get("properties") or {} for item in reply.body.get("results") or ()
    }
    going = [each for each in operations if _id(each) in found and not _is_theirs(each, found)]
    if going:
        client.post(f"{path}/batch/archive", {"inputs": [{"id": _id(each)} for each in going]})
    for operation in operations:
        stays = _id(operation) in found and operation not in going
        yield Receipt(
            key=operation.key,
            outcome=Outcome.CONFLICT if stays else Outcome.DONE,
            ref=operation.target,
            message="hubspot: edited meanwhile" if stays else "",
        )


def _is_theirs(operation: Operation, found: Mapping[str, Mapping[str, Any]]) -> bool:
    properties = found[_id(operation)]
    if operation.object_type is ObjectType.ACTIVITY:
        return properties.get(_STATUS) == _DONE
    shown = mapping.values(ObjectType.CONTACT, dict(properties))
    return any(shown.get(name) != value for name, value in operation.expected.items())


def _path(operation: Operation) -> str:
    return _TASKS if operation.object_type is ObjectType.ACTIVITY else CONTACTS


def _id(operation: Operation) -> str:
    return operation.target.id if operation.target else ""
