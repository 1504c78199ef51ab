"""Rows go to the org in collections; those that are locked go again, in smaller portions.

``UNABLE_TO_LOCK_ROW`` comes of two writers holding records of one account; a smaller portion holds
fewer of them, and a moment's wait of no fixed length keeps the two from meeting again.
Salesforce contract §5, §11.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from crmbridge.errors import RetryableError
from crmbridge_salesforce.client import SalesforceClient

_LOCKED: Final = "UNABLE_TO_LOCK_ROW"
_PORTIONS: Final = (50, 10)
_PAUSE: Final = (0.05, 0.25)
"""Seconds, least and most; what is locked for longer waits in the outbox."""

Rows = Sequence[Mapping[str, Any]]


def send_rows(
    client: SalesforceClient,
    method: str,
    rows: Rows,
    *,
    key: str = "",
    headers: Mapping[str, str] | None = None,
) -> list[Mapping[str, Any]]:
    """One answer per row, in order; locked rows are tried twice more.

    ``key`` is the object and the external field by which rows without an id are found, as
    ``/Object/Field``.
    """

    def send(portion: Rows) -> list[Mapping[str, Any]]:
        body = {"allOrNone": False, "records": list(portion)}
        return list(client.call(method, f"composite/sobjects{key}", body, headers=headers))

    answers = send(rows)
    for size in _PORTIONS:
        locked = [number for number, answer in enumerate(answers) if _is_locked(answer)]
        for start in range(0, len(locked), size):
            time.sleep(random.uniform(*_PAUSE))
            portion = locked[start : start + size]
            try:
                again = send([rows[number] for number in portion])
            except RetryableError:
                # The first answer is known; the rows it refused come again later anyway.
                return answers
            for number, answer in zip(portion, again, strict=True):
                answers[number] = answer
    return answers


def _is_locked(answer: Mapping[str, Any]) -> bool:
    return not answer["success"] and any(
        each.get("statusCode") == _LOCKED for each in answer["errors"]
    )
