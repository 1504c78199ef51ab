"""Tasks for people: upserts on our own unique key, then linked with the contact.

Linking is a call of its own, and may be repeated. HubSpot contract §10, §13.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType
from crmbridge.core.operations import Operation, Outcome, Receipt
from crmbridge_hubspot import mapping
from crmbridge_hubspot.client import HubSpotClient

KEY_PROPERTY: Final = mapping.PREFIX + "key"
FIELDS: Final = frozenset({f.TASK_KEY, f.OWNER_ID, f.SUBJECT, f.BODY, f.DUE, f.DUE_ON})
_UPSERT = "/crm/v3/objects/tasks/batch/upsert"
_LINK = "/crm/v4/associations/tasks/contacts/batch/associate/default"


def put_tasks(client: HubSpotClient, operations: list[Operation]) -> Iterable[Receipt]:
    """Write up to 100 tasks and link each with its contact; one receipt each."""
    reply = client.post(_UPSERT, {"inputs": [_row(operation) for operation in operations]})
    ids = {
        str((item.get("properties") or {}).get(KEY_PROPERTY)): str(item["id"])
        for item in reply.body.get("results") or ()
    }
    links = [
        {"from": {"id": ids[key]}, "to": {"id": operation.target.id}}
        for operation in operations
        if (key := str(operation.values[f.TASK_KEY])) in ids and operation.target is not None
    ]
    if links:
        client.post(_LINK, {"inputs": links})
    for operation in operations:
        identity = ids.get(str(operation.values[f.TASK_KEY]))
        if identity is None:
            yield Receipt(
                key=operation.key,
                outcome=Outcome.PARKED,
                message="hubspot: the task was refused",
                hint="check the task's owner, and run `crmbridge setup apply`",
            )
        else:
            ref = mapping.ref(ObjectType.ACTIVITY, identity)
            yield Receipt(key=operation.key, outcome=Outcome.DONE, ref=ref)


def _row(operation: Operation) -> dict[str, Any]:
    values = operation.values
    due = values.get(f.DUE)
    return {
        "idProperty": KEY_PROPERTY,
        "id": str(values[f.TASK_KEY]),
        "properties": {
            KEY_PROPERTY: str(values[f.TASK_KEY]),
            "hs_timestamp": mapping.write(due if isinstance(due, datetime) else None),
            "hs_task_subject": mapping.write(values.get(f.SUBJECT)),
            "hs_task_body": mapping.write(values.get(f.BODY)),
            "hs_task_status": "NOT_STARTED",
            "hs_task_type": "TODO",
            "hubspot_owner_id": mapping.write(values.get(f.OWNER_ID)),
        },
    }
