"""Once a day both sides are counted: nothing may be lost that no poll can show.

A record emptied from the recycle bin between two polls, erased for privacy, or never shown by any
poll changes no stamp. Only the numbers tell: where a CRM has another number of records than the
store, the ids are divided until the differing ones are found, and those are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

import structlog

from crmbridge.core.model import Ref
from crmbridge.ports import Connector, Page, Span
from crmbridge.store import Store

_log = structlog.get_logger(__name__)

_LEAF: Final = 200
"""Records of a span that is listed instead of being divided further."""
_PARTS: Final = 10
"""Spans that one is divided into: two composites of five counts for Salesforce."""
_READ_AT_ONCE: Final = 700
"""Records read in one page; one call of Salesforce by id, and memory stays flat."""
_BEARABLE: Final = 0.1
_FEW: Final = 50
"""More missing records than these, and than one in ten, is no purge: access was taken away."""


@dataclass(slots=True, kw_only=True)
class Census:
    """Compares one CRM with the store."""

    store: Store
    connector: Connector

    def take(self) -> Iterator[Page]:
        """The present state of every record that only one side has; pages without positions.

        Costs one call or two where the numbers agree. A CRM that suddenly lacks a large part of
        its records is not believed: that is logged and the store left as it is.
        """
        wholes = [Span(object_type=object_type) for object_type in self.connector.counted]
        for whole, there in zip(wholes, self.connector.count(wholes), strict=True):
            known = self._known(whole)
            if known == there:
                continue
            missing = known - there
            if missing > _FEW and missing > known * _BEARABLE:
                _log.warning(
                    "records_out_of_sight",
                    system=self.connector.name,
                    object=whole.object_type.value,
                    known=known,
                    visible=there,
                    remedy="give the integration user access to them again",
                )
                continue
            yield from self._explain(whole, known)

    def _explain(self, whole: Span, known: int) -> Iterator[Page]:
        differing = [(whole, known)]
        while differing:
            span, known = differing.pop()
            if known <= _LEAF:
                yield from self._compare(span)
                continue
            parts = [(part, self._known(part)) for part in self._divide(span)]
            counts = self.connector.count([part for part, _ in parts])
            differing += [
                part for part, there in zip(parts, counts, strict=True) if part[1] != there
            ]

    def _compare(self, span: Span) -> Iterator[Page]:
        with self.store.read() as tx:
            known = set(tx.living_ids(self.connector.name, span))
        unknown = (each for each in self.connector.ids(span) if not _strike(known, each))
        while portion := list(islice(unknown, _READ_AT_ONCE)):
            yield self._read(span, portion)
        if known:
            yield self._read(span, sorted(known))

    def _read(self, span: Span, ids: list[str]) -> Page:
        _log.info(
            "census_differs",
            system=self.connector.name,
            object=span.object_type.value,
            records=len(ids),
        )
        return self.connector.fetch(
            [Ref(system=self.connector.name, object_type=span.object_type, id=i) for i in ids]
        )

    def _known(self, span: Span) -> int:
        with self.store.read() as tx:
            return tx.count_living(self.connector.name, span)

    def _divide(self, span: Span) -> list[Span]:
        with self.store.read() as tx:
            return tx.divide(self.connector.name, span, _PARTS)


def _strike(known: set[str], identity: str) -> bool:
    """Whether an id is known; what is left in the end is only known."""
    found = identity in known
    known.discard(identity)
    return found
