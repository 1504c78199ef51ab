"""HubSpot's answers as consequences: one table from status and category to what to do.

HubSpot contract §8, §9. Messages here name no person: HubSpot's own texts may.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crmbridge.errors import (
    AuthError,
    BudgetExhausted,
    CrmBridgeError,
    RateLimited,
    RejectedRecord,
    RetryableError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a failed call said, as far as it can be read."""

    status: int
    category: str = ""
    policy: str = ""
    message: str = ""
    body: Mapping[str, Any] | None = None
    retry_after: float | None = None


def read_answer(status: int, body: str | bytes | None, headers: Mapping[str, str] | None) -> Answer:
    """The parts of an error answer that decide; an HTML or empty body has none."""
    try:
        data = json.loads(body) if body else None
    except ValueError:
        data = None
    found = data if isinstance(data, dict) else {}
    wait = (headers or {}).get("Retry-After", "")
    return Answer(
        status=status,
        category=str(found.get("category") or ""),
        policy=str(found.get("policyName") or ""),
        message=str(found.get("message") or ""),
        body=found,
        retry_after=float(wait) if wait.isdigit() else None,
    )


_WAITS = {423: 2.0, 477: 60.0, 502: 5.0, 503: 5.0, 504: 5.0, 524: 10.0}
"""Least waits in seconds by status; HubSpot contract §9."""


def translate(answer: Answer, what: str) -> CrmBridgeError:
    """The error that ``answer`` to the call ``what`` means."""
    status = answer.status
    if status == 401:
        return AuthError("hubspot: the token is refused: check hubspot.token")
    if status == 403:
        needed = _scopes(answer)
        return AuthError(
            f"hubspot: the token lacks a scope for {what}{needed}: extend hubspot.token"
        )
    if status == 429:
        if answer.policy == "DAILY":
            return BudgetExhausted("hubspot: the day's API calls are used up", retry_after=900.0)
        searched = "secondly limit" in answer.message and "ten_secondly" not in answer.message
        wait = answer.retry_after or (1.0 if searched else 10.0)
        return RateLimited(f"hubspot: too many calls ({what})", retry_after=wait)
    if status in _WAITS or status >= 500:
        wait = answer.retry_after or _WAITS.get(status, 5.0)
        return RetryableError(f"hubspot: {what} answered {status}", retry_after=wait)
    reason = answer.category or f"status {status}"
    return RejectedRecord(
        f"hubspot refuses {what}: {reason}", hint=hint_for(answer), detail=answer.message
    )


def _scopes(answer: Answer) -> str:
    errors = (answer.body or {}).get("errors") or []
    for error in errors if isinstance(errors, list) else []:
        context = error.get("context", {}) if isinstance(error, dict) else {}
        names = context.get("requiredGranularScopes") or context.get("requiredScopes") or []
        if names:
            return f" ({', '.join(map(str, names))})"
    return ""


def hint_for(answer: Answer) -> str:
    """What an operator can do about a refused record."""
    text = f"{answer.message} {json.dumps(answer.body or {})}"
    for marker, hint in _HINTS:
        if marker in text:
            return hint
    return "look at the record in HubSpot, then run `crmbridge parked --retry`"


_HINTS = (
    ("PROPERTY_DOESNT_EXIST", "run `crmbridge setup apply`: a property is missing in HubSpot"),
    ("already has that value", "another contact holds this value: merge the two in HubSpot"),
    ("Contact already exists", "another contact holds this e-mail: merge the two in HubSpot"),
    ("READ_ONLY_VALUE", "this property may not be written: take it out of the rule book"),
    ("INVALID_OPTION", "add the value to the property's options, or change stages.yaml"),
    ("REQUIRED_PROPERTY", "HubSpot demands a further property: fill it, or relax the rule there"),
    ("INVALID_EMAIL", "correct the e-mail address in the CRM it came from"),
)
