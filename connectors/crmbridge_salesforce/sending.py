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

from crmbridge.errors import AuthError, ConfigError, RejectedRecord, RetryableError
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
_TELLING: Final = 50
"""Rows that say how fast the org is; of fewer a call's own overhead says more."""

Row = Mapping[str, Any]
Refused = RejectedRecord | RetryableError | AuthError | ConfigError
Answer = Mapping[str, Any] | Refused
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


_Said = list[Row] | Refused
"""What the org says of a part: of each of its rows, or of all of them."""


class Sender:
    """Sends rows to one org, as many in a call as it answers in time."""

    def __init__(self, client: SalesforceClient, patience: float) -> None:
        """``patience`` is how many seconds an answer may take."""
        self._client = client
        self._patience = patience
        self._seconds_a_row = 0.0

    def send(self, *groups: Rows) -> list[list[Answer]]:
        """For each group one answer per row, in order; locked rows are tried twice more. Groups
        that come first are written first. Once a login or the set-up is refused nothing more is
        sent: that is the answer of all rows that are left. Raises nothing of the org's.
        """
        whole = [
            _Part(group, [(number, row) for row in range(len(group.rows))])
            for number, group in enumerate(groups)
        ]
        answers = self._send([part for each in whole for part in each.cut(self._most(ROWS))])
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
                if any(isinstance(answer, _SILENT) for answer in again.values()):
                    # What the org said first is known; the rows it refused come again anyway.
                    return False
                answers |= again
        return True

    def _send(self, waiting: list[_Part]) -> dict[tuple[int, int], Answer]:
        answers: dict[tuple[int, int], Answer] = {}
        while waiting:
            parts, waiting = self._next(waiting)
            found = self._call(parts)
            halves: list[_Part] = []
            for part, said in zip(parts, found, strict=True):
                if isinstance(said, RejectedRecord) and len(part.places) > 1:
                    halves += part.cut(-(-len(part.places) // 2))
                elif isinstance(said, list):
                    answers |= zip(part.places, said, strict=True)
                else:
                    answers |= dict.fromkeys(part.places, said)
            waiting = [*halves, *waiting]
            end = next((said for said in found if isinstance(said, AuthError | ConfigError)), None)
            if end is not None:
                answers |= {place: end for part in waiting for place in part.places}
                break
        return answers

    def _next(self, waiting: list[_Part]) -> tuple[list[_Part], list[_Part]]:
        """What goes into the next call, and what is left."""
        most, rows, count = self._most(ROWS * TOGETHER), 0, 0
        for part in waiting[:TOGETHER]:
            if count and rows + len(part.places) > most:
                break
            rows, count = rows + len(part.places), count + 1
        return waiting[:count], waiting[count:]

    def _most(self, rows: int) -> int:
        """So many, or as many as are answered in time."""
        if not self._seconds_a_row:
            return rows
        return max(1, min(rows, int(self._patience * _PART_OF_PATIENCE / self._seconds_a_row)))

    def _call(self, parts: Sequence[_Part]) -> list[_Said]:
        """What the org says of each part, all sent in one call."""
        begun, rows = time.monotonic(), sum(len(part.places) for part in parts)
        try:
            said = self._composite(parts) if len(parts) > 1 else self._collection(parts[0])
        except RejectedRecord as error:
            if len(parts) == 1:
                return [error]
            return [each for part in parts for each in self._call([part])]
        except (AuthError, ConfigError) as error:
            return [error] * len(parts)
        except RetryableError as error:
            took = time.monotonic() - begun
            if took >= self._patience * _PART_OF_PATIENCE:
                self._seconds_a_row = max(took / rows, self._seconds_a_row) * 2
            return [error] * len(parts)
        each = (time.monotonic() - begun) / rows
        if rows >= min(_TELLING, self._most(ROWS)):
            self._seconds_a_row = each
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
            if not isinstance(error, Refused):
                raise error
            found.append(error)
        return found


_SILENT = (RetryableError, AuthError, ConfigError)
"""Answers that say nothing of the rows themselves."""


def _is_locked(answer: Answer) -> bool:
    return (
        isinstance(answer, Mapping)
        and not answer["success"]
        and any(each.get("statusCode") == _LOCKED for each in answer["errors"])
    )
