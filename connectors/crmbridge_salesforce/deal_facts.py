"""Facts about opportunities, from their stage history; ``CloseDate`` is a plan, not an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from crmbridge.core.facts import DealDetail, Fact, FactKind
from crmbridge.core.model import ObjectType, Ref
from crmbridge_salesforce.facts import Said, read_said
from crmbridge_salesforce.histories import history_of
from crmbridge_salesforce.layout import Layout
from crmbridge_salesforce.payload import (
    Row,
    children,
    instant,
    millis,
    read_flag,
    read_instant,
)
from crmbridge_salesforce.records import ref_of
from crmbridge_salesforce.schema import StageMeaning, meaning_of

_KINDS = {
    StageMeaning.OPEN: FactKind.DEAL_OPENED,
    StageMeaning.WON: FactKind.DEAL_WON,
    StageMeaning.LOST: FactKind.DEAL_LOST,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StageStep:
    """The deal entered ``stage``, which means ``meaning``."""

    stage: str
    meaning: StageMeaning
    at: datetime
    by: str


def deal_facts(layout: Layout, row: Row, stages: Mapping[str, StageMeaning]) -> list[Fact]:
    """Opened, won and lost, each at the instant its stage was set. A deleted one says nothing.

    A deal that was lost or won and is open again is opened again. Moves between stages of one
    meaning are none.
    """
    if read_flag(row.get("IsDeleted")):
        return []
    ref = ref_of(ObjectType.DEAL, row["Id"])
    steps = _steps(row, stages)
    first = steps[0]
    facts = [_fact(ref, replace(first, meaning=StageMeaning.OPEN), key=f"{ref}:opened")]
    known = StageMeaning.OPEN
    for step in steps:
        if step.meaning is not known:
            facts.append(_fact(ref, step, key=f"{ref}:{_word(step)}:{millis(step.at)}"))
            known = step.meaning
    return _with_loss_reason(layout, facts, row) if known is StageMeaning.LOST else facts


def _steps(row: Row, stages: Mapping[str, StageMeaning]) -> list[StageStep]:
    now = meaning_of(row.get("IsClosed"), row.get("IsWon"))
    current = str(row["StageName"])
    history = children(row, "OpportunityHistories")
    told = [
        StageStep(
            stage=str(each["StageName"]),
            meaning=stages.get(str(each["StageName"]), StageMeaning.OPEN),
            at=instant(each, "CreatedDate"),
            by=str(each["CreatedById"]),
        )
        for each in sorted(history, key=lambda each: (instant(each, "CreatedDate"), each["Id"]))
    ]
    created = StageStep(
        stage=current,
        meaning=StageMeaning.OPEN,
        at=instant(row, "CreatedDate"),
        by=str(row["CreatedById"]),
    )
    if not told:
        changed_at = read_instant(row.get("LastStageChangeDate"))
        latest = StageStep(
            stage=current,
            meaning=now,
            at=changed_at or instant(row, "LastModifiedDate"),
            by=str(row["LastModifiedById"]),
        )
        return [created, latest]
    told = _present_last(told, current)
    # The stage table may have changed since; of the present stage the record itself knows.
    told[-1] = replace(told[-1], meaning=now) if told[-1].stage == current else told[-1]
    return [step for number, step in enumerate(told) if not _repeats(told, number)]


def _present_last(told: list[StageStep], current: str) -> list[StageStep]:
    """Rows of one second have no promised order; the present stage was the last of them. Only
    one row is moved: the deal may have been in that stage before, in the same second."""
    for number in range(len(told) - 1, -1, -1):
        if told[number].at != told[-1].at:
            break
        if told[number].stage == current:
            return [*told[:number], *told[number + 1 :], told[number]]
    return told


def _repeats(told: list[StageStep], number: int) -> bool:
    """Whether the row is about something else (amount, date) than a new stage."""
    return number > 0 and told[number - 1].stage == told[number].stage


def _word(step: StageStep) -> str:
    return "opened" if step.meaning is StageMeaning.OPEN else step.meaning.value


def _fact(ref: Ref, step: StageStep, *, key: str) -> Fact:
    detail = DealDetail(stage=step.stage, by=step.by)
    return Fact(key=key, ref=ref, kind=_KINDS[step.meaning], at=step.at, detail=detail)


def _with_loss_reason(layout: Layout, facts: list[Fact], row: Row) -> list[Fact]:
    """The last loss carries what the rep says now; said later, it is a fact of its own."""
    said: Said = read_said(layout, ObjectType.DEAL, row, history_of(row))
    *before, loss = facts
    if not said.anything or not isinstance(loss.detail, DealDetail):
        return facts
    explained = replace(
        loss,
        detail=replace(loss.detail, reason=said.reason, details=said.details, resume=said.resume),
    )
    facts = [*before, explained]
    if said.came_after(loss.at, instant(row, "LastModifiedDate")):
        facts.append(replace(explained, key=f"{loss.key}:{said.digest}"))
    return facts
