"""Alert tasks: upserts on our own unique key, so that an alert is never there twice.

Custom fields live on Activity and show on Task. Salesforce contract §6, §12.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType, Ref
from crmbridge.core.operations import Operation, Outcome, Receipt
from crmbridge_salesforce.client import SalesforceClient
from crmbridge_salesforce.errors import ROW_OUTCOMES, row_refusal
from crmbridge_salesforce.owned import KEY_FIELD
from crmbridge_salesforce.payload import write_instant
from crmbridge_salesforce.records import SYSTEM

FIELDS: Final = frozenset({f.TASK_KEY, f.OWNER_ID, f.SUBJECT, f.BODY, f.DUE, f.DUE_ON})
_SUBJECT: Final = 255
_BODY: Final = 32_000


def put_tasks(client: SalesforceClient, operations: Sequence[Operation]) -> list[Receipt]:
    """Write up to 200 tasks in one call; one receipt each, in order."""
    body = {"allOrNone": False, "records": [_row(operation) for operation in operations]}
    answer = client.call("PATCH", f"composite/sobjects/Task/{KEY_FIELD}", body)
    return [_receipt(operation, row) for operation, row in zip(operations, answer, strict=True)]


def _row(operation: Operation) -> dict[str, Any]:
    values = operation.values
    due, day = values.get(f.DUE), values.get(f.DUE_ON)
    return {
        "attributes": {"type": "Task"},
        KEY_FIELD: values[f.TASK_KEY],
        "WhoId": operation.target.id if operation.target else None,
        "OwnerId": values.get(f.OWNER_ID),
        "Subject": str(values.get(f.SUBJECT) or "")[:_SUBJECT],
        "Description": str(values.get(f.BODY) or "")[:_BODY],
        "ActivityDate": str(day) if day else None,
        "IsReminderSet": True,
        "ReminderDateTime": write_instant(due) if isinstance(due, datetime) else None,
    }


def _receipt(operation: Operation, row: dict[str, Any]) -> Receipt:
    if row["success"]:
        ref = Ref(system=SYSTEM, object_type=ObjectType.ACTIVITY, id=str(row["id"]))
        return Receipt(
            key=operation.key, outcome=Outcome.DONE, ref=ref, created=bool(row.get("created"))
        )
    refusal = row_refusal(row["errors"])
    outcome = ROW_OUTCOMES[refusal.rule.then]
    return Receipt(
        key=operation.key,
        # Nothing is read again for a task: one that cannot be written waits for a person.
        outcome=Outcome.PARKED if outcome is Outcome.GONE else outcome,
        ref=operation.target,
        message=f"salesforce: {refusal}",
        hint=refusal.rule.hint,
        retry_after=refusal.rule.wait if outcome is Outcome.RETRY else None,
    )
