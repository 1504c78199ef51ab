"""Fields that are edited from several sides: since when they are kept equal, who edited them when,
and how often they were put right.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select

from crmbridge.core.model import Ref, Side, Value
from crmbridge.core.view import Edit, Flips
from crmbridge.store import codec
from crmbridge.store.queries import Queries
from crmbridge.store.tables import edits, flips, mapped_fields

_EDITS = select(edits).where(edits.c.ref == bindparam("ref"))
_FLIPS = select(flips).where(flips.c.uid == bindparam("uid"))


class MergingQueries(Queries):
    """Mapped fields, edits and flips."""

    def begin_mapping(self, names: Collection[str], now: datetime) -> None:
        """These fields are kept equal from now on, and no others; those that were go on."""
        known = set(self._connection.scalars(select(mapped_fields.c.field)))
        gone = sorted(known - set(names))
        if gone:
            self._connection.execute(delete(mapped_fields).where(mapped_fields.c.field.in_(gone)))
        fresh = [
            {"field": name, "since": now, "whole": False} for name in sorted(set(names) - known)
        ]
        self._insert_new(mapped_fields, fresh)

    def map_whole(self, name: str, now: datetime) -> None:
        """This field is to become equal whatever was there before it was mapped."""
        self._upsert(mapped_fields, [{"field": name, "since": now, "whole": True}])

    def mapped(self) -> tuple[Mapping[str, datetime], frozenset[str]]:
        """Mapped field → since when, and those that are to become equal whatever was before."""
        rows = self._connection.execute(select(mapped_fields)).all()
        return {row.field: row.since for row in rows}, frozenset(
            row.field for row in rows if row.whole
        )

    def put_edits(self, ref: Ref, found: Mapping[str, tuple[Value, Edit]]) -> None:
        """Remember who gave a record's fields their values when; field → value and edit."""
        rows = [
            {
                "ref": str(ref),
                "field": name,
                "value": codec.encode_fields({name: value}),
                "at": edit.at,
                "by": edit.by,
            }
            for name, (value, edit) in sorted(found.items())
        ]
        self._upsert(edits, rows)

    def edits_of(self, ref: Ref, shown: Mapping[str, Value]) -> dict[str, Edit]:
        """Who gave the ``shown`` values when; of others that were there before nothing is said."""
        return {
            row.field: Edit(at=row.at, by=row.by)
            for row in self._connection.execute(_EDITS, {"ref": str(ref)})
            if row.value == codec.encode_fields({row.field: shown.get(row.field)})
        }

    def has_edits(self) -> bool:
        """Whether any edit was ever asked about."""
        return self._connection.execute(select(edits.c.ref).limit(1)).first() is not None

    def has_flips(self) -> bool:
        """Whether anything was ever put right."""
        return self._connection.execute(select(flips.c.uid).limit(1)).first() is not None

    def flips(self, uid: str) -> dict[Side, dict[str, Flips]]:
        """Side → field → how often it was put right."""
        found: dict[Side, dict[str, Flips]] = {}
        for row in self._connection.execute(_FLIPS, {"uid": uid}):
            found.setdefault(Side(row.side), {})[row.field] = Flips(times=row.times, at=row.at)
        return found

    def flip(
        self, uid: str, side: Side, name: str, now: datetime, within: timedelta, *, by_turns: bool
    ) -> None:
        """Count that a field was put right; anew where the last time was longer ago than
        ``within``. ``by_turns`` counts only where the last time was on the other side."""
        rows = {
            Side(row.side): row
            for row in self._connection.execute(_FLIPS, {"uid": uid})
            if row.field == name and now - row.at <= within
        }
        mine, other = rows.get(side), next((rows[each] for each in rows if each is not side), None)
        if not by_turns:
            count = mine.times + 1 if mine else 1
        elif other is not None and (mine is None or other.at > mine.at):
            count = other.times + 1
        else:
            count = mine.times if mine else 1
        row = {"uid": uid, "side": side.value, "field": name, "times": count, "at": now}
        self._upsert(flips, [row])

    def forget_flips(
        self, uid: str, names: Iterable[str], *, before: datetime | None = None
    ) -> None:
        """Count anew for these fields, where the last time was earlier than ``before`` if given."""
        chosen = [flips.c.uid == uid, flips.c.field.in_(sorted(names))]
        if before is not None:
            chosen.append(flips.c.at < before)
        self._connection.execute(delete(flips).where(*chosen))
