"""Deletes what we made, where it is still ours: two calls for up to 200 records of one object.

What is deleted lies in the recycle bin for 15 days. Salesforce contract §6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from crmbridge.core.model import ObjectType
from crmbridge.core.operations import Operation, Outcome, Receipt
from crmbridge_salesforce.client import SalesforceClient
from crmbridge_salesforce.errors import ROW_OUTCOMES, row_refusal
from crmbridge_salesforce.layout import Layout
from crmbridge_salesforce.mapping import SOBJECTS
from crmbridge_salesforce.payload import read_flag
from crmbridge_salesforce.prechecks import compare
from crmbridge_salesforce.receipts import row_refused

_BY_US: Final = ("CreatedById", "LastModifiedById")
_CLOSED: Final = "IsClosed"


def remove(
    client: SalesforceClient, layout: Layout, operations: Sequence[Operation]
) -> list[Receipt]:
    """Delete up to 200 records of one object; one receipt each, in order.

    Whatever is gone already is done. A record that no longer holds what is expected, that
    somebody else changed last, that was converted, and a task that is closed stay: CONFLICT.
    """
    sobject = _sobject(operations[0])
    fields = {"Id", *_BY_US}
    for operation in operations:
        columns = (layout.column_of(operation.object_type, name) for name in operation.expected)
        fields |= {column.name for column in columns if column is not None}
    task = operations[0].object_type is ObjectType.ACTIVITY
    fields |= {_CLOSED} if task else {"IsConverted"} if sobject == "Lead" else set()
    ids = [each.target.id for each in operations if each.target is not None]
    found = client.call(
        "POST", f"composite/sobjects/{sobject}", {"ids": ids, "fields": sorted(fields)}
    )
    receipts: dict[str, Receipt] = {}
    for operation, row in zip(operations, found, strict=True):
        receipt = _stays(layout, operation, row)
        if receipt is not None:
            receipts[operation.key] = receipt
    going = [operation for operation in operations if operation.key not in receipts]
    if going:
        listed = ",".join(each.target.id for each in going if each.target is not None)
        answers = client.call("DELETE", f"composite/sobjects?ids={listed}&allOrNone=false")
        for operation, answer in zip(going, answers, strict=True):
            receipts[operation.key] = _removed(operation, answer)
    return [receipts[operation.key] for operation in operations]


def _sobject(operation: Operation) -> str:
    task = operation.object_type is ObjectType.ACTIVITY
    return "Task" if task else SOBJECTS[operation.object_type]


def _stays(layout: Layout, operation: Operation, row: Mapping[str, Any] | None) -> Receipt | None:
    """The receipt of a record that must not be deleted any more, else ``None``."""
    if row is None:
        return _answer(operation, Outcome.DONE)
    if read_flag(row.get(_CLOSED)):
        return _answer(operation, Outcome.CONFLICT, "salesforce: the task was closed")
    if row[_BY_US[0]] != row[_BY_US[1]]:
        message = "salesforce: somebody else has changed the record since"
        return _answer(operation, Outcome.CONFLICT, message)
    receipt = compare(layout, operation, row)
    if receipt is not None and receipt.outcome is Outcome.GONE:
        return _answer(operation, Outcome.CONFLICT, receipt.message)
    return receipt


def _removed(operation: Operation, answer: Mapping[str, Any]) -> Receipt:
    if answer["success"]:
        return _answer(operation, Outcome.DONE)
    refusal = row_refusal(answer["errors"])
    outcome = ROW_OUTCOMES[refusal.rule.then]
    if outcome is Outcome.GONE:
        return _answer(operation, Outcome.DONE)
    return row_refused(operation, refusal, outcome)


def _answer(operation: Operation, outcome: Outcome, message: str = "") -> Receipt:
    return Receipt(key=operation.key, outcome=outcome, ref=operation.target, message=message)
