"""Reads what changed: one composite call for all hot objects, more only for further pages.

There is no upper bound in the queries: the position never moves past the vendor's own time at
the start of a reading, and the overlap reads the seam again. Salesforce contract §7, §13.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from crmbridge.collector import collector_paused
from crmbridge.errors import CrmBridgeError
from crmbridge.ports import Checkpoint, Page
from crmbridge_salesforce.client import SalesforceClient, Subanswer, Subrequest
from crmbridge_salesforce.errors import MISFITS, Refusal, as_error, as_query_error
from crmbridge_salesforce.fetching import Fetcher, follow_children
from crmbridge_salesforce.mapping import OBJECT_TYPES, SOBJECTS
from crmbridge_salesforce.payload import Row, instant
from crmbridge_salesforce.positions import Position, checkpoint, read_cursor
from crmbridge_salesforce.reading import Reading
from crmbridge_salesforce.records import ref_of
from crmbridge_salesforce.replication import Replication, read_replication
from crmbridge_salesforce.schema import OPTIONAL, OrgSchema
from crmbridge_salesforce.soql import Keyset, changed_rows, query_url

HOT: Final = ("Lead", "Contact", "Opportunity", "Task", "Event")
"""As many as one composite takes queries. Contract §7."""

RELATED: Final = ("Account", "CampaignMember", "OpportunityContactRole")
"""Changes that leave the stamps of the contact, the lead and the opportunity alone."""

_ROLES: Final = RELATED[-1]

SWEEP_EVERY: Final = timedelta(hours=24)
SWEEP_REACH: Final = timedelta(hours=48)
"""Once a day everything is read again since the instant up to which the org called its changes
complete, or of two days where it says nothing: transactions may outlast the overlap, batch jobs
do (contract §9, §13)."""


@dataclass(slots=True, kw_only=True)
class _Round:
    """One composite's worth of answers."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    further: dict[str, str] = field(default_factory=dict)
    misfits: dict[str, Refusal] = field(default_factory=dict)
    error: CrmBridgeError | None = None


class Poller:
    """Reads streams of changed rows; holds no position of its own."""

    def __init__(self, client: SalesforceClient, fetcher: Fetcher, batch_size: int) -> None:
        self._client = client
        self._fetcher = fetcher
        self._headers = (
            {} if batch_size == 2000 else {"Sforce-Query-Options": f"batchSize={batch_size}"}
        )

    def poll_changes(self, position: Checkpoint) -> Iterator[Page]:
        """Changed persons, deals and activities."""
        positions = read_cursor(position.cursor)
        for reading, reached in self._read(positions):
            yield _page(reading, checkpoint(position.stream, reached))

    def poll_relations(self, position: Checkpoint) -> Iterator[Page]:
        """Changed accounts, responses to campaigns, and opportunities whose contact roles
        changed.

        The first time the roles are passed over: every opportunity is about to be read.
        """
        positions = read_cursor(position.cursor)
        began = None
        for reading, reached in self._read(positions):
            began = began or reading.read_at
            deals = self._fetcher.read_rows({"Opportunity": sorted(reading.relations)})
            reading.take(deals)
            roles = reached.get(_ROLES, Position(through=began))
            yield _page(reading, checkpoint(position.stream, {**reached, _ROLES: roles}))

    def poll_sweep(self, position: Checkpoint) -> Iterator[Page]:
        """What the hot stream may have missed: once a day, everything since the instant up to
        which the org last called its changes complete, and what its log of deletions names."""
        positions = read_cursor(position.cursor)
        self._client.login()
        now = self._client.answered_at
        if any(each.began is None for each in positions.values()):
            # Never run: the hot stream is reading everything right now.
            started = Position(through=now - SWEEP_REACH, began=now)
            yield Page(checkpoint=checkpoint(position.stream, dict.fromkeys(HOT, started)))
            return
        if now - min(each.began or now for each in positions.values()) < SWEEP_EVERY:
            yield Page(checkpoint=position)
            return
        since = {name: each.through for name, each in positions.items()}
        said = read_replication(self._client, since, now)
        unseen = {name: set(ids) for name, ids in said.deleted.items()}
        for reading, _ in self._read(
            {name: Position(through=through) for name, through in since.items()}
        ):
            for record in reading.records:
                if record.deleted or record.merged_into:
                    unseen.get(SOBJECTS[record.ref.object_type], set()).discard(record.ref.id)
            yield _page(reading, position)
        gone = [
            ref_of(OBJECT_TYPES[name], identity)
            for name, ids in unseen.items()
            for identity in sorted(ids)
        ]
        found = self._fetcher.fetch(gone)
        done = {
            name: Position(through=_covered(said, name, through, now), began=now)
            for name, through in since.items()
        }
        yield replace(found, checkpoint=checkpoint(position.stream, done))

    def _read(
        self, positions: dict[str, Position]
    ) -> Iterator[tuple[Reading, dict[str, Position]]]:
        """Page by page, with how far each object has been read after it."""
        pending = self._queries(self._fetcher.schema(), positions, positions)
        began: datetime | None = None
        refreshed = False
        while pending:
            reading: Reading | None = None
            with collector_paused():
                answers = self._ask(pending)
                began = began or self._client.answered_at
                got = self._sort_out(pending, answers, positions, began)
                if got.misfits:
                    # The schema changed under us, or a field was hidden: look again, once.
                    if refreshed:
                        name, refusal = next(iter(got.misfits.items()))
                        raise as_query_error(refusal, f"query {name}")
                    refreshed = True
                    schema = self._fetcher.schema(fresh=True)
                    got.further |= self._queries(schema, got.misfits, positions)
                if got.rows:
                    reading = self._fetcher.reading()
                    reading.take(got.rows)
                # What is left of the rows is a fifth: let the collector look at no more.
                answers.clear()
                got.rows.clear()
            if reading is not None:
                yield reading, dict(positions)
            if got.error is not None:
                raise got.error
            pending = got.further

    def _queries(
        self, schema: OrgSchema, names: Iterable[str], positions: Mapping[str, Position]
    ) -> dict[str, str]:
        root = self._client.root
        urls = {}
        for name in names:
            if name in OPTIONAL and not schema.sees(name):
                continue  # its position stays: once it is seen, nothing is missing
            at = positions[name]
            soql = changed_rows(schema, name, at.since, at.after)
            urls[name] = query_url(root, soql, deleted=True)
        return urls

    def _ask(self, urls: Mapping[str, str]) -> list[Subanswer]:
        return self._client.composite(
            [Subrequest(url=url, headers=self._headers) for url in urls.values()]
        )

    def _sort_out(
        self,
        pending: Mapping[str, str],
        answers: Sequence[Subanswer],
        positions: dict[str, Position],
        began: datetime,
    ) -> _Round:
        """Move the positions over what was got, and tell what is still to ask."""
        got = _Round()
        for name, answer in zip(pending, answers, strict=True):
            refusal = answer.refusal
            if refusal is not None:
                self._note_refusal(got, name, refusal, positions)
                continue
            body = answer.body
            rows = [follow_children(self._client, row) for row in body["records"]]
            got.rows[name] = rows
            if body["done"]:
                positions[name] = Position(through=positions[name].began or began)
            else:
                positions[name] = _advance(positions[name], rows, began)
                got.further[name] = body["nextRecordsUrl"]
        return got

    def _note_refusal(
        self, got: _Round, name: str, refusal: Refusal, positions: Mapping[str, Position]
    ) -> None:
        if refusal.code == "INVALID_QUERY_LOCATOR":
            # The cursor died under us: ask anew from the last row we got.
            got.further |= self._queries(self._fetcher.schema(), [name], positions)
        elif refusal.code in MISFITS:
            got.misfits[name] = refusal
        else:
            got.error = got.error or as_error(refusal, f"query {name}")


def _advance(position: Position, rows: Sequence[Row], began: datetime) -> Position:
    """Behind the last row that stood still: pages are read as the rows are now, so a row that
    changed since the query began shows a stamp that is not its place in the order."""
    began = position.began or began
    for row in reversed(rows):
        stamp = instant(row, "SystemModstamp")
        if stamp < began:
            after = Keyset(stamp=stamp, id=str(row["Id"]))
            return replace(position, after=after, began=began)
    return replace(position, began=began)


def _covered(said: Replication, name: str, before: datetime, now: datetime) -> datetime:
    """Where the next sweep of an object begins: never behind what this one has proved."""
    return max(before, said.covered.get(name, now - SWEEP_REACH))


def _page(reading: Reading, position: Checkpoint) -> Page:
    return Page(
        records=tuple(reading.records),
        facts=tuple(reading.facts.values()),
        checkpoint=position,
    )
