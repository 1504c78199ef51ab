"""What the store holds of a CRM, counted and divided without reading the records."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, or_, select

from crmbridge.core.model import Ref
from crmbridge.ports import Span
from crmbridge.store.queries import Queries
from crmbridge.store.tables import records


class InventoryQueries(Queries):
    """Living records, neither deleted nor merged away, by spans of their ids."""

    def count_living(self, system: str, span: Span) -> int:
        """How many living records of a system lie in the span."""
        return self._connection.execute(
            select(func.count()).select_from(records).where(*_living(system, span))
        ).scalar_one()

    def living_ids(self, system: str, span: Span) -> list[str]:
        """Their ids, in the order of ids."""
        rows = self._connection.execute(
            select(records.c.ref).where(*_living(system, span)).order_by(*_ORDER)
        )
        return [Ref.parse(row.ref).id for row in rows]

    def divide(self, system: str, span: Span, parts: int) -> list[Span]:
        """The span in at most so many spans of about as many living records each, in order."""
        size = -(-self.count_living(system, span) // parts)
        borders: list[str] = []
        for number in range(1, parts):
            border = self._connection.execute(
                select(records.c.ref)
                .where(*_living(system, span))
                .order_by(*_ORDER)
                .offset(number * size - 1)
                .limit(1)
            ).scalar_one_or_none()
            if border is None:
                break
            borders.append(Ref.parse(border).id)
        return [
            Span(object_type=span.object_type, after=after, upto=upto)
            for after, upto in zip([span.after, *borders], [*borders, span.upto], strict=True)
        ]


_ORDER = (func.length(records.c.ref), records.c.ref)


def _living(system: str, span: Span) -> Sequence[ColumnElement[bool]]:
    first = str(Ref(system=system, object_type=span.object_type, id=""))
    bounds = [
        # Every reference of the type, found by the primary key: ';' follows ':'.
        records.c.ref >= first,
        records.c.ref < first[:-1] + ";",
        records.c.deleted.is_(False),
        records.c.merged_into.is_(None),
    ]
    if span.after:
        bounds.append(~_up_to(first + span.after))
    if span.upto:
        bounds.append(_up_to(first + span.upto))
    return bounds


def _up_to(ref: str) -> ColumnElement[bool]:
    length = func.length(records.c.ref)
    return or_(length < len(ref), and_(length == len(ref), records.c.ref <= ref))
