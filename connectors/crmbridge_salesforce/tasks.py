"""Alert tasks: one for each of our keys, so that an alert is never there twice.

Custom fields live on Activity and show on Task. Salesforce contract §6, §12.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType, Ref
from crmbridge.core.operations import Operation, Outcome, Receipt
from crmbridge.errors import CrmBridgeError
from crmbridge_salesforce.client import SalesforceClient, Subrequest
from crmbridge_salesforce.errors import ROW_OUTCOMES, as_query_error, row_refusal
from crmbridge_salesforce.fetching import QUERIES
from crmbridge_salesforce.owned import KEY_FIELD
from crmbridge_salesforce.payload import write_instant
from crmbridge_salesforce.receipts import row_refused, unanswered
from crmbridge_salesforce.records import SYSTEM
from crmbridge_salesforce.sending import Answer, Row, Rows, Sender
from crmbridge_salesforce.soql import build, query_url

FIELDS: Final = frozenset({f.TASK_KEY, f.OWNER_ID, f.SUBJECT, f.BODY, f.DUE, f.DUE_ON})
_SUBJECT: Final = 255
_BODY: Final = 32_000
_KEYS: Final = 28
"""Keys per query: of at most 120 characters each, under the 4,000 of a WHERE string."""


def task_rows(operations: Sequence[Operation]) -> Rows:
    """The tasks as rows of an org in which our key is an external one."""
    rows = [_row(operation) for operation in operations]
    return Rows(method="PATCH", rows=rows, key=f"/Task/{KEY_FIELD}")


def put_tasks(
    client: SalesforceClient, sender: Sender, operations: Sequence[Operation]
) -> list[Receipt]:
    """Write tasks where our key is no external one; one receipt each, in order.

    The tasks are looked for first, and the answer to a lost write is found by that, too.
    """
    answers = _find_and_write(client, sender, [_row(operation) for operation in operations])
    return [
        task_receipt(operation, answer)
        for operation, answer in zip(operations, answers, strict=True)
    ]


def _find_and_write(client: SalesforceClient, sender: Sender, rows: Sequence[Row]) -> list[Answer]:
    known = _find(client, [str(row[KEY_FIELD]) for row in rows])
    answers: dict[str, Answer] = {}
    old = [{**row, "id": known[row[KEY_FIELD]]} for row in rows if row[KEY_FIELD] in known]
    new = [row for row in rows if row[KEY_FIELD] not in known]
    for method, portion in (("PATCH", old), ("POST", new)):
        if portion:
            (found,) = sender.send(Rows(method=method, rows=portion))
            created = {"created": method == "POST"}
            answers |= {
                row[KEY_FIELD]: {**answer, **created} if isinstance(answer, Mapping) else answer
                for row, answer in zip(portion, found, strict=True)
            }
    return [answers[row[KEY_FIELD]] for row in rows]


def _find(client: SalesforceClient, keys: Sequence[str]) -> dict[str, str]:
    """Key → id of the task that has it."""
    chunks = [keys[start : start + _KEYS] for start in range(0, len(keys), _KEYS)]
    known: dict[str, str] = {}
    for start in range(0, len(chunks), QUERIES):
        queries = [
            build(
                "SELECT Id, {key:literal} FROM Task WHERE {key:literal} IN {keys} ORDER BY Id DESC",
                key=KEY_FIELD,
                keys=list(chunk),
            )
            for chunk in chunks[start : start + QUERIES]
        ]
        asked = [Subrequest(url=query_url(client.root, soql)) for soql in queries]
        for answer in client.composite(asked):
            if answer.refusal is not None:
                raise as_query_error(answer.refusal, "look for our tasks")
            known |= {str(row[KEY_FIELD]): str(row["Id"]) for row in answer.body["records"]}
    return known


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


def task_receipt(operation: Operation, row: Answer) -> Receipt:
    """What came of a task."""
    if isinstance(row, CrmBridgeError):
        return unanswered(operation, row)
    if row["success"]:
        ref = Ref(system=SYSTEM, object_type=ObjectType.ACTIVITY, id=str(row["id"]))
        return Receipt(
            key=operation.key, outcome=Outcome.DONE, ref=ref, created=bool(row.get("created"))
        )
    refusal = row_refusal(row["errors"])
    outcome = ROW_OUTCOMES[refusal.rule.then]
    # Nothing is read again for a task: one that cannot be written waits for a person.
    return row_refused(operation, refusal, Outcome.PARKED if outcome is Outcome.GONE else outcome)
