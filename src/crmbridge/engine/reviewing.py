"""Answers to questions that only people can answer."""

from __future__ import annotations

import hashlib
from datetime import datetime

from crmbridge.core import fields as f
from crmbridge.core.fighting import FIGHT
from crmbridge.core.identity import canonical, normalise_email
from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.core.merging import CONFLICT
from crmbridge.core.model import Ref
from crmbridge.engine.linking import unite
from crmbridge.errors import ConfigError
from crmbridge.store import Transaction
from crmbridge.store.reviewing import AMBIGUOUS, SHARED, OpenReview


def note_seen(tx: Transaction, review: OpenReview, operator: str, now: datetime) -> None:
    """Somebody has looked, and nothing is to be done: the question rests until its cause has gone
    and come again. Of people who share an address: they are not one.

    Raises ``ConfigError`` for a record that several claim: it needs a person.
    """
    if review.kind.startswith(AMBIGUOUS):
        raise ConfigError(
            "review: say whose record it is (--person), that it is somebody else's (--new), or "
            "that all of them are one (--unite)"
        )
    tx.answer_review(review, f"seen by {operator}")
    _note(tx, review, review.uid, "seen", operator, now)


def give_to(tx: Transaction, review: OpenReview, uid: str, operator: str, now: datetime) -> None:
    """The record that several claim is this person's, who is decided about anew."""
    ref = _record(review)
    _settle(tx, ref, uid)
    _keep_apart(tx, ref, uid, operator, now)
    _note(tx, review, uid, "theirs", operator, now)


def make_new(tx: Transaction, review: OpenReview, operator: str, now: datetime) -> str:
    """The record that several claim is somebody else's: a person of its own, whose id is given
    back; what is written on the record does not say whose it is."""
    ref = _record(review)
    uid = "p" + hashlib.sha256(str(ref).encode()).hexdigest()[:20]
    if tx.links(uid):
        raise ConfigError(f"review: {uid} is somebody already: use --person")
    _settle(tx, ref, uid)
    _keep_apart(tx, ref, uid, operator, now)
    _note(tx, review, uid, "new", operator, now)
    return uid


def make_one(
    tx: Transaction, review: OpenReview, terminal: frozenset[str], operator: str, now: datetime
) -> str:
    """All who claim the record, or share its address, are one person, whose id is given back: of
    their stages the furthest stays, an objection of one is the objection of all. ``terminal`` are
    the reasons that are final."""
    ref = review.record
    if ref is None:
        raise ConfigError("review: only a question of identity can be answered with --unite")
    survivor, *others = tx.claimants(ref)
    for uid in others:
        unite(tx, uid, survivor, terminal)
    _settle(tx, ref, survivor)
    _note(tx, review, survivor, "one", operator, now)
    return survivor


def take_side(
    tx: Transaction, review: OpenReview, system: str, operator: str, now: datetime
) -> None:
    """Of two edits of a mapped field that of this CRM counts; the next cycle writes it into the
    other. Raises ``ConfigError`` for another kind of question."""
    if not review.kind.startswith(CONFLICT):
        raise ConfigError("review: only a field that was edited in both CRMs has a side to take")
    name = review.kind.removeprefix(CONFLICT)
    refs = tx.links(review.uid)
    taken = canonical(tx.records(ref for ref in refs if ref.system == system))
    other = canonical(tx.records(ref for ref in refs if ref.system != system))
    if taken is not None and other is not None:
        # As if the other's value had been agreed upon: then only this CRM's is an edit.
        value = other[0].fields.get(name)
        for record in (taken[0], other[0]):
            tx.advance_base(record.ref, {name: value})
    tx.mark_dirty(refs)
    _note(tx, review, review.uid, system, operator, now)


def try_again(tx: Transaction, review: OpenReview, operator: str, now: datetime) -> None:
    """A field that was left alone is put right again, and counted anew. Raises ``ConfigError`` for
    another kind of question."""
    if not review.kind.startswith(FIGHT):
        raise ConfigError("review: only a field that is left alone can be tried again")
    tx.forget_flips(review.uid, [review.kind.removeprefix(FIGHT).partition(":")[2]])
    tx.mark_dirty(tx.links(review.uid))
    _note(tx, review, review.uid, "again", operator, now)


def _record(review: OpenReview) -> Ref:
    ref = review.record
    if ref is None or not review.kind.startswith(AMBIGUOUS):
        raise ConfigError("review: only a record that several people claim can be given to one")
    return ref


def _settle(tx: Transaction, ref: Ref, uid: str) -> None:
    tx.drop_claim(ref)
    tx.set_link(ref, uid)
    tx.mark_dirty(tx.links(uid))


def _keep_apart(tx: Transaction, ref: Ref, uid: str, operator: str, now: datetime) -> None:
    """Whose record it is was said: whether those who share its address are one is not asked."""
    record = tx.record(ref)
    address = normalise_email(record.fields.get(f.EMAIL)) if record else None
    bearing = tx.bearing([address] if address else []).values()
    others = [each.ref for found in bearing for each in found if not each.deleted]
    sharing = {uid} | tx.persons_of(other for other in others if other != ref)
    if len(sharing) > 1:
        asked = OpenReview(uid=min(sharing), kind=f"{SHARED}{ref}", why="", opened_at=now)
        tx.claim(ref, sharing)
        tx.open_review(asked.uid, asked.kind, asked.why, now)
        tx.answer_review(asked, f"kept apart by {operator}")


def _note(
    tx: Transaction, review: OpenReview, uid: str, answer: str, operator: str, now: datetime
) -> None:
    payload: dict[str, object] = {
        "by": operator,
        "review": review.kind,
        "answer": answer,
        "why": review.why,
    }
    tx.write_journal(JournalEntry(kind=JournalKind.RESOLVED, uid=uid, at=now, payload=payload))
