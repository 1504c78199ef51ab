"""What becomes of an operation that the org refused, or of which nothing is known."""

from __future__ import annotations

from crmbridge.core.model import Ref
from crmbridge.core.operations import Operation, Outcome, Receipt
from crmbridge.errors import CrmBridgeError, RejectedRecord, RetryableError
from crmbridge_salesforce.errors import Refusal


def unanswered(operation: Operation, error: CrmBridgeError) -> Receipt:
    """The receipt that the error of a whole call makes for each of its operations."""
    refused = isinstance(error, RejectedRecord)
    return Receipt(
        key=operation.key,
        outcome=Outcome.PARKED if refused else Outcome.RETRY,
        ref=operation.target,
        message=error.message,
        hint=error.hint if isinstance(error, RejectedRecord) else "",
        retry_after=error.retry_after if isinstance(error, RetryableError) else None,
    )


def row_refused(
    operation: Operation, refusal: Refusal, outcome: Outcome, ref: Ref | None = None
) -> Receipt:
    """The receipt of a row that was refused by itself; ``ref`` where the record is another one than
    the operation's target."""
    return Receipt(
        key=operation.key,
        outcome=outcome,
        ref=ref if ref is not None else operation.target,
        message=f"salesforce: {refusal}",
        hint=refusal.rule.hint,
        retry_after=refusal.rule.wait if outcome is Outcome.RETRY else None,
    )
