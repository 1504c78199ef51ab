"""One person's story: where they stand, why, what happened, and what was written where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crmbridge.core.copies import without_copies
from crmbridge.core.explaining import instant
from crmbridge.core.facts import (
    ConversionDetail,
    DealDetail,
    EngagementDetail,
    Fact,
    StatusDetail,
    TouchDetail,
)
from crmbridge.core.identity import normalise_email
from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.core.model import PERSON_TYPES, Ref
from crmbridge.errors import ConfigError
from crmbridge.store import Transaction
from crmbridge.store.people import PersonSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the timeline; ``source`` says who tells it: a system, or crmbridge."""

    at: datetime
    source: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonStory:
    """What is known of a person, the timeline oldest first."""

    summary: PersonSummary
    records: tuple[Ref, ...]
    reviews: tuple[str, ...]
    timeline: tuple[Event, ...]


def find_person(tx: Transaction, who: str) -> str:
    """The person behind an e-mail address, a crmbridge id, a CRM id or a reference.

    Raises ``ConfigError`` if there is none, without repeating an address.
    """
    address = normalise_email(who)
    if address and "@" in address:
        found = {uid for record in tx.find_by_email(address) if (uid := tx.link(record.ref))}
        if len(found) > 1:
            which = ", ".join(sorted(found))
            raise ConfigError(f"several people here have this e-mail address: say which, {which}")
        if found:
            return found.pop()
        raise ConfigError("nobody here has this e-mail address")
    if tx.summary(who) is not None or tx.links(who):
        return who
    for uid in tx.persons_with_record(who):
        return uid
    raise ConfigError(f"nobody here is known as {who}")


def tell(tx: Transaction, uid: str) -> PersonStory:
    """The story of a person about whom something was decided."""
    summary = tx.summary(uid)
    if summary is None:
        raise ConfigError(f"nothing was decided about {uid} yet")
    refs = tx.links(uid)
    people = [ref for ref in refs if ref.object_type in PERSON_TYPES]
    deals = [deal.ref for found in tx.deals_of_contacts(people).values() for deal in found]
    events = [_told(fact) for fact in without_copies(tx.facts_of([*people, *deals]))]
    events += [event for entry in tx.journal(uid) if (event := _entry(entry))]
    return PersonStory(
        summary=summary,
        records=tuple(refs),
        reviews=tuple(review.why for review in tx.open_reviews() if review.uid == uid),
        timeline=tuple(sorted(events, key=lambda event: event.at)),
    )


def _told(fact: Fact) -> Event:
    match fact.detail:
        case EngagementDetail(evidence=evidence, name=name):
            text = f"{evidence}: {name}" if name else str(evidence)
        case TouchDetail(channel=channel, by=by):
            text = f"sales activity: {channel} by {by}"
        case StatusDetail(value=value, reason=reason, by=by):
            text = f"status {value} by {by}" + (f", reason {reason}" if reason else "")
        case ConversionDetail(deal=deal):
            text = "converted" + (" with an opportunity" if deal else "")
        case DealDetail(stage=stage):
            text = f"{str(fact.kind).replace('_', ' ')}: {stage}"
        case _:
            text = str(fact.kind).replace("_", " ")
    late = fact.observed_at is not None and fact.observed_at > fact.at
    seen = f" (seen {instant(fact.observed_at)})" if late and fact.observed_at else ""
    return Event(at=fact.at, source=fact.ref.system, text=text + seen)


def _entry(entry: JournalEntry) -> Event | None:
    """A journal entry as a line; decisions are told by what they moved and wrote."""
    text = _sentence(entry.kind, entry.payload)
    if text is None:
        return None
    at = entry.at
    if entry.kind is JournalKind.MOVED and "at" in entry.payload:
        at = datetime.fromisoformat(str(entry.payload["at"]))
    return Event(at=at, source="crmbridge", text=text)


def _sentence(kind: JournalKind, payload: Mapping[str, object]) -> str | None:
    match kind:
        case JournalKind.ADOPTED:
            return f"adopted as {payload['stage']}: {payload['why']}"
        case JournalKind.MOVED if payload.get("inferred"):
            return f"{payload['to']} stamped ({payload['why']})"
        case JournalKind.MOVED:
            return f"{payload['from']} -> {payload['to']}: {payload['why']}"
        case JournalKind.CONFLICT:
            return f"refused {payload['field']} = {payload['theirs']}: {payload['why']}"
        case JournalKind.REVIEW:
            return f"for a person to look at: {payload['why']}"
        case JournalKind.RETAKEN:
            return f"a refused {payload['operation']} is tried again: {payload['why']}"
        case JournalKind.WRITTEN | JournalKind.PARKED:
            return _write(payload)
        case _:
            return _by_hand(kind, payload)


def _by_hand(kind: JournalKind, payload: Mapping[str, object]) -> str | None:
    """What an operator did."""
    match kind:
        case JournalKind.READMITTED:
            return f"{payload['by']} had the person taken up again after an erasure"
        case JournalKind.REPLAYED:
            return f"{payload['by']} had a refused {payload['operation']} decided anew"
        case JournalKind.DROPPED:
            return (
                f"{payload['by']} let a refused {payload['operation']} rest: {payload['message']}"
            )
        case JournalKind.RESOLVED:
            return f"{payload['by']} answered ({payload['answer']}): {payload['why']}"
        case JournalKind.UNDONE:
            return f"{payload['by']} took back {payload['what']}"
        case _:
            return None


def _write(payload: Mapping[str, object]) -> str:
    what = f"{payload['operation']} in {payload['system']}"
    if payload.get("list"):
        what += f" {payload['list']}"
    changes = payload.get("changes")
    if isinstance(changes, list) and changes:
        what += ": " + ", ".join(str(change["field"]) for change in changes)
    outcome = payload.get("outcome")
    return what if outcome == "done" else f"{what} [{outcome}: {payload.get('message', '')}]"
