"""Keeps count of who changes what by turns, and finds out who they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import structlog

from crmbridge.core.decision import Decision
from crmbridge.core.fighting import FIGHT, fought_over, membership
from crmbridge.core.model import Ref, Side
from crmbridge.core.operations import OperationKind
from crmbridge.core.rules import Rules
from crmbridge.core.view import Edit, PersonView
from crmbridge.errors import RejectedRecord, RetryableError
from crmbridge.ports import Connector
from crmbridge.store import Store, Transaction

_log = structlog.get_logger(__name__)


def count_flips(
    tx: Transaction, view: PersonView, decision: Decision, rules: Rules, now: datetime
) -> None:
    """Count what this decision puts right; forget what has not been fought over for long."""
    uid, within = decision.uid, timedelta(hours=rules.limits.flip_hours)
    refused = {(each.side, fought_over(each)) for each in decision.conflicts}
    for operation in decision.operations:
        names = [change.field for change in operation.changes]
        if operation.list_name is not None:
            names = [membership(operation.list_name)]
        for name in names:
            by_turns = name in rules.handoff.mapping and operation.kind is OperationKind.UPDATE
            if by_turns or (operation.side, name) in refused:
                tx.flip(uid, operation.side, name, now, within, by_turns=by_turns)
    counted = {name for counts in view.flips.values() for name in counts}
    asked = {_field(each.kind) for each in decision.reviews if each.kind.startswith(FIGHT)}
    if counted - asked:
        tx.forget_flips(uid, counted - asked, before=now - within)


def _field(kind: str) -> str:
    return kind.removeprefix(FIGHT).partition(":")[2]


def find_out(
    store: Store, connectors: Mapping[Side, Connector], wonders: Collection[tuple[Ref, str]]
) -> None:
    """Ask the CRMs who edited these fields when, and have the people decided about anew; of what a
    CRM does not tell, that is known from then on. No call where nobody wonders."""
    for connector in connectors.values():
        wanted: dict[Ref, set[str]] = {}
        for ref, name in wonders:
            if ref.system == connector.name:
                wanted.setdefault(ref, set()).add(name)
        if not wanted:
            continue
        try:
            told = connector.edits(wanted)
        except RetryableError as error:
            _log.info("edits_not_told", system=connector.name, reason=error.message)
            with store.transaction() as tx:
                tx.mark_dirty(wanted)
            continue
        except RejectedRecord as error:
            # Without the right to read histories nobody is named, and nothing guessed.
            _log.warning("edits_refused", system=connector.name, reason=error.message)
            told = {}
        with store.transaction() as tx:
            owners = tx.owners(connector.name)
            for record in tx.records(wanted):
                known = told.get(record.ref, {})
                found = {}
                for name in wanted[record.ref]:
                    edit = known.get(name, Edit(at=None))
                    owner = owners.get(edit.by)
                    by = owner.name if owner is not None else edit.by
                    found[name] = (record.fields.get(name), Edit(at=edit.at, by=by))
                tx.put_edits(record.ref, found)
            tx.mark_dirty(wanted)
