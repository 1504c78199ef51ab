"""Which records stand for which person, and what has been decided about them."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, or_, select, update

from crmbridge.core.decision import Decision, Move
from crmbridge.core.model import Ref, Stage
from crmbridge.core.standing import SlaClock, Standing
from crmbridge.core.uniting import unite
from crmbridge.store import codec
from crmbridge.store.queries import Queries, portions
from crmbridge.store.tables import (
    activities,
    folded,
    issued_tasks,
    links,
    moves,
    objections,
    persons,
    records,
    reviews,
    rewinds,
    shadows,
    sla_clocks,
)
from crmbridge.store.withholding import listed

# Questions asked about every person are built once: building costs more than asking.
_LINK = select(links.c.uid).where(links.c.ref == bindparam("ref"))
_LINKS = select(links.c.ref).where(links.c.uid == bindparam("uid")).order_by(links.c.ref)
_BY_EMAIL = (
    select(links.c.uid, records.c.deleted)
    .join(records, records.c.ref == links.c.ref)
    .where(
        records.c.email == bindparam("email"),
        records.c.ref != bindparam("but"),
        records.c.merged_into.is_(None),
    )
)
_FOLDED = select(folded.c.fact).where(folded.c.uid == bindparam("uid"))
_STANDING = select(persons.c.standing).where(persons.c.uid == bindparam("uid"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSummary:
    """The last decision about a person, for people to read."""

    uid: str
    stage: Stage
    score: int | None
    grade: str | None
    reasons: tuple[str, ...]
    contributions: tuple[tuple[str, str, float], ...]
    next_review_at: datetime | None
    decided_at: datetime


class PeopleQueries(Queries):
    """Links, folded facts, standings and moves."""

    def link(self, ref: Ref) -> str | None:
        """The person this record stands for."""
        found = self._connection.execute(_LINK, {"ref": str(ref)})
        uid: str | None = found.scalar_one_or_none()
        return uid

    def unlink(self, ref: Ref) -> None:
        """This record stands for nobody any more."""
        self._connection.execute(delete(links).where(links.c.ref == str(ref)))

    def links(self, uid: str) -> list[Ref]:
        """Every record that stands for this person, in order."""
        rows = self._connection.execute(_LINKS, {"uid": uid})
        return [Ref.parse(row.ref) for row in rows]

    def set_link(self, ref: Ref, uid: str) -> None:
        """This record stands for this person from now on."""
        self._upsert(links, [{"ref": str(ref), "uid": uid}])

    def persons_of(self, refs: Iterable[Ref]) -> frozenset[str]:
        """The people these records stand for."""
        found: set[str] = set()
        for portion in portions(str(ref) for ref in refs):
            rows = self._connection.execute(select(links.c.uid).where(links.c.ref.in_(portion)))
            found |= {row.uid for row in rows}
        return frozenset(found)

    def persons_with_record(self, identity: str) -> list[str]:
        """The people who have a record with this CRM id, or this reference, in order."""
        rows = self._connection.execute(
            select(links.c.uid)
            .where(
                or_(links.c.ref == identity, links.c.ref.endswith(f":{identity}", autoescape=True))
            )
            .order_by(links.c.uid)
        )
        return list(dict.fromkeys(row.uid for row in rows))

    def uids_by_email(self, address: str, but: Ref, *, living: bool = False) -> list[str]:
        """The people whom a record with this normalised address stands for, in order; merged ones
        and the record ``but`` left out, and deleted ones where they are to be ``living``."""
        found = self._connection.execute(_BY_EMAIL, {"email": address, "but": str(but)})
        return sorted({row.uid for row in found if not (living and row.deleted)})

    def uids(self) -> list[str]:
        """Everyone about whom something was decided, in order."""
        return list(self._connection.scalars(select(persons.c.uid).order_by(persons.c.uid)))

    def folded(self, uid: str) -> frozenset[str]:
        """The keys of the facts that earlier decisions took in."""
        return frozenset(self._connection.scalars(_FOLDED, {"uid": uid}))

    def mark_folded(self, uid: str, keys: Iterable[str]) -> None:
        """These facts are part of the person's standing now."""
        self._insert_new(folded, [{"uid": uid, "fact": key} for key in sorted(keys)])

    def standing(self, uid: str) -> Standing | None:
        """What has been decided so far."""
        text = self._connection.execute(_STANDING, {"uid": uid}).scalar_one_or_none()
        return codec.decode_standing(text) if text else None

    def save_decision(self, decision: Decision) -> None:
        """Remember the decision as the person's present state."""
        standing, score = decision.standing, decision.score
        self._upsert(
            persons,
            [
                {
                    "uid": decision.uid,
                    "stage": decision.stage.value,
                    "cycle": standing.cycle,
                    "score": score.total if score else None,
                    "grade": score.grade if score else None,
                    "sla_status": decision.sla.status.value if decision.sla else None,
                    "sla_due": decision.sla.due if decision.sla else None,
                    "recycle_count": standing.recycle_count,
                    "opted_out": standing.opted_out,
                    "next_review_at": decision.next_review_at,
                    "decided_at": standing.decided_at,
                    "reasons": json.dumps(decision.reasons),
                    "contributions": json.dumps(
                        [[c.part, c.label, round(c.points, 4)] for c in score.contributions]
                        if score
                        else []
                    ),
                    "standing": codec.encode_standing(standing),
                    "withheld": listed(decision.withheld),
                }
            ],
        )
        if decision.sla is not None:
            self._upsert(sla_clocks, [promise_row(decision.uid, decision.sla, standing.mql_value)])

    def summary(self, uid: str) -> PersonSummary | None:
        """The person's present state."""
        row = self._connection.execute(select(persons).where(persons.c.uid == uid)).one_or_none()
        if row is None:
            return None
        return PersonSummary(
            uid=uid,
            stage=Stage(row.stage),
            score=row.score,
            grade=row.grade,
            reasons=tuple(json.loads(row.reasons)),
            contributions=tuple((p, label, pts) for p, label, pts in json.loads(row.contributions)),
            next_review_at=row.next_review_at,
            decided_at=row.decided_at,
        )

    def unite(self, uid: str, survivor: str, terminal: Container[str]) -> None:
        """Two people turned out to be one: links, facts and history go to ``survivor``. Facts
        that either had folded stay folded; ``terminal`` are the reasons that are final."""
        gone, kept = self.standing(uid), self.standing(survivor)
        if gone is not None and kept is not None:
            text = codec.encode_standing(unite(kept, gone, terminal))
            self._connection.execute(
                update(persons).where(persons.c.uid == survivor).values(standing=text)
            )
        elif gone is not None:
            self._connection.execute(
                update(persons).where(persons.c.uid == uid).values(uid=survivor)
            )
        self._connection.execute(update(links).where(links.c.uid == uid).values(uid=survivor))
        self.mark_folded(survivor, self.folded(uid))
        for table in (folded, persons, reviews, sla_clocks, activities, shadows):
            self._connection.execute(delete(table).where(table.c.uid == uid))
        for table in (moves, objections, issued_tasks):
            self._connection.execute(update(table).where(table.c.uid == uid).values(uid=survivor))
        # The way back of either alone would lose the other's history.
        self._connection.execute(delete(rewinds).where(rewinds.c.uid.in_([uid, survivor])))

    def add_moves(self, uid: str, made: Sequence[Move]) -> None:
        """Append to the person's stage history."""
        if not made:
            return
        rows = [
            {
                "uid": uid,
                "at": move.at,
                "before": move.before.value,
                "after": move.after.value,
                "cycle": move.cycle,
                "why": move.why,
                "cause": move.cause,
                "inferred": move.inferred,
            }
            for move in made
        ]
        self._connection.execute(moves.insert(), rows)

    def moves(self, uid: str) -> list[Move]:
        """The person's stage history, oldest first."""
        rows = self._connection.execute(
            select(moves).where(moves.c.uid == uid).order_by(moves.c.at, moves.c.n)
        )
        return [
            Move(
                at=row.at,
                before=Stage(row.before),
                after=Stage(row.after),
                cycle=row.cycle,
                why=row.why,
                cause=row.cause,
                inferred=row.inferred,
            )
            for row in rows
        ]


def promise_row(uid: str, clock: SlaClock, value: float | None) -> dict[str, Any]:
    """A promise as the table holds it; ``value`` is what it is worth to marketing."""
    return {
        "uid": uid,
        "cycle": clock.cycle,
        "status": clock.status.value,
        "tier": clock.tier,
        "started_at": clock.started_at,
        "due": clock.due,
        "first_touch_at": clock.first_touch_at,
        "owner_id": clock.owner_id,
        "value": value,
    }
