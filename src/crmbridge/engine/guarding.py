"""Between deciding and sending: what breaks a limit waits for a person's yes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import structlog

from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.core.limits import Effect, LimitRules, effect_of, exceeded
from crmbridge.core.operations import Operation, OperationKind
from crmbridge.store import Store, Transaction

_log = structlog.get_logger(__name__)
_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What waits for a yes: the ``effect`` it would have, and which limits it broke."""

    effect: Effect
    why: tuple[str, ...]


class Guard:
    """Holds what a cycle proposed against the limits, as one batch."""

    def __init__(self, store: Store, limits: LimitRules) -> None:
        self._store = store
        self._limits = limits

    def pass_on(self, now: datetime) -> int:
        """Let what was proposed be sent, or hold all of it but opt-outs: a person's objection
        waits for nobody. Returns how many writes are held now. After a crash the proposals of
        the cut-off cycle are still there and are judged first."""
        opt_outs: list[str] = []
        with self._store.transaction() as tx:
            effect = effect_of(_noting_opt_outs(tx.proposed(), opt_outs))
            if effect == Effect():
                return 0
            why = exceeded(
                self._limits, effect, tx.effect_since(now - _DAY), sum(tx.stage_counts().values())
            )
            if not why:
                tx.release()
                tx.add_effect(now, effect)
                return 0
            tx.release(keys=opt_outs)
            count = tx.hold("; ".join(why))
            payload: dict[str, object] = {"limits": list(why), **asdict(effect)}
            tx.write_journal(JournalEntry(kind=JournalKind.HELD, uid="", at=now, payload=payload))
        _log.warning("batch_held", limits=why, writes=count, remedy="crmbridge approve")
        return count


def _noting_opt_outs(proposed: Iterable[Operation], keys: list[str]) -> Iterator[Operation]:
    for each in proposed:
        if each.kind is OperationKind.OPT_OUT:
            keys.append(each.key)
        yield each


def held(tx: Transaction) -> Held:
    """What waits for a yes now."""
    return Held(effect=effect_of(tx.held()), why=tx.why_held())


def approve(tx: Transaction, operator: str, now: datetime) -> int:
    """Let everything that was held be sent in the next cycle; ``operator`` answers for it.
    Returns how many writes."""
    effect = effect_of(tx.held())
    count = tx.release(held=True)
    if count:
        payload: dict[str, object] = {"by": operator, **asdict(effect)}
        entry = JournalEntry(kind=JournalKind.APPROVED, uid="", at=now, payload=payload)
        tx.write_journal(entry)
    return count
