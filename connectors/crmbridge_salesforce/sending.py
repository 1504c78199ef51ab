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


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows of a group, which go together in one collection; ``places`` are the group's number and
    each row's."""

    group: Rows
    places: Sequence[tuple[int, int]]

    @property
    def body(self) -> dict[str, Any]:
        """Of the collection."""
        return {"allOrNone": False, "records": [self.group.rows[row] for _, row in self.places]}

    def cut(self, size: int) -> list[_Part]:
        """The same in parts of at most so many rows."""
        starts = range(0, len(self.places), size)
        return [_Part(self.group, self.places[start : start + size]) for start in starts]


_Said = list[Row] | RejectedRecord | RetryableError
"""What the org says of a part: of each of its rows, or of all of them."""


class Sender:
    """Sends rows to one org, as many in a call as it answers in time."""

    def __init__(self, client: SalesforceClient, patience: float) -> None:
        """``patience`` is how many seconds an answer may take."""
        self._client = client
        self._patience = patience
        self._together = TOGETHER

    def send(self, *groups: Rows) -> list[list[Answer]]:
        """For each group one answer per row, in order; locked rows are tried twice more. Groups
        that come first are written first.

        ``AuthError`` and ``ConfigError`` are raised, whatever was written before.
        """
        whole = [
            _Part(group, [(number, row) for row in range(len(group.rows))])
            for number, group in enumerate(groups)
        ]
        answers = self._send([part for each in whole for part in each.cut(ROWS)])
        for size in _PORTIONS:
            if not self._try_locked(groups, answers, size):
                break
        return [
            [answers[number, row] for row in range(len(group.rows))]
            for number, group in enumerate(groups)
        ]

    def _try_locked(
        self, groups: Sequence[Rows], answers: dict[tuple[int, int], Answer], size: int
    ) -> bool:
        """Send what was locked once more, so many rows at once; whether the org still answers."""
        locked = [place for place, answer in answers.items() if _is_locked(answer)]
        for number, group in enumerate(groups):
            for part in _Part(group, [each for each in locked if each[0] == number]).cut(size):
                time.sleep(random.uniform(*_PAUSE))
                again = self._send([part])
                if any(isinstance(answer, RetryableError) for answer in again.values()):
                    # What the org said first is known; the rows it refused come again anyway.
                    return False
                answers |= again
        return True

    def _send(self, waiting: list[_Part]) -> dict[tuple[int, int], Answer]:
        answers: dict[tuple[int, int], Answer] = {}
        while waiting:
            parts, waiting = waiting[: self._together], waiting[self._together :]
            for part, said in zip(parts, self._call(parts), strict=True):
                if isinstance(said, RejectedRecord) and len(part.places) > 1:
                    waiting += part.cut(-(-len(part.places) // 2))
                elif isinstance(said, RejectedRecord | RetryableError):
                    answers |= dict.fromkeys(part.places, said)
                else:
                    answers |= zip(part.places, said, strict=True)
        return answers

    def _call(self, parts: Sequence[_Part]) -> list[_Said]:
        """What the org says of each part, all sent in one call."""
        begun = time.monotonic()
        try:
            said = self._composite(parts) if len(parts) > 1 else self._collection(parts[0])
        except RejectedRecord as error:
            if len(parts) == 1:
                return [error]
            return [each for part in parts for each in self._call([part])]
        except RetryableError as error:
            self._together = 1
            return [error] * len(parts)
        each = (time.monotonic() - begun) / len(parts)
        in_time = int(self._patience * _PART_OF_PATIENCE / max(each, 0.001))
        self._together = max(1, min(TOGETHER, in_time))
        return said

    def _collection(self, part: _Part) -> list[_Said]:
        group = part.group
        said = self._client.call(group.method, group.path, part.body, headers=group.headers)
        return [list(said)]

    def _composite(self, parts: Sequence[_Part]) -> list[_Said]:
        asked = [
            Subrequest(
                url=f"{self._client.root}/{part.group.path}",
                method=part.group.method,
                headers=part.group.headers,
                body=part.body,
            )
            for part in parts
        ]
        found: list[_Said] = []
        for part, answer in zip(parts, self._client.composite(asked), strict=True):
            if answer.refusal is None:
                found.append(list(answer.body))
                continue
            error = as_error(answer.refusal, f"{part.group.method} {part.group.path}")
            if not isinstance(error, RejectedRecord | RetryableError):
                raise error
            found.append(error)
        return found


def _is_locked(answer: Answer) -> bool:
    return (
        isinstance(answer, Mapping)
        and not answer["success"]
        and any(each.get("statusCode") == _LOCKED for each in answer["errors"])
    )
