"""What a merge copied: an act that the surviving record shows as well as the one it came from."""

from __future__ import annotations

from collections.abc import Iterable

from crmbridge.core.facts import Fact, FactKind
from crmbridge.core.model import Ref

_OF_THE_PERSON = frozenset(
    {FactKind.ENGAGEMENT, FactKind.OPT_OUT, FactKind.OPT_IN, FactKind.BOUNCE}
)
"""What marketing CRMs keep on the record itself, so that a merge hands it on under a new id."""


def without_copies(facts: Iterable[Fact]) -> list[Fact]:
    """One person's facts in their order, each act once: of equal ones at one instant on several
    records of one CRM the first stays. Two equal acts on one record are two."""
    kept: list[Fact] = []
    holders: dict[tuple[object, ...], Ref] = {}
    for fact in facts:
        if fact.kind in _OF_THE_PERSON:
            act = (fact.ref.system, fact.kind, fact.at, fact.detail)
            if holders.setdefault(act, fact.ref) != fact.ref:
                continue
        kept.append(fact)
    return kept
