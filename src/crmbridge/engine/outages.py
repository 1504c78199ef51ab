"""CRMs that do not answer: tried one call at a time, remembered, and told to who asks."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import structlog

from crmbridge.breaker import Outage
from crmbridge.errors import RetryableError
from crmbridge.ports import Connector
from crmbridge.store import Store

_log = structlog.get_logger(__name__)


class Outages:
    """The breakers of a bridge's connectors, kept in its store beyond the process."""

    def __init__(self, store: Store, connectors: Collection[Connector]) -> None:
        self._store = store
        self._connectors = connectors
        self._kept: dict[str, Outage] | None = None

    def try_again(self, now: datetime) -> list[Connector]:
        """Send one call to each CRM whose wait is over; the connectors to which nothing is sent
        now."""
        if self._kept is None:
            self._kept = self._remember()
        for connector in self._connectors:
            connector.breaker.tick(now)
            if connector.breaker.is_due:
                try:
                    connector.ping()
                except RetryableError as error:
                    _log.debug("trial_failed", system=connector.name, reason=error.message)
        self.keep()
        return [each for each in self._connectors if each.breaker.outage is not None]

    def _remember(self) -> dict[str, Outage]:
        """Go on with the outages that an earlier process saw."""
        with self._store.read() as tx:
            known = {outage.system: outage for outage in tx.outages()}
        for connector in self._connectors:
            if connector.name in known:
                connector.breaker.resume(known[connector.name])
        return known

    def keep(self) -> None:
        """Have the store know what the breakers know."""
        found: dict[str, Outage] = {
            connector.name: connector.breaker.outage
            for connector in self._connectors
            if connector.breaker.outage is not None
        }
        if found == self._kept:
            return
        with self._store.transaction() as tx:
            for connector in self._connectors:
                tx.keep_outage(connector.name, found.get(connector.name))
        self._kept = found
