"""What comes of an operation by HubSpot's answer to it."""

from __future__ import annotations

from typing import Any

from crmbridge.core.model import ObjectType, Value
from crmbridge.core.operations import Operation, Outcome, Receipt
from crmbridge.errors import CrmBridgeError, RejectedRecord, RetryableError
from crmbridge_hubspot import mapping


def held(operation: Operation, item: dict[str, Any]) -> dict[str, Value]:
    """What HubSpot says it holds now for the written fields; it answers changed ones only."""
    answered = mapping.values(ObjectType.CONTACT, item.get("properties") or {})
    return {
        name: answered[name]
        if name in answered
        else mapping.project(ObjectType.CONTACT, name, value)
        for name, value in operation.values.items()
    }


def created(operation: Operation, item: dict[str, Any]) -> Receipt:
    """Of a contact that was made, or found to be there."""
    return Receipt(
        key=operation.key,
        outcome=Outcome.DONE,
        ref=mapping.ref(ObjectType.CONTACT, str(item["id"])),
        held=held(operation, item),
        modified_at=mapping.instant(str(item["updatedAt"])),
        created=bool(item.get("new")),
    )


def gone(operation: Operation) -> Receipt:
    """Of a contact that has another id by now, or none."""
    return Receipt(
        key=operation.key,
        outcome=Outcome.GONE,
        ref=operation.target,
        message="merged or deleted",
    )


def member(operation: Operation) -> Receipt:
    """Of a membership that is as it should be."""
    return Receipt(key=operation.key, outcome=Outcome.DONE, ref=operation.target)


def failed(operation: Operation, error: CrmBridgeError) -> Receipt:
    """Of a row that was refused; other errors than of rows and passing ones are raised."""
    if isinstance(error, RetryableError):
        return retry(operation, error)
    if isinstance(error, RejectedRecord):
        return park(operation, error)
    raise error


def retry(operation: Operation, error: RetryableError) -> Receipt:
    """Of what may succeed later."""
    return Receipt(
        key=operation.key,
        outcome=Outcome.RETRY,
        message=error.message,
        retry_after=error.retry_after,
    )


def park(operation: Operation, error: RejectedRecord) -> Receipt:
    """Of what was refused for good."""
    return Receipt(
        key=operation.key, outcome=Outcome.PARKED, message=error.message, hint=error.hint
    )


def no_list(operation: Operation, name: str) -> Receipt:
    """Of a membership in a list that the portal does not have."""
    return Receipt(
        key=operation.key,
        outcome=Outcome.PARKED,
        message=f"hubspot: there is no MANUAL list {name}",
        hint="run `crmbridge setup apply`",
    )
