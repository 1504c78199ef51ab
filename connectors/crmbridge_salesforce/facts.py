"""Facts about persons, derived from one row each: status steps, objections, conversion, end.

Keys are the same whenever and however often a row is read, whatever else changed on it:

- a status step is its history row, by the row's id (it survives merges);
- a status known without a row (the one at creation, or an untracked change) is one fact per
  value, so without history a return to an earlier value goes unseen;
- reason fields given after the step they explain are a fact of their own, on the step's key.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from crmbridge.core import fields as f
from crmbridge.core.facts import (
    ConsentDetail,
    ConversionDetail,
    Fact,
    FactKind,
    NoDetail,
    StatusDetail,
)
from crmbridge.core.model import ObjectType, Ref
from crmbridge_salesforce.histories import (
    Change,
    History,
    conversion_of,
    history_of,
    value_before,
)
from crmbridge_salesforce.holding_facts import OWNER_FIELD, owner_facts, pause_facts
from crmbridge_salesforce.layout import Layout
from crmbridge_salesforce.payload import (
    Row,
    instant,
    millis,
    read_day,
    read_flag,
    read_text,
)
from crmbridge_salesforce.records import SYSTEM, ref_of

HISTORY_KEPT: Final = timedelta(days=540)
"""For 18 months a record's history is whole (contract §12); later its first row may be gone,
and what that row says of the time before it no longer goes back to creation."""

_OPT_OUT_FIELD: Final = "HasOptedOutOfEmail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The reason fields of a record; ``given_at`` is their latest change where it is told."""

    reason: str | None
    details: str | None
    resume: date | None
    given_at: datetime | None

    @property
    def anything(self) -> bool:
        """Whether a rep said anything."""
        return bool(self.reason or self.details or self.resume)

    def came_after(self, at: datetime, modified_at: datetime) -> bool:
        """Whether some of it was said after ``at``; untold, any later edit may have been it."""
        return self.anything and (self.given_at or modified_at) > at

    @property
    def digest(self) -> str:
        """The same words said at the same time have the same."""
        given = millis(self.given_at) if self.given_at else None
        content = [given, self.reason, self.details, str(self.resume or "")]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]


_NOTHING: Final = Said(reason=None, details=None, resume=None, given_at=None)


def read_said(layout: Layout, object_type: ObjectType, row: Row, history: History) -> Said:
    """What the reps' fields of this object hold now."""
    reason, details, resume = layout.said(object_type)
    if not (row.get(reason) or row.get(details) or row.get(resume)):
        return _NOTHING
    said = read_text(row.get(reason)), read_text(row.get(details)), read_day(row.get(resume))
    if said == (None, None, None):
        return _NOTHING
    given = history.latest(reason, details, resume)
    return Said(
        reason=said[0],
        details=said[1],
        resume=said[2],
        given_at=given.at if given else None,
    )


def person_facts(
    layout: Layout, ref: Ref, row: Row, *, tracked: bool, read_at: datetime
) -> list[Fact]:
    """Everything the row of the lead or contact ``ref`` tells. ``tracked``: whether the org is
    known to keep the history of the status; ``read_at`` is the vendor's time of the reading."""
    history = history_of(row)
    facts = _status_facts(layout, ref, row, history, tracked=tracked, read_at=read_at)
    # Of most records that are read there is nothing else to tell.
    if history.tells(OWNER_FIELD):
        facts += owner_facts(ref, history)
    pause = layout.name_of(ref.object_type, f.PAUSE_REASON)
    if row.get(pause) or history.tells(pause):
        facts += pause_facts(pause, ref, row, history)
    if row.get(_OPT_OUT_FIELD) or history.tells(_OPT_OUT_FIELD):
        facts += _objections(ref, row, history)
    if row.get("IsConverted") and ref.object_type is ObjectType.LEAD:
        facts += _conversion(ref, row)
    if row.get("IsDeleted") and read_flag(row["IsDeleted"]) and not row.get("MasterRecordId"):
        facts.append(deletion(ref, instant(row, "SystemModstamp")))
    return facts


def deletion(ref: Ref, at: datetime, *, purged: bool = False) -> Fact:
    """The record went into the recycle bin at ``at``, or out of it for good before ``at``."""
    key = f"{ref}:deleted:{'purged' if purged else millis(at)}"
    return Fact(key=key, ref=ref, kind=FactKind.DELETED, at=at, detail=NoDetail())


def _status_facts(
    layout: Layout,
    ref: Ref,
    row: Row,
    history: History,
    *,
    tracked: bool,
    read_at: datetime,
) -> list[Fact]:
    column = layout.name_of(ref.object_type, f.STATUS)
    current = read_text(row.get(column))
    steps = [step for step in history.to(column) if read_text(step.new)]
    last = _last_step(steps, current)
    facts = []
    reasons = history.to(layout.name_of(ref.object_type, f.REASON)) if steps else ()
    for number, step in enumerate(steps):
        following = steps[number + 1] if number + 1 < len(steps) else None
        superseded = following is not None and step is not last
        reason = (
            read_text(value_before(reasons, following.at)) if superseded and following else None
        )
        facts.append(_step_fact(ref, step, reason))
    born = _initial(ref, row, history, steps, current, tracked=tracked, read_at=read_at)
    if born is not None:
        facts.append(born)
    explained = last is not None or not steps
    if current and not explained and not read_flag(row.get("IsDeleted")):
        born = _untracked(ref, row, current)
        facts.append(born)
    newest = f"{SYSTEM}:history:{last.id}" if last else born.key if born else None
    said = read_said(layout, ref.object_type, row, history)
    modified_at = instant(row, "LastModifiedDate")
    return _with_reason(facts, newest, current, said, modified_at)


def _last_step(steps: list[Change], current: str | None) -> Change | None:
    """The step that led to the present value. A merge brings in the loser's steps, so it need
    not be the latest row; none leads there if the change went untracked."""
    for step in reversed(steps):
        if step.new == current:
            return step
    return None


def _step_fact(ref: Ref, step: Change, reason: str | None) -> Fact:
    return Fact(
        key=f"{SYSTEM}:history:{step.id}",
        ref=ref,
        kind=FactKind.STATUS,
        at=step.at,
        detail=StatusDetail(
            value=str(step.new), by=step.by, previous=read_text(step.old), reason=reason
        ),
    )


def _initial(
    ref: Ref,
    row: Row,
    history: History,
    steps: list[Change],
    current: str | None,
    *,
    tracked: bool,
    read_at: datetime,
) -> Fact | None:
    """The status the record was created with, as far as that can be told."""
    value = read_text(steps[0].old) if steps else current
    if value is None or read_flag(row.get("IsDeleted")):
        return None
    if history.count("created") > 1:
        return None  # merged: the first row may be the loser's
    created_at = instant(row, "CreatedDate")
    if steps and read_at - created_at > HISTORY_KEPT:
        return None
    untouched = instant(row, "LastModifiedDate") == created_at
    if not (steps or tracked or untouched):
        return _untracked(ref, row, value)
    return Fact(
        key=_value_key(ref, value),
        ref=ref,
        kind=FactKind.STATUS,
        at=created_at,
        detail=StatusDetail(value=value, by=str(row["CreatedById"])),
    )


def _untracked(ref: Ref, row: Row, value: str) -> Fact:
    """A status that no history row explains: set at the last edit at the latest."""
    return Fact(
        key=_value_key(ref, value),
        ref=ref,
        kind=FactKind.STATUS,
        at=instant(row, "LastModifiedDate"),
        detail=StatusDetail(value=value, by=str(row["LastModifiedById"]), history_missing=True),
    )


def _value_key(ref: Ref, value: str) -> str:
    return f"{ref}:status:{value.strip().casefold()}"


def _with_reason(
    facts: list[Fact], newest: str | None, current: str | None, said: Said, modified_at: datetime
) -> list[Fact]:
    """The newest step carries what the rep says now; said later, it is a fact of its own."""
    if not said.anything:
        return facts
    explained: list[Fact] = []
    for fact in facts:
        if fact.key != newest or not isinstance(fact.detail, StatusDetail):
            explained.append(fact)
            continue
        detail = replace(fact.detail, reason=said.reason, details=said.details, resume=said.resume)
        explained.append(replace(fact, detail=detail))
        if said.came_after(fact.at, modified_at):
            key = f"{fact.key}:{said.digest}"
            explained.append(replace(fact, key=key, detail=detail))
    return explained


def _objections(ref: Ref, row: Row, history: History) -> list[Fact]:
    """Every time the box was ticked; un-ticking it says nothing (the objection is sticky)."""
    ticks = history.to(_OPT_OUT_FIELD)
    facts = [
        _objection(ref, f"{SYSTEM}:history:{tick.id}", tick.at)
        for tick in ticks
        if read_flag(tick.new)
    ]
    if ticks and read_flag(ticks[0].old):
        facts.append(_objection(ref, f"{ref}:opt_out", instant(row, "CreatedDate")))
    elif not ticks and read_flag(row.get(_OPT_OUT_FIELD)):
        facts.append(_objection(ref, f"{ref}:opt_out", instant(row, "LastModifiedDate")))
    return facts


def _objection(ref: Ref, key: str, at: datetime) -> Fact:
    return Fact(
        key=key, ref=ref, kind=FactKind.OPT_OUT, at=at, detail=ConsentDetail(source="salesforce")
    )


def _conversion(ref: Ref, row: Row) -> list[Fact]:
    converted = conversion_of(row)
    if converted is None:
        return []
    linked = {
        kind: ref_of(kind, identity) if (identity := read_text(row.get(name))) else None
        for kind, name in (
            (ObjectType.CONTACT, "ConvertedContactId"),
            (ObjectType.ACCOUNT, "ConvertedAccountId"),
            (ObjectType.DEAL, "ConvertedOpportunityId"),
        )
    }
    detail = ConversionDetail(
        by=converted.by,
        contact=linked[ObjectType.CONTACT],
        account=linked[ObjectType.ACCOUNT],
        deal=linked[ObjectType.DEAL],
    )
    key = f"{ref}:conversion"
    return [Fact(key=key, ref=ref, kind=FactKind.CONVERSION, at=converted.at, detail=detail)]
