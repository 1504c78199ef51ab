"""The outbox: intended writes until a CRM has acknowledged or refused them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, or_, select, update

from crmbridge.core.limits import Effect
from crmbridge.core.model import Side
from crmbridge.core.operations import Lane, Operation, Outcome, Receipt
from crmbridge.store import codec
from crmbridge.store.queries import ANY_OF, Queries, portions
from crmbridge.store.tables import effects, outbox

LANES = list(Lane)
"""A lane is stored as its place here."""
_UNDO = LANES.index(Lane.UNDO)
_PROPOSED, _PENDING, _HELD, _PARKED = "proposed", "pending", "held", "parked"
_DROPPED, _RETAKEN = "dropped", "retaken"
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=1)
_TRIED_AGAIN = timedelta(days=1)
_SELDOM = timedelta(days=7)
_AFTER_NEWS = timedelta(minutes=10)
"""A refused write is not tried again sooner, whatever the news; each refusal doubles both waits."""

_WAITING = select(outbox.c.uid).where(
    outbox.c.uid.in_(ANY_OF), outbox.c.state.in_([_PROPOSED, _PENDING])
)
_WHY_HELD = (
    select(outbox.c.uid, outbox.c.message)
    .where(outbox.c.uid.in_(ANY_OF), outbox.c.state == _HELD)
    .order_by(outbox.c.n)
)
_REFUSED = select(outbox.c.uid, outbox.c.key, outbox.c.operation, outbox.c.state).where(
    outbox.c.uid.in_(ANY_OF), outbox.c.state.in_([_PARKED, _DROPPED, _RETAKEN])
)
_ANY_PARKED = select(outbox.c.n).where(outbox.c.state == _PARKED).limit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """A write that a CRM refused, ``refusals`` times so far, with what an operator may do about
    it. It is taken up again by itself at ``again_at``; ``news`` say why that may help, where
    anything is known."""

    operation: Operation
    message: str
    hint: str
    parked_at: datetime
    refusals: int
    again_at: datetime | None
    news: str | None


class OutboxQueries(Queries):
    """Intentions and their fates."""

    def enqueue(self, operations: Sequence[Operation]) -> None:
        """Put intentions into the outbox in order, as proposals that nothing sends before
        ``release``; a key that is known stays as it is."""
        self._insert_new(
            outbox,
            [
                {
                    "key": operation.key,
                    "uid": operation.uid,
                    "lane": LANES.index(operation.lane),
                    "state": _PROPOSED,
                    "attempts": 0,
                    "operation": codec.encode_operation(operation),
                }
                for operation in operations
            ],
        )

    def proposed(self) -> Iterator[Operation]:
        """Intentions that the limits have not been held against yet, in order."""
        return self._in_state(_PROPOSED)

    def held(self) -> Iterator[Operation]:
        """Intentions that wait for an operator's yes, in order."""
        return self._in_state(_HELD)

    def why_held(self) -> tuple[str, ...]:
        """The limits that were broken, each once."""
        found = select(outbox.c.message).where(outbox.c.state == _HELD).distinct()
        return tuple(sorted(text for text in self._connection.scalars(found) if text))

    def release(self, *, keys: Sequence[str] | None = None, held: bool = False) -> int:
        """Let proposals be sent, those of ``keys`` only where given; with ``held`` what waited
        for a yes. Returns how many."""
        statement = update(outbox).where(outbox.c.state == (_HELD if held else _PROPOSED))
        if keys is not None:
            statement = statement.where(outbox.c.key.in_(keys))
        done = self._connection.execute(statement.values(state=_PENDING, message=None))
        return done.rowcount

    def hold(self, why: str, keys: Sequence[str] | None = None) -> int:
        """Let proposals wait for a yes, those of ``keys`` only where given; how many."""
        statement = update(outbox).where(outbox.c.state == _PROPOSED)
        if keys is not None:
            statement = statement.where(outbox.c.key.in_(keys))
        return self._connection.execute(statement.values(state=_HELD, message=why)).rowcount

    def replace_held(self, uids: Iterable[str]) -> dict[str, str]:
        """Forget what is held for these people, because it is decided anew: what a new decision
        wants stands for all of it. Person → why it was held, where anything was."""
        whys = {row.uid: row.message for row in self._rows_about(_WHY_HELD, uids)}
        for portion in portions(sorted(whys)):
            # Gone, not marked: decided twice in one cycle the same intention has the same key.
            held = (outbox.c.uid.in_(portion), outbox.c.state == _HELD)
            self._connection.execute(delete(outbox).where(*held))
        return whys

    def add_effect(self, at: datetime, effect: Effect) -> None:
        """Remember what passed the limits."""
        row = {"at": at, **asdict(effect)}
        self._connection.execute(effects.insert(), row)

    def effect_since(self, at: datetime) -> Effect:
        """What passed the limits after ``at``, cycle by cycle added up."""
        names = (effects.c.people, effects.c.mqls, effects.c.list_removals)
        statement = select(*(func.coalesce(func.sum(each), 0) for each in names))
        people, mqls, removals = self._connection.execute(statement.where(effects.c.at > at)).one()
        return Effect(people=people, mqls=mqls, list_removals=removals)

    def _in_state(self, state: str) -> Iterator[Operation]:
        statement = select(outbox.c.operation).where(outbox.c.state == state).order_by(outbox.c.n)
        for text in self._connection.scalars(statement):
            yield codec.decode_operation(text)

    def pending(
        self, now: datetime, limit: int | None, *, undoing: bool = False
    ) -> list[Operation]:
        """What may be sent at ``now``: lane by lane, within a lane in order of intention; what
        takes writes back only, where ``undoing``."""
        statement = (
            select(outbox.c.operation)
            .where(
                outbox.c.state == _PENDING,
                or_(outbox.c.not_before.is_(None), outbox.c.not_before <= now),
            )
            .order_by(outbox.c.lane, outbox.c.n)
            .limit(limit)
        )
        if undoing:
            statement = statement.where(outbox.c.lane == _UNDO)
        return [codec.decode_operation(text) for text in self._connection.scalars(statement)]

    def take_back(self, side: Side | None) -> list[str]:
        """Forget what waits to be sent and never was, of one side or of both; whose it was."""
        rows = self._connection.execute(
            select(outbox.c.key, outbox.c.operation).where(
                outbox.c.state == _PENDING, outbox.c.attempts == 0, outbox.c.lane != _UNDO
            )
        )
        taken = {
            row.key: operation.uid
            for row in rows
            if (operation := codec.decode_operation(row.operation)).side is side or side is None
        }
        for portion in portions(sorted(taken)):
            self._connection.execute(delete(outbox).where(outbox.c.key.in_(portion)))
        return sorted(set(taken.values()))

    def with_pending(self, uids: Iterable[str]) -> frozenset[str]:
        """Those of the people for whom something is on its way and not settled yet."""
        return frozenset(row.uid for row in self._rows_about(_WAITING, uids))

    def hand_over(self, uid: str, survivor: str) -> None:
        """Two people turned out to be one: what is on its way for ``uid``, held or refused is
        ``survivor``'s, who is not decided about before it has arrived."""
        alive = [_PROPOSED, _PENDING, _HELD, _PARKED, _DROPPED, _RETAKEN]
        rows = self._connection.execute(
            select(outbox.c.key, outbox.c.operation).where(
                outbox.c.uid == uid, outbox.c.state.in_(alive)
            )
        )
        for row in rows.all():
            theirs = replace(codec.decode_operation(row.operation), uid=survivor)
            self._connection.execute(
                update(outbox)
                .where(outbox.c.key == row.key)
                .values(uid=survivor, operation=codec.encode_operation(theirs))
            )
        self._connection.execute(
            update(outbox)
            .where(outbox.c.uid == uid, outbox.c.state == Outcome.DONE.value)
            .values(uid=survivor)
        )

    def settle(self, receipt: Receipt, now: datetime) -> None:
        """Note what became of an operation; a retry waits longer each time, at most an hour."""
        where = outbox.c.key == receipt.key
        if receipt.outcome is not Outcome.RETRY:
            told = {
                "message": receipt.message,
                "hint": receipt.hint,
                "settled_at": now,
                "ref": str(receipt.ref) if receipt.ref else None,
                "held": codec.encode_fields(receipt.held) if receipt.held else None,
                "created": receipt.created,
            }
            if receipt.outcome is Outcome.PARKED:
                told |= self._parking(receipt.key, now)
            else:
                told["state"] = receipt.outcome.value
            self._connection.execute(update(outbox).where(where).values(**told))
            return
        attempts = self._connection.execute(select(outbox.c.attempts).where(where)).scalar_one()
        wait = min(_FIRST_WAIT * 2**attempts, _LONGEST_WAIT)
        if receipt.retry_after is not None:
            wait = max(wait, timedelta(seconds=receipt.retry_after))
        self._connection.execute(
            update(outbox)
            .where(where)
            .values(attempts=attempts + 1, not_before=now + wait, message=receipt.message)
        )

    def _parking(self, key: str, now: datetime) -> dict[str, Any]:
        """How a write is parked that may have been refused, and taken up again, before."""
        digest = key.rsplit("/", 1)[-1]
        uid = select(outbox.c.uid).where(outbox.c.key == key).scalar_subquery()
        before = self._connection.execute(
            select(outbox.c.key, outbox.c.refusals).where(
                outbox.c.uid == uid,
                outbox.c.state == _RETAKEN,
                outbox.c.key.endswith(f"/{digest}", autoescape=True),
            )
        ).all()
        if before:
            keys = [row.key for row in before]
            self._connection.execute(delete(outbox).where(outbox.c.key.in_(keys)))
        refusals = 1 + max((row.refusals for row in before), default=0)
        again = now + _doubled(_TRIED_AGAIN, refusals, _SELDOM)
        return {"state": _PARKED, "refusals": refusals, "not_before": again, "news": None}

    def has_parked(self, side: Side | None = None) -> bool:
        """Whether a refused write waits at all, or on this side."""
        statement = _ANY_PARKED
        if side is not None:
            statement = statement.where(_on(side))
        return self._connection.execute(statement).first() is not None

    def parked(self) -> list[Parked]:
        """Every refused write, oldest first."""
        return self._parked(select(outbox).where(outbox.c.state == _PARKED).order_by(outbox.c.n))

    def parked_due(self, side: Side, now: datetime, limit: int) -> list[Parked]:
        """The refused writes of a side that are to be taken up again, those that have waited
        longest first."""
        due = or_(outbox.c.not_before.is_(None), outbox.c.not_before <= now)
        statement = select(outbox).where(outbox.c.state == _PARKED, _on(side), due)
        return self._parked(
            statement.order_by(outbox.c.not_before.nulls_first(), outbox.c.n).limit(limit)
        )

    def _parked(self, statement: Select[Any]) -> list[Parked]:
        return [
            Parked(
                operation=codec.decode_operation(row.operation),
                message=row.message or "",
                hint=row.hint or "",
                parked_at=row.settled_at,
                refusals=row.refusals,
                again_at=row.not_before,
                news=row.news,
            )
            for row in self._connection.execute(statement)
        ]

    def hear_news(
        self, news: str, *, side: Side | None = None, uids: Collection[str] | None = None
    ) -> int:
        """Refused writes of one side, or of these people, may pass now, and ``news`` say why: they
        are taken up as soon as they have rested. How many."""
        chosen = [outbox.c.state == _PARKED]
        if side is not None:
            chosen.append(_on(side))
        count = 0
        for portion in [None] if uids is None else portions(sorted(uids)):
            these = [*chosen, outbox.c.uid.in_(portion)] if portion is not None else chosen
            rows = self._connection.execute(
                select(
                    outbox.c.key, outbox.c.settled_at, outbox.c.not_before, outbox.c.refusals
                ).where(*these)
            ).all()
            count += len(rows)
            for row in rows:
                rested = row.settled_at + _doubled(_AFTER_NEWS, row.refusals, _TRIED_AGAIN)
                sooner = min(rested, row.not_before or rested)
                self._connection.execute(
                    update(outbox)
                    .where(outbox.c.key == row.key)
                    .values(not_before=sooner, news=news)
                )
        return count

    def retake(self, keys: Collection[str]) -> list[str]:
        """Hold these refused writes against nobody any more, but remember how often they were
        refused as long as they are wanted; whose they were, each as often. Nothing is sent again:
        whoever calls has these people decided about anew."""
        uids: list[str] = []
        for portion in portions(sorted(keys)):
            chosen = outbox.c.state == _PARKED, outbox.c.key.in_(portion)
            uids += self._connection.scalars(select(outbox.c.uid).where(*chosen))
            self._connection.execute(update(outbox).where(*chosen).values(state=_RETAKEN))
        return sorted(uids)

    def refused(self, wanted: Mapping[str, Collection[str]]) -> dict[str, set[str]]:
        """Of what each person's new decision has ``wanted``, by digest, what a CRM has refused and
        nobody took up again. Refused writes that are not wanted any more are forgotten."""
        standing: dict[str, set[str]] = {uid: set() for uid in wanted}
        moot: list[str] = []
        for row in self._rows_about(_REFUSED, wanted):
            digest = codec.decode_operation(row.operation).digest
            if digest not in wanted[row.uid]:
                moot.append(row.key)
            elif row.state != _RETAKEN:
                standing[row.uid].add(digest)
        for portion in portions(moot):
            self._connection.execute(delete(outbox).where(outbox.c.key.in_(portion)))
        return standing

    def unpark(self, keys: Collection[str]) -> list[str]:
        """Forget these refused writes; whose they were, each as often. What they said may be out
        of date, so nothing is sent again: whoever calls has these people decided about anew."""
        uids: list[str] = []
        for portion in portions(sorted(keys)):
            chosen = outbox.c.state == _PARKED, outbox.c.key.in_(portion)
            uids += self._connection.scalars(select(outbox.c.uid).where(*chosen))
            self._connection.execute(delete(outbox).where(*chosen))
        return sorted(uids)

    def drop(self, keys: Collection[str]) -> int:
        """Let these refused writes rest: they are shown no more, and the same is not tried again
        as long as it is wanted. How many."""
        done = 0
        for portion in portions(sorted(keys)):
            chosen = outbox.c.state == _PARKED, outbox.c.key.in_(portion)
            statement = update(outbox).where(*chosen).values(state=_DROPPED)
            done += self._connection.execute(statement).rowcount
        return done


def _on(side: Side) -> ColumnElement[bool]:
    """Whose write it is, told from the key: reading the operation would cost more."""
    return outbox.c.key.contains(f"/{side}/", autoescape=True)


def _doubled(wait: timedelta, refusals: int, longest: timedelta) -> timedelta:
    """Twice as long with each refusal after the first."""
    return min(wait * (1 << min(refusals - 1, 10)), longest)
