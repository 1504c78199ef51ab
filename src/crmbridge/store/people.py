"""Which records stand for which person, and what has been decided about them."""

from __future__ import annotations

import json
from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, or_, select, update

from crmbridge.core.decision import Decision, Move
from crmbridge.core.model import Ref, Stage
from crmbridge.core.standing import SlaClock, Standing
from crmbridge.core.uniting import unite
from crmbridge.store import codec
from crmbridge.store.queries import ANY_OF, Queries
from crmbridge.store.tables import (
    activities,
    folded,
    issued_tasks,
    links,
    moves,
    objections,
    persons,
    reviews,
    rewinds,
    shadows,
    sla_clocks,
)
from crmbridge.store.withholding import listed

_LINK = select(links.c.uid).where(links.c.ref == bindparam("ref"))
_LINKED = select(links).where(links.c.ref.in_(ANY_OF))
_LINKS = select(links).where(links.c.uid.in_(ANY_OF))
_FOLDED = select(folded).where(folded.c.uid.in_(ANY_OF))
_STANDINGS = select(persons.c.uid, persons.c.standing).where(persons.c.uid.in_(ANY_OF))


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
        return self.links_of([uid])[uid]

    def links_of(self, uids: Iterable[str]) -> dict[str, list[Ref]]:
        """Person → every record that stands for them, in order; none where there is none."""
        found: dict[str, list[Ref]] = {uid: [] for uid in uids}
        for row in self._rows_about(_LINKS, found):
            found[row.uid].append(Ref.parse(row.ref))
        return {uid: sorted(refs, key=str) for uid, refs in found.items()}

    def linked(self, refs: Iterable[Ref]) -> dict[Ref, str]:
        """Record → the person it stands for, where it stands for anybody."""
        rows = self._rows_about(_LINKED, (str(ref) for ref in refs))
        return {Ref.parse(row.ref): row.uid for row in rows}

    def set_link(self, ref: Ref, uid: str) -> None:
        """This record stands for this person from now on."""
        self.set_links({ref: uid})

    def set_links(self, found: Mapping[Ref, str]) -> None:
        """Record → the person it stands for from now on."""
        self._upsert(links, [{"ref": str(ref), "uid": uid} for ref, uid in found.items()])

    def persons_of(self, refs: Iterable[Ref]) -> frozenset[str]:
        """The people these records stand for."""
        return frozenset(self.linked(refs).values())

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

    def uids(self) -> list[str]:
        """Everyone about whom something was decided, in order."""
        return list(self._connection.scalars(select(persons.c.uid).order_by(persons.c.uid)))

    def folded(self, uids: Iterable[str]) -> dict[str, set[str]]:
        """Person → the keys of the facts that earlier decisions took in."""
        found: dict[str, set[str]] = {uid: set() for uid in uids}
        for row in self._rows_about(_FOLDED, found):
            found[row.uid].add(row.fact)
        return found

    def mark_folded(self, taken_in: Mapping[str, Iterable[str]]) -> None:
        """Person → the facts that are part of their standing now."""
        rows = [{"uid": uid, "fact": key} for uid, keys in taken_in.items() for key in sorted(keys)]
        self._insert_new(folded, rows)

    def standing(self, uid: str) -> Standing | None:
        """What has been decided so far."""
        return self.standings([uid]).get(uid)

    def standings(self, uids: Iterable[str]) -> dict[str, Standing]:
        """Person → what has been decided so far, where anything was."""
        rows = self._rows_about(_STANDINGS, uids)
        return {row.uid: codec.decode_standing(row.standing) for row in rows}

    def save_decisions(self, decisions: Collection[Decision]) -> None:
        """Remember each decision as its person's present state."""
        self._upsert(persons, [_person_row(each) for each in decisions])
        promises = [
            promise_row(each.uid, each.sla, each.standing.mql_value)
            for each in decisions
            if each.sla is not None
        ]
        self._upsert(sla_clocks, promises)

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
        self.mark_folded({survivor: self.folded([uid])[uid]})
        for table in (folded, persons, reviews, sla_clocks, activities, shadows):
            self._connection.execute(delete(table).where(table.c.uid == uid))
        for table in (moves, objections, issued_tasks):
            self._connection.execute(update(table).where(table.c.uid == uid).values(uid=survivor))
        # The way back of either alone would lose the other's history.
        self._connection.execute(delete(rewinds).where(rewinds.c.uid.in_([uid, survivor])))

    def add_moves(self, made: Mapping[str, Iterable[Move]]) -> None:
        """Append to each person's stage history."""
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
            for uid, each in made.items()
            for move in each
        ]
        self._add(moves, rows)

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


def _person_row(decision: Decision) -> dict[str, Any]:
    standing, score = decision.standing, decision.score
    contributions = score.contributions if score else ()
    return {
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
            [[each.part, each.label, round(each.points, 4)] for each in contributions]
        ),
        "standing": codec.encode_standing(standing),
        "withheld": listed(decision.withheld),
    }


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
