"""One batch call: every row traced, so that a bad one fails alone. HubSpot contract §4.

Answers come in no order, a merged id is missing from them without a word, and rows without a
trace would fail all together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from crmbridge.errors import CrmBridgeError, RetryableError
from crmbridge_hubspot.client import HubSpotClient
from crmbridge_hubspot.errors import Answer, translate

CONTACTS: Final = "/crm/v3/objects/contacts"
_TRACE: Final = "objectWriteTraceId"
_NOT_THERE: Final = "OBJECT_NOT_FOUND"
_PASSING: Final = frozenset({"RATE_LIMITS", "INTERNAL_ERROR", "LOCKED"})
"""Categories of row errors that say nothing about the row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What came of the rows, by their number: the objects answered, and why others failed. A
    row in neither is gone: merged away or deleted."""

    items: Mapping[int, dict[str, Any]] = field(default_factory=dict)
    errors: Mapping[int, CrmBridgeError] = field(default_factory=dict)


def write_batch(
    client: HubSpotClient,
    verb: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    key: str | None = None,
) -> Answers:
    """Send up to 100 rows to ``update`` or ``upsert``; makes no call for none.

    Rows are told apart by their trace; an answer without one by its id, or by the property
    ``key``. Raises what the whole call failed with.
    """
    if not rows:
        return Answers()
    traced = [{**row, _TRACE: str(number)} for number, row in enumerate(rows)]
    reply = client.post(f"{CONTACTS}/batch/{verb}", {"inputs": traced})
    numbers = {str(row["id"]): number for number, row in enumerate(rows)}
    items: dict[int, dict[str, Any]] = {}
    for item in reply.body.get("results") or ():
        known = (item.get("properties") or {}).get(key) if key else item["id"]
        number = _number(item.get(_TRACE), len(rows))
        if number is None:
            number = numbers.get(str(known))
        if number is not None:
            items[number] = item
    errors: dict[int, CrmBridgeError] = {}
    for error in reply.body.get("errors") or ():
        if error.get("category") == _NOT_THERE:
            continue
        traces = _listed((error.get("context") or {}).get(_TRACE))
        told = [
            each for each in (_number(trace, len(rows)) for trace in traces) if each is not None
        ]
        # An error that names no row is everybody's who was not answered.
        for number in told or [each for each in range(len(rows)) if each not in items]:
            errors[number] = _error(error)
    return Answers(items=items, errors=errors)


def _error(error: Mapping[str, Any]) -> CrmBridgeError:
    category = str(error.get("category") or "refused")
    if category in _PASSING:
        return RetryableError(f"hubspot: a row was not written [{category}]")
    answer = Answer(
        status=207, category=category, message=str(error.get("message") or ""), body=error
    )
    return translate(answer, "a row was not written")


def _listed(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else () if value is None else (value,)


def _number(trace: Any, count: int) -> int | None:
    """The row that a trace names."""
    text = str(trace or "")
    return int(text) if text.isdecimal() and int(text) < count else None
