"""Refused writes that are taken up again by themselves, once their cause may be gone.

What refused a write is a right, a field, a list, a choice, an owner, or a value on the record: so
it may pass after the account offers something else, after a record of the person changed, and
otherwise after a while. What was refused is never sent again: the person is decided about anew.
What a person let rest is not touched.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

import structlog

from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.core.model import Ref, Side
from crmbridge.engine.pausing import is_paused
from crmbridge.engine.retry import patiently
from crmbridge.errors import AuthError, RejectedRecord, RetryableError
from crmbridge.ports import Connector
from crmbridge.store import Store, Transaction
from crmbridge.store.outbox import Parked

_log = structlog.get_logger(__name__)

AT_ONCE = 200
"""Refused writes of one CRM in one cycle, so that a cure of thousands breaks no limit."""

EDITED = "a record of the person was edited"
_OTHERWISE = "some time has passed"


def hear_of_edits(tx: Transaction, edited: Collection[Ref]) -> None:
    """Records changed: what was refused for their people may pass now."""
    if edited and tx.has_parked():
        tx.hear_news(EDITED, uids=tx.persons_of(edited))


class Recovery:
    """Takes up refused writes whose time has come; looks at accounts that refused some."""

    def __init__(
        self,
        store: Store,
        connectors: Mapping[Side, Connector],
        look_every: timedelta,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._connectors = connectors
        self._look_every = look_every
        self._pause = pause

    def take_up(self, now: datetime) -> int:
        """Have the people decided about anew whose refused writes may pass; how many writes.
        Makes no call while nothing is refused."""
        with self._store.read() as tx:
            refusing = {
                side: connector
                for side, connector in self._connectors.items()
                if tx.has_parked(side)
            }
            paused = {side for side, each in refusing.items() if is_paused(tx, each.name)}
        self._forget_others({connector.name for connector in refusing.values()})
        count = 0
        for side, connector in refusing.items():
            if side in paused:
                continue
            self._look(side, connector, now)
            with self._store.transaction() as tx:
                taken = _retake(tx, tx.parked_due(side, now, AT_ONCE), now)
            if taken:
                _log.info("refused_writes_retaken", system=connector.name, count=taken)
            count += taken
        return count

    def _forget_others(self, refusing: Collection[str]) -> None:
        """What an account offered long ago says nothing of why it refuses today."""
        with self._store.read() as tx:
            moot = [
                connector.name
                for connector in self._connectors.values()
                if connector.name not in refusing and tx.offers(connector.name) != (None, None)
            ]
        if moot:
            with self._store.transaction() as tx:
                for name in moot:
                    tx.keep_offers(name, None, None)

    def _look(self, side: Side, connector: Connector, now: datetime) -> None:
        """Whether the account offers something else than when it was last looked at."""
        with self._store.read() as tx:
            known, looked_at = tx.offers(connector.name)
        if looked_at is not None and now - looked_at < self._look_every:
            return
        found: list[str] = []
        try:
            patiently(lambda: found.append(connector.offers()), self._pause)
        except RetryableError as error:
            _log.info("offers_put_off", system=connector.name, reason=error.message)
            return
        except (AuthError, RejectedRecord) as error:
            # A right to see fields that is missing must not keep anything else from being done.
            _log.info("offers_unseen", system=connector.name, reason=error.message)
        with self._store.transaction() as tx:
            offers = _with_owners(tx, connector.name, found[0]) if found else known
            if known is not None and offers != known:
                count = tx.hear_news(_changed(connector.name), side=side)
                _log.info("offers_changed", system=connector.name, refused_writes=count)
            tx.keep_offers(connector.name, offers, now)


def _changed(system: str) -> str:
    return f"{system} offers something else: fields, rights, choices, lists or owners"


def _with_owners(tx: Transaction, system: str, offers: str) -> str:
    """The fingerprint, with who can own a record."""
    owners = sorted([id_, owner.active] for id_, owner in tx.owners(system).items())
    return hashlib.sha256(json.dumps([offers, owners]).encode()).hexdigest()


def _retake(tx: Transaction, found: Collection[Parked], now: datetime) -> int:
    for each in found:
        operation = each.operation
        tx.mark_dirty(tx.links(operation.uid))
        payload: dict[str, object] = {
            "operation": operation.kind.value,
            "record": str(operation.target) if operation.target else None,
            "message": each.message,
            "why": each.news or _OTHERWISE,
            "refusals": each.refusals,
        }
        entry = JournalEntry(kind=JournalKind.RETAKEN, uid=operation.uid, at=now, payload=payload)
        tx.write_journal(entry)
    return len(tx.retake([each.operation.key for each in found]))
