"""Steps 1 to 3: read what changed and put it, with the new position, into the inbox."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import structlog

from crmbridge.core import fields as f
from crmbridge.core.model import Ref, Side
from crmbridge.engine.census import Census
from crmbridge.engine.recovering import hear_of_edits
from crmbridge.engine.retry import patiently
from crmbridge.errors import RetryableError
from crmbridge.ports import Connector, Page, Stream
from crmbridge.store import Store

_log = structlog.get_logger(__name__)

CENSUS_EVERY = timedelta(hours=24)
_CENSUS = "census"
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
"""Before every CRM record: the first reading takes in everything that is there."""


@dataclass(slots=True, kw_only=True)
class Harvest:
    """What the polls of one cycle brought; ``owners`` are those of changed records, by system."""

    records: int = 0
    facts: int = 0
    owners: dict[str, set[str]] = field(default_factory=dict)
    pages: int = 0


class Poller:
    """Polls every stream that is due; each page is one transaction with its position."""

    def __init__(
        self,
        store: Store,
        connectors: Mapping[Side, Connector],
        slow_interval: timedelta,
        pause: Callable[[float], None] = time.sleep,
        slowdown: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        """``slowdown`` is by system how many times as long its cold streams wait."""
        self._slowdown = slowdown
        self._store = store
        self._connectors = connectors
        self._slow_interval = slow_interval
        self._pause = pause

    def poll(self, now: datetime) -> Harvest:
        """Read both CRMs. Raises the connector's error where a CRM cannot be read; what was
        stored until then stays, and the other CRM is read all the same."""
        harvest = Harvest()
        failures: list[RetryableError] = []
        for connector in self._connectors.values():
            try:
                self._read(connector, now, harvest)
            except RetryableError as error:
                failures.append(error)
        if failures:
            raise failures[0]
        self._learn_owners(now, harvest)
        return harvest

    def _read(self, connector: Connector, now: datetime, harvest: Harvest) -> None:
        cold = [stream for stream in connector.streams if not stream.hot]
        for stream in cold:
            if self._is_due(connector, stream, now):
                self._poll_stream(connector, stream, now, harvest)
        for stream in connector.streams:
            if stream.hot:
                self._poll_stream(connector, stream, now, harvest)
        self._take_census(connector, now, harvest)

    def refetch(self, refs: list[Ref], now: datetime) -> None:
        """Read single records again, outside every stream."""
        for connector in self._connectors.values():
            own = [ref for ref in refs if ref.system == connector.name]
            if own:
                self._put(connector.fetch(own), now, Harvest())

    def look_at_lists(self, now: datetime) -> None:
        """Read who is on the lists now, due or not."""
        for connector in self._connectors.values():
            for stream in connector.streams:
                if stream.name == "lists":
                    self._poll_stream(connector, stream, now, Harvest())

    def _is_due(self, connector: Connector, stream: Stream, now: datetime) -> bool:
        with self._store.read() as tx:
            polled_at = tx.polled_at(connector.name, stream.name)
        interval = self._slow_interval * self._slowdown.get(connector.name, 1)
        return polled_at is None or now - polled_at >= interval

    def _poll_stream(
        self, connector: Connector, stream: Stream, now: datetime, harvest: Harvest
    ) -> None:
        def attempt() -> None:
            with self._store.read() as tx:
                checkpoint = tx.checkpoint(connector.name, stream.name)
            if checkpoint is None:
                checkpoint = connector.start(stream.name, BEGINNING)
            for page in connector.poll(stream.name, checkpoint):
                self._put(page, now, harvest)

        patiently(attempt, self._pause)
        if stream.hot:
            return
        with self._store.transaction() as tx:
            tx.set_polled_at(connector.name, stream.name, now)

    def _take_census(self, connector: Connector, now: datetime, harvest: Harvest) -> None:
        """Once a day, and not before a day has passed since everything was read first."""
        with self._store.read() as tx:
            taken = tx.polled_at(connector.name, _CENSUS)
        if taken is not None and now - taken < CENSUS_EVERY:
            return
        if taken is not None:

            def attempt() -> None:
                for page in Census(store=self._store, connector=connector).take():
                    self._put(page, now, harvest)

            patiently(attempt, self._pause)
        with self._store.transaction() as tx:
            tx.set_polled_at(connector.name, _CENSUS, now)

    def _put(self, page: Page, now: datetime, harvest: Harvest) -> None:
        with self._store.transaction() as tx:
            result = tx.put_page(page, now)
            hear_of_edits(tx, result.changed)
        harvest.pages += 1
        harvest.records += len(result.changed)
        harvest.facts += result.new_facts
        for record in page.records:
            owner = record.fields.get(f.OWNER_ID)
            if isinstance(owner, str) and record.ref in result.changed:
                harvest.owners.setdefault(record.ref.system, set()).add(owner)

    def _learn_owners(self, now: datetime, harvest: Harvest) -> None:
        """An owner nobody has told us about yet: read that CRM's owners at once."""
        for connector in self._connectors.values():
            needed = harvest.owners.get(connector.name)
            if not needed:
                continue
            with self._store.read() as tx:
                unknown = needed - tx.owners(connector.name).keys()
            streams = [stream for stream in connector.streams if stream.name == "owners"]
            if unknown and streams:
                _log.info("owners_unknown", system=connector.name, count=len(unknown))
                self._poll_stream(connector, streams[0], now, harvest)
