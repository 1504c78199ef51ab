"""Steps 9 and 10: send what the outbox holds, and remember only what was acknowledged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from crmbridge.core.fields import TASK_KEY
from crmbridge.core.handoff_rules import MappableField
from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.core.model import Ref, Side
from crmbridge.core.operations import Lane, Operation, OperationKind, Outcome, Receipt
from crmbridge.engine.pausing import is_paused
from crmbridge.ports import Connector
from crmbridge.store import Store, Transaction
from crmbridge.store.outbox import LANES

_MAPPED = frozenset(each.value for each in MappableField)
_log = structlog.get_logger(__name__)

WINDOW = 5_000
"""Operations looked at together: of a few hundred each kind would leave a call half empty."""
_KINDS = list(OperationKind)


@dataclass(slots=True, kw_only=True)
class Applied:
    """What came of one pass over the outbox."""

    done: dict[str, int] = field(default_factory=dict)
    retried: int = 0
    parked: int = 0
    stale: list[Ref] = field(default_factory=list)


class Applier:
    """Sends pending operations lane by lane; no transaction is open while a CRM answers."""

    def __init__(self, store: Store, connectors: Mapping[Side, Connector]) -> None:
        self._store = store
        self._connectors = connectors

    def apply(self, now: datetime) -> Applied:
        """Send everything that is due, but nothing to a CRM that does not answer, and to one that
        is paused only what takes writes back.
        ``AuthError`` and the like stop it and are raised; what was acknowledged before stays
        acknowledged."""
        applied = Applied()
        seen: set[str] = set()
        most = max(WINDOW, *(connector.bulk or 0 for connector in self._connectors.values()))
        while True:
            with self._store.read() as tx:
                paused = {
                    side
                    for side, connector in self._connectors.items()
                    if is_paused(tx, connector.name)
                }
                undoing = len(paused) == len(self._connectors)
                pending = tx.pending(now, most + len(seen), undoing=undoing)
            batch = [operation for operation in pending if operation.key not in seen][:most]
            if not batch:
                return applied
            seen |= {operation.key for operation in batch}
            for side, connector in self._connectors.items():
                if connector.breaker.outage is not None:
                    continue
                own = [
                    operation
                    for operation in batch
                    if operation.side is side
                    and (side not in paused or operation.lane is Lane.UNDO)
                ]
                in_bulk = connector.bulk is not None and len(own) >= connector.bulk
                for portion in [own] if in_bulk else _batches(own, connector):
                    # Nothing may be sent by one who was frozen while another took over, nor against
                    # the word of an operator who has spoken meanwhile.
                    self._store.confirm()
                    if side not in paused and self._is_paused(connector):
                        break
                    receipts = connector.apply(portion)
                    self._settle(portion, receipts, connector.name, now, applied)

    def _is_paused(self, connector: Connector) -> bool:
        with self._store.read() as tx:
            return is_paused(tx, connector.name)

    def _settle(
        self,
        operations: Sequence[Operation],
        receipts: Sequence[Receipt],
        system: str,
        now: datetime,
        applied: Applied,
    ) -> None:
        entries: list[JournalEntry] = []
        with self._store.transaction() as tx:
            erased = tx.erased_people({operation.uid for operation in operations})
            for operation, receipt in zip(operations, receipts, strict=True):
                if operation.uid in erased:
                    # Erased while the CRM was at it: the outbox has forgotten the write, too.
                    continue
                tx.settle(receipt, now)
                if receipt.outcome is Outcome.DONE:
                    _acknowledge(tx, operation, receipt, now)
                    applied.done[system] = applied.done.get(system, 0) + 1
                elif receipt.outcome is Outcome.RETRY:
                    applied.retried += 1
                elif receipt.outcome is Outcome.PARKED:
                    applied.parked += 1
                    _log.warning(
                        "operation_parked", uid=operation.uid, system=system, reason=receipt.message
                    )
                elif operation.target is not None:
                    # In the same transaction: a process that ends here must not forget them.
                    tx.mark_dirty([operation.target])
                    applied.stale.append(operation.target)
                if receipt.outcome is not Outcome.RETRY:
                    entries.append(_entry(operation, receipt, system, now))
            tx.write_journal(*entries)


def _batches(operations: Sequence[Operation], connector: Connector) -> Iterator[list[Operation]]:
    if not connector.mixes:
        yield from portions(operations, connector.batch)
        return
    ordered = sorted(operations, key=_lane)
    for start in range(0, len(ordered), connector.batch):
        yield ordered[start : start + connector.batch]


def portions(operations: Sequence[Operation], size: int) -> Iterator[list[Operation]]:
    """What is handed over at once: of one kind, ``size`` at most, in the order of lanes. What
    is left of a lane fills up with the next one's where nothing full has to wait for it."""
    begun: dict[OperationKind, list[Operation]] = {}
    for operation in sorted(operations, key=_lane):
        alike = begun.setdefault(operation.kind, [])
        alike.append(operation)
        if len(alike) == size:
            yield from _taken(
                begun, [k for k, each in begun.items() if _lane(each[0]) < _lane(alike[0])]
            )
            yield begun.pop(operation.kind)
    yield from _taken(begun, list(begun))


def _taken(
    begun: dict[OperationKind, list[Operation]], kinds: Sequence[OperationKind]
) -> Iterator[list[Operation]]:
    def place(kind: OperationKind) -> tuple[int, int]:
        return _lane(begun[kind][0]), _KINDS.index(kind)

    for kind in sorted(kinds, key=place):
        yield begun.pop(kind)


def _lane(operation: Operation) -> int:
    return LANES.index(operation.lane)


def _acknowledge(tx: Transaction, operation: Operation, receipt: Receipt, now: datetime) -> None:
    """Advance the base for the acknowledged fields and mirror them in our record."""
    ref = receipt.ref or operation.target
    if ref is None:
        return
    if operation.kind is OperationKind.DELETE:
        _forget(tx, operation, ref)
        return
    if operation.kind is OperationKind.TASK:
        tx.issue(operation.uid, str(operation.values[TASK_KEY]))
        return
    if operation.kind is OperationKind.CREATE:
        if tx.link(ref) not in (None, operation.uid):
            # It was there, and is somebody else's: no write moves a person who is linked.
            tx.mark_dirty([ref])
        else:
            tx.set_link(ref, operation.uid)
    if operation.list_name is not None:
        tx.agree_list(ref, operation.list_name, member=operation.kind is OperationKind.ENROL)
        return
    if operation.kind is OperationKind.UPDATE and not _MAPPED.isdisjoint(receipt.held):
        # The next decision sees that both CRMs agree, and keeps that.
        tx.mark_dirty([ref])
    tx.advance_base(ref, receipt.held)
    tx.patch_record(ref, receipt.held, receipt.modified_at, now)


def _forget(tx: Transaction, operation: Operation, ref: Ref) -> None:
    """A record that we made is gone by our own hand: as if it had never been."""
    for change in operation.changes:
        if change.field == TASK_KEY:
            tx.retract(operation.uid, str(change.before))
            return
    tx.withdraw(ref)
    tx.unlink(ref)


def _entry(operation: Operation, receipt: Receipt, system: str, now: datetime) -> JournalEntry:
    ref = receipt.ref or operation.target
    payload: dict[str, object] = {
        "operation": operation.kind.value,
        "outcome": receipt.outcome.value,
        "system": system,
        "record": str(ref) if ref else None,
        "reason": operation.reason,
    }
    if operation.list_name:
        payload["list"] = operation.list_name
    if operation.changes:
        payload["changes"] = [
            {
                "field": change.field,
                "before": change.before,
                "after": change.after,
                "reason": change.reason,
            }
            for change in operation.changes
        ]
    if receipt.message:
        payload["message"] = receipt.message
        payload["hint"] = receipt.hint
    kind = JournalKind.PARKED if receipt.outcome is Outcome.PARKED else JournalKind.WRITTEN
    return JournalEntry(kind=kind, uid=operation.uid, at=now, payload=payload)
