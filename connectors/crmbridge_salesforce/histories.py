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


def changes_of(row: Row) -> list[Change]:
    """The row's field history in order of happening; ties in order of their ids."""
    found = [
        Change(
            id=str(each["Id"]),
            field=str(each["Field"]),
            old=each.get("OldValue"),
            new=each.get("NewValue"),
            by=str(each["CreatedById"]),
            at=instant(each, "CreatedDate"),
        )
        for each in children(row, "Histories")
    ]
    if len(found) > 1:
        found.sort(key=lambda change: (change.at, change.id))
    return found


def changes_to(changes: Iterable[Change], *names: str) -> list[Change]:
    """Only the changes to these fields."""
    return [change for change in changes if change.field in names]


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
    told = changes_to(changes_of(row), "leadConverted")
    if told:
        return Conversion(at=told[-1].at, by=told[-1].by)
    return Conversion(at=instant(row, "LastModifiedDate"), by=str(row["LastModifiedById"]))
