"""Questions for people: what waits for an answer, and which record is claimed by whom."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from crmbridge.core.decision import Review
from crmbridge.core.model import Ref
from crmbridge.store.queries import ANY_OF, Queries, portions
from crmbridge.store.tables import claims, reviews

AMBIGUOUS = "identity_ambiguous:"
"""Begins the kind of a question whose record, named behind it, is several people's."""
SHARED = "identity_shared:"
"""Begins the kind of a question whether the people who share an address are one."""
VANISHED = "vanished:"
"""Begins the kind of a question about a record that is gone from its CRM for good."""

_ABOUT_RECORDS = ("identity_", VANISHED)
"""Questions that no decision about the person answers."""

_KINDS = select(reviews.c.uid, reviews.c.kind).where(reviews.c.uid.in_(ANY_OF))
_CLAIMS = select(claims.c.uid).where(claims.c.ref == bindparam("ref")).order_by(claims.c.uid)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReview:
    """Something a person should look at, since ``opened_at``."""

    uid: str
    kind: str
    why: str
    opened_at: datetime

    @property
    def id(self) -> str:
        """A short name for the question, the same as long as it is asked."""
        return hashlib.sha256(f"{self.uid}\n{self.kind}".encode()).hexdigest()[:8]

    @property
    def record(self) -> Ref | None:
        """The record that a question of identity is about."""
        for prefix in (AMBIGUOUS, SHARED):
            if self.kind.startswith(prefix):
                return Ref.parse(self.kind.removeprefix(prefix))
        return None


class ReviewQueries(Queries):
    """Open questions, their answers, and claims on records."""

    def set_reviews(
        self, found: Mapping[str, Sequence[Review]], now: datetime
    ) -> dict[str, list[str]]:
        """Open what is new and close what is gone, person by person; the kinds that were opened,
        in order. What was answered stays so until its cause is gone."""
        known: dict[str, set[str]] = {uid: set() for uid in found}
        for row in self._rows_about(_KINDS, found):
            if not row.kind.startswith(_ABOUT_RECORDS):
                known[row.uid].add(row.kind)
        news: dict[str, list[str]] = {}
        fresh: list[dict[str, Any]] = []
        for uid, wanted in found.items():
            whys = {review.kind: review.why for review in wanted}
            gone = known[uid] - whys.keys()
            if gone:
                self._connection.execute(
                    delete(reviews).where(reviews.c.uid == uid, reviews.c.kind.in_(sorted(gone)))
                )
            news[uid] = sorted(whys.keys() - known[uid])
            fresh += [_row(uid, kind, whys[kind], now) for kind in news[uid]]
        self._insert_new(reviews, fresh)
        return news

    def open_review(self, uid: str, kind: str, why: str, now: datetime) -> None:
        """Ask people to look at something; asking twice is asking once."""
        self._insert_new(reviews, [_row(uid, kind, why, now)])

    def close_reviews(self, kinds: Iterable[str]) -> None:
        """These questions have answered themselves."""
        for portion in portions(kinds):
            self._connection.execute(delete(reviews).where(reviews.c.kind.in_(portion)))

    def open_reviews(self) -> list[OpenReview]:
        """Everything that waits for a person's look, oldest first."""
        rows = self._connection.execute(
            select(reviews)
            .where(reviews.c.answer.is_(None))
            .order_by(reviews.c.opened_at, reviews.c.uid, reviews.c.kind)
        )
        return [
            OpenReview(uid=row.uid, kind=row.kind, why=row.why, opened_at=row.opened_at)
            for row in rows
        ]

    def answer_review(self, review: OpenReview, answer: str) -> None:
        """The question is answered; it is not asked again as long as its cause lasts."""
        self._connection.execute(
            update(reviews)
            .where(reviews.c.uid == review.uid, reviews.c.kind == review.kind)
            .values(answer=answer)
        )

    def claim(self, ref: Ref, uids: Collection[str]) -> bool:
        """These people claim the record, or share its address; whether that is news."""
        before = self.claimants(ref)
        if before == sorted(uids):
            return False
        self.drop_claim(ref)
        self._insert_new(claims, [{"ref": str(ref), "uid": uid} for uid in sorted(uids)])
        return True

    def claimants(self, ref: Ref) -> list[str]:
        """Who claims this record, in order."""
        return list(self._connection.scalars(_CLAIMS, {"ref": str(ref)}))

    def claimed(self, uids: Iterable[str]) -> frozenset[Ref]:
        """The records that one of these people claims."""
        found: set[Ref] = set()
        for portion in portions(sorted(set(uids))):
            rows = self._connection.scalars(select(claims.c.ref).where(claims.c.uid.in_(portion)))
            found |= {Ref.parse(ref) for ref in rows}
        return frozenset(found)

    def claimed_among(self, refs: Iterable[Ref]) -> frozenset[Ref]:
        """Those of the records that somebody claims."""
        found: set[Ref] = set()
        for portion in portions(str(ref) for ref in refs):
            rows = self._connection.scalars(select(claims.c.ref).where(claims.c.ref.in_(portion)))
            found |= {Ref.parse(ref) for ref in rows}
        return frozenset(found)

    def is_claimed(self, ref: Ref) -> bool:
        """Whether several people claim this record and nobody has decided whose it is."""
        return bool(self.claimants(ref))

    def drop_claim(self, ref: Ref) -> None:
        """Nobody else claims this record any more: what was asked about it is moot."""
        self._connection.execute(delete(claims).where(claims.c.ref == str(ref)))
        kinds = [f"{AMBIGUOUS}{ref}", f"{SHARED}{ref}"]
        self._connection.execute(delete(reviews).where(reviews.c.kind.in_(kinds)))

    def unite_claims(self, uid: str, survivor: str) -> None:
        """Who was ``uid`` is ``survivor``: what ``uid`` claimed is to be looked at again, so that
        of the claims only the survivor's is kept."""
        for ref in self.claimed([uid]):
            self.drop_claim(ref)
            self._insert_new(claims, [{"ref": str(ref), "uid": survivor}])


def _row(uid: str, kind: str, why: str, now: datetime) -> dict[str, Any]:
    return {"uid": uid, "kind": kind, "why": why, "opened_at": now}
