"""From a happening in a case file to the facts that connectors would derive of it."""

from __future__ import annotations

from collections.abc import Iterator

from crmbridge.core.facts import (
    ConsentDetail,
    ConversionDetail,
    DealDetail,
    Detail,
    EngagementDetail,
    Evidence,
    FactKind,
    NoDetail,
    OwnedDetail,
    PauseDetail,
    StatusDetail,
    TouchDetail,
)
from crmbridge.core.model import ObjectType, Ref
from crmbridge.rulebook.cases.schema import HappeningSection


def fact_details(happening: HappeningSection, number: int) -> Iterator[tuple[FactKind, Detail]]:
    """The kind and detail of the fact of one turn; nothing where only records change."""
    if happening.what in set(Evidence):
        yield FactKind.ENGAGEMENT, _engagement(happening, number)
        return
    match happening.what:
        case "touch":
            yield FactKind.TOUCH, _touch(happening)
        case "status":
            yield FactKind.STATUS, _status(happening)
        case "owned":
            yield FactKind.OWNED, OwnedDetail(owner=str(happening.by))
        case "paused" | "resumed":
            reason, by = happening.reason or "", happening.by or ""
            yield FactKind(happening.what), PauseDetail(reason=reason, by=by)
        case "deleted" | "bounce" | "erased":
            yield FactKind(happening.what), NoDetail()
        case "opt_out":
            yield FactKind.OPT_OUT, ConsentDetail(source=str(happening.side))
        case "opt_in":
            yield FactKind.OPT_IN, ConsentDetail(source=str(happening.side))
        case "converted":
            yield FactKind.CONVERSION, _conversion(happening)
        case "deal_opened" | "deal_won" | "deal_lost":
            yield FactKind(happening.what), _deal(happening)


def _engagement(happening: HappeningSection, number: int) -> EngagementDetail:
    return EngagementDetail(
        evidence=Evidence(happening.what),
        name=(happening.name or "").replace("{n}", str(number)),
        target=(happening.target or "").replace("{n}", str(number)),
        count=happening.counter,
    )


def _touch(happening: HappeningSection) -> TouchDetail:
    return TouchDetail(
        channel=happening.channel,
        by=str(happening.by),
        automated=happening.automated,
        subject=happening.subject or "",
    )


def _status(happening: HappeningSection) -> StatusDetail:
    return StatusDetail(
        value=str(happening.value),
        by=str(happening.by),
        reason=happening.reason,
        details=happening.details,
        resume=happening.resume,
        history_missing=happening.history_missing,
    )


def _conversion(happening: HappeningSection) -> ConversionDetail:
    def ref(object_type: ObjectType, identity: str | None) -> Ref | None:
        return Ref(system="sales", object_type=object_type, id=identity) if identity else None

    return ConversionDetail(
        by=str(happening.by),
        contact=ref(ObjectType.CONTACT, happening.contact),
        deal=ref(ObjectType.DEAL, happening.deal),
    )


def _deal(happening: HappeningSection) -> DealDetail:
    return DealDetail(
        stage=happening.what.removeprefix("deal_"),
        reason=happening.reason,
        details=happening.details,
        resume=happening.resume,
    )
