"""What the store holds of a CRM, counted and divided without reading the records.

Records of people who were erased count while their CRM shows them: both sides are to agree.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, or_, select

from crmbridge.core.model import Ref
from crmbridge.ports import Span
from crmbridge.store.queries import Queries
from crmbridge.store.tables import erased_records, records


class InventoryQueries(Queries):
    """Living records, neither deleted nor merged away, by spans of their ids."""

    def count_living(self, system: str, span: Span) -> int:
        """How many living records of a system lie in the span."""
        known = select(func.count()).select_from(records).where(*_living(system, span))
        erased = select(func.count()).select_from(erased_records).where(*_erased(system, span))
        return sum(self._connection.execute(each).scalar_one() for each in (known, erased))

    def living_ids(self, system: str, span: Span) -> list[str]:
        """Their ids, in the order of ids."""
        known = select(records.c.ref).where(*_living(system, span))
        erased = select(erased_records.c.ref).where(*_erased(system, span))
        refs = [ref for each in (known, erased) for ref in self._connection.scalars(each)]
        return [Ref.parse(ref).id for ref in sorted(refs, key=lambda ref: (len(ref), ref))]

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
    alive = [records.c.deleted.is_(False), records.c.merged_into.is_(None)]
    return [*_within(records.c.ref, system, span), *alive]


def _erased(system: str, span: Span) -> Sequence[ColumnElement[bool]]:
    return [*_within(erased_records.c.ref, system, span), erased_records.c.living.is_(True)]


def _within(column: ColumnElement[str], system: str, span: Span) -> list[ColumnElement[bool]]:
    first = str(Ref(system=system, object_type=span.object_type, id=""))
    # Every reference of the type, found by the primary key: ';' follows ':'.
    bounds = [column >= first, column < first[:-1] + ";"]
    if span.after:
        bounds.append(~_up_to(column, first + span.after))
    if span.upto:
        bounds.append(_up_to(column, first + span.upto))
    return bounds


def _up_to(column: ColumnElement[str], ref: str) -> ColumnElement[bool]:
    length = func.length(column)
    return or_(length < len(ref), and_(length == len(ref), column <= ref))
