"""Field history as the steps it tells of. Salesforce contract §12."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crmbridge_salesforce.payload import Row, children, instant, read_flag


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One history row: ``field`` went from ``old`` to ``new``, by user ``by``.

    ``id`` stays the same when a merge hands the row to the winner.
    """

    id: str
    field: str
    old: Any
    new: Any
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """When a lead was converted, and by whom."""

    at: datetime
    by: str


class History:
    """A record's changes, by field; most records have none for most fields, and what nobody asks
    for is not looked at."""

    __slots__ = ("_by_field",)

    def __init__(self, rows: Iterable[Row]) -> None:
        self._by_field: dict[str, list[Row]] = {}
        for row in rows:
            self._by_field.setdefault(row["Field"], []).append(row)

    def to(self, name: str) -> Sequence[Change]:
        """The changes to this field in order of happening; ties in order of their ids."""
        rows = self._by_field.get(name)
        if rows is None:
            return ()
        return sorted(map(_change, rows), key=_place)

    def tells(self, name: str) -> bool:
        """Whether there is any change to this field."""
        return name in self._by_field

    def count(self, name: str) -> int:
        """How many changes to this field there are."""
        return len(self._by_field.get(name, ()))

    def latest(self, *names: str) -> Change | None:
        """The last change to any of these fields."""
        return max((change for name in names for change in self.to(name)), key=_place, default=None)


def history_of(row: Row) -> History:
    """What the row's field history tells."""
    return History(children(row, "Histories"))


def _change(row: Row) -> Change:
    return Change(
        id=str(row["Id"]),
        field=str(row["Field"]),
        old=row.get("OldValue"),
        new=row.get("NewValue"),
        by=str(row["CreatedById"]),
        at=instant(row, "CreatedDate"),
    )


def _place(change: Change) -> tuple[datetime, str]:
    return change.at, change.id


def value_before(changes: Sequence[Change], at: datetime) -> Any:
    """What a field held just before ``at``, from the changes to it; ``None`` if untold."""
    earlier = [change for change in changes if change.at < at]
    if earlier:
        return earlier[-1].new
    return changes[0].old if changes else None


def conversion_of(row: Row) -> Conversion | None:
    """The conversion of a lead's row. ``ConvertedDate`` is a mere day, so without its history
    row the last edit stands for it: nobody edits a converted lead (contract §12)."""
    if not read_flag(row.get("IsConverted")):
        return None
    told = history_of(row).to("leadConverted")
    if told:
        return Conversion(at=told[-1].at, by=told[-1].by)
    return Conversion(at=instant(row, "LastModifiedDate"), by=str(row["LastModifiedById"]))
