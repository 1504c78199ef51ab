"""Rows go to the org in collections, several of them in a call.

A collection holds 200 rows, and a composite of five is one request, each a transaction of its own.
One value that cannot be parsed spoils its collection: that is halved until only the culprit is
left. ``UNABLE_TO_LOCK_ROW`` comes of two writers holding records of one account; a smaller portion
holds fewer of them, and a moment's wait of no fixed length keeps the two from meeting again.
Salesforce contract §5, §7, §11.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from crmbridge.errors import RejectedRecord, RetryableError
from crmbridge_salesforce.client import SalesforceClient, Subrequest
from crmbridge_salesforce.errors import as_error

ROWS: Final = 200
"""Of one collection."""
TOGETHER: Final = 5
"""Collections of one call."""
_LOCKED: Final = "UNABLE_TO_LOCK_ROW"
_PORTIONS: Final = (50, 10)
_PAUSE: Final = (0.05, 0.25)
"""Seconds, least and most; what is locked for longer waits in the outbox."""
_PART_OF_PATIENCE: Final = 0.5
"""Of the time that an answer may take: an org whose triggers are slow gets fewer rows in a call, or
every call would end without an answer, and be sent again for ever."""

Row = Mapping[str, Any]
Answer = Mapping[str, Any] | RejectedRecord | RetryableError
"""What the org says of a row, or why nothing is known of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What is to be written alike. ``key`` is the object and the external field by which rows
    without an id are found, as ``/Object/Field``."""

    method: str
    rows: Sequence[Row]
    key: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Below the version root."""
        return f"composite/sobjects{self.key}"

    def body(self, part: Sequence[int]) -> dict[str, Any]:
        """Of the rows with these numbers."""
        return {"allOrNone": False, "records": [self.rows[number] for number in part]}


class Sender:
    """Sends rows to one org, as many in a call as it answers in time."""

    def __init__(self, client: SalesforceClient, patience: float) -> None:
        """``patience`` is how many seconds an answer may take."""
        self._client = client
        self._patience = patience
        self._together = TOGETHER

    def send(self, rows: Rows) -> list[Answer]:
        """One answer per row, in order; locked rows are tried twice more.

        ``AuthError`` and ``ConfigError`` are raised, whatever was written before.
        """
        answers = self._send(rows, range(len(rows.rows)), ROWS)
        for size in _PORTIONS:
            locked = [number for number, answer in answers.items() if _is_locked(answer)]
            for start in range(0, len(locked), size):
                time.sleep(random.uniform(*_PAUSE))
                again = self._send(rows, locked[start : start + size], size)
                if any(isinstance(answer, RetryableError) for answer in again.values()):
                    # What the org said first is known; the rows it refused come again anyway.
                    return _in_order(answers)
                answers |= again
        return _in_order(answers)

    def _send(self, rows: Rows, numbers: Sequence[int], size: int) -> dict[int, Answer]:
        waiting = [numbers[start : start + size] for start in range(0, len(numbers), size)]
        answers: dict[int, Answer] = {}
        while waiting:
            parts, waiting = waiting[: self._together], waiting[self._together :]
            for part, answer in zip(parts, self._call(rows, parts), strict=True):
                if isinstance(answer, RejectedRecord) and len(part) > 1:
                    middle = len(part) // 2
                    waiting += [part[:middle], part[middle:]]
                elif isinstance(answer, RejectedRecord | RetryableError):
                    answers |= dict.fromkeys(part, answer)
                else:
                    answers |= zip(part, answer, strict=True)
        return answers

    def _call(
        self, rows: Rows, parts: Sequence[Sequence[int]]
    ) -> list[list[Row] | RejectedRecord | RetryableError]:
        """What the org says of each part, all sent in one call."""
        begun = time.monotonic()
        try:
            if len(parts) == 1:
                body = rows.body(parts[0])
                answers = [self._client.call(rows.method, rows.path, body, headers=rows.headers)]
            else:
                answers = self._composite(rows, parts)
        except RejectedRecord as error:
            if len(parts) == 1:
                return [error]
            return [answer for part in parts for answer in self._call(rows, [part])]
        except RetryableError as error:
            self._together = 1
            return [error] * len(parts)
        each = (time.monotonic() - begun) / len(parts)
        in_time = int(self._patience * _PART_OF_PATIENCE / max(each, 0.001))
        self._together = max(1, min(TOGETHER, in_time))
        return answers

    def _composite(
        self, rows: Rows, parts: Sequence[Sequence[int]]
    ) -> list[list[Row] | RejectedRecord | RetryableError]:
        asked = [
            Subrequest(
                url=f"{self._client.root}/{rows.path}",
                method=rows.method,
                headers=rows.headers,
                body=rows.body(part),
            )
            for part in parts
        ]
        found: list[list[Row] | RejectedRecord | RetryableError] = []
        for answer in self._client.composite(asked):
            if answer.refusal is None:
                found.append(list(answer.body))
                continue
            error = as_error(answer.refusal, f"{rows.method} {rows.path}")
            if not isinstance(error, RejectedRecord | RetryableError):
                raise error
            found.append(error)
        return found


def _in_order(answers: Mapping[int, Answer]) -> list[Answer]:
    return [answers[number] for number in range(len(answers))]


def _is_locked(answer: Answer) -> bool:
    return (
        isinstance(answer, Mapping)
        and not answer["success"]
        and any(each.get("statusCode") == _LOCKED for each in answer["errors"])
    )
