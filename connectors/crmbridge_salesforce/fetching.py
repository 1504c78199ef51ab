"""Reads single rows by id, completes nested children, and keeps the org's schema at hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from crmbridge.core.model import ObjectType, Ref
from crmbridge.ports import Page
from crmbridge_salesforce.client import SalesforceClient, Subrequest
from crmbridge_salesforce.errors import as_query_error
from crmbridge_salesforce.facts import deletion
from crmbridge_salesforce.layout import Layout
from crmbridge_salesforce.mapping import OBJECT_TYPES, PREFIXES, SOBJECTS
from crmbridge_salesforce.payload import Row
from crmbridge_salesforce.reading import Reading
from crmbridge_salesforce.records import SYSTEM, missing_record, ref_of
from crmbridge_salesforce.schema import OrgSchema, read_schema
from crmbridge_salesforce.soql import query_url, rows_by_id

_CHUNK: Final = 150
"""Ids per query: their list stays under the 4,000 characters of a WHERE string. Contract §4."""

QUERIES: Final = 5
"""Queries per composite. Contract §7."""

_DESCRIBED_FOR: Final = timedelta(hours=24)
"""For so long only what changed in the org's schema is asked for."""

_NESTED: Final = ("Histories", "OpportunityHistories", "OpportunityContactRoles")


class Fetcher:
    """Answers questions about named records; caches the schema, nothing else."""

    def __init__(
        self, client: SalesforceClient, layout: Layout, lead_record_type: str | None
    ) -> None:
        self._client = client
        self._layout = layout
        self._lead_record_type = lead_record_type
        self._schema: OrgSchema | None = None
        self._described_at = datetime.min.replace(tzinfo=UTC)

    def schema(self, *, fresh: bool = False) -> OrgSchema:
        """What the org has; one call the first time and when it must be ``fresh``."""
        if self._schema is None or fresh:
            self._schema = self._read_schema(None)
            self._described_at = self._client.answered_at
        return self._schema

    def refresh_schema(self) -> None:
        """Look again at the slow cadence: one call that sends what changed, and once a day
        everything, because rights that were granted may not count as a change."""
        self._client.login()
        now = self._client.answered_at
        if self._schema is None or now - self._described_at >= _DESCRIBED_FOR:
            self.schema(fresh=True)
        else:
            self._schema = self._read_schema(self._schema)

    def _read_schema(self, known: OrgSchema | None) -> OrgSchema:
        return read_schema(self._client, self._layout, self._lead_record_type, known)

    def forget_schema(self) -> None:
        """Look again next time: fields were created, or may have been."""
        self._schema = None

    def reading(self) -> Reading:
        """An empty reading at the vendor's present time."""
        return Reading(
            schema=self.schema(),
            our_user=self._client.login().user_id,
            read_at=self._client.answered_at,
        )

    def fetch(self, refs: Sequence[Ref]) -> Page:
        """The present state of these records; missing ones come back as deleted."""
        wanted: dict[str, list[str]] = {}
        for ref in refs:
            sobject = SOBJECTS.get(ref.object_type)
            if ref.system == SYSTEM and sobject:
                wanted.setdefault(sobject, []).append(ref.id)
        if not wanted:
            return Page()
        rows = self.read_rows(wanted)
        reading = self.reading()
        reading.take(rows)
        for sobject, ids in wanted.items():
            found = {str(row["Id"]) for row in rows[sobject]}
            for identity in dict.fromkeys(ids):
                if identity not in found:
                    self._note_missing(reading, OBJECT_TYPES[sobject], identity)
        return Page(records=tuple(reading.records), facts=tuple(reading.facts.values()))

    def read_rows(self, wanted: Mapping[str, Sequence[str]]) -> dict[str, list[Row]]:
        """Object → the rows with these ids, deleted ones too; ⌈ids/150⌉/5 calls."""
        rows: dict[str, list[Row]] = {sobject: [] for sobject in wanted}
        for batch in _batches(wanted):
            schema = self.schema()
            answers = self._client.composite(
                [
                    Subrequest(
                        url=query_url(
                            self._client.root, rows_by_id(schema, sobject, ids), deleted=True
                        )
                    )
                    for sobject, ids in batch
                ]
            )
            for (sobject, _), answer in zip(batch, answers, strict=True):
                if answer.refusal is not None:
                    raise as_query_error(answer.refusal, f"query {sobject}")
                rows[sobject] += [
                    follow_children(self._client, row) for row in follow(self._client, answer.body)
                ]
        return rows

    def _note_missing(self, reading: Reading, object_type: ObjectType, identity: str) -> None:
        ref = ref_of(object_type, identity)
        reading.records.append(missing_record(ref, reading.read_at))
        if object_type in PREFIXES.values():
            fact = deletion(ref, reading.read_at, purged=True)
            reading.facts.setdefault(fact.key, fact)


def _batches(wanted: Mapping[str, Sequence[str]]) -> Iterator[list[tuple[str, Sequence[str]]]]:
    chunks: list[tuple[str, Sequence[str]]] = [
        (sobject, ids[start : start + _CHUNK])
        for sobject, ids in ((name, list(dict.fromkeys(each))) for name, each in wanted.items())
        for start in range(0, len(ids), _CHUNK)
    ]
    for start in range(0, len(chunks), QUERIES):
        yield chunks[start : start + QUERIES]


def follow(client: SalesforceClient, body: Mapping[str, Any]) -> Iterator[Row]:
    """All records of a query answer, with the pages after it as they are wanted. Contract §4."""
    yield from body["records"]
    while not body["done"]:
        path = str(body["nextRecordsUrl"]).removeprefix(client.root).lstrip("/")
        body = client.call("GET", path)
        yield from body["records"]


def follow_children(client: SalesforceClient, row: Row) -> Row:
    """The row with every child of its subqueries; long histories come in pages of their own."""
    completed: dict[str, Any] = {}
    for name in _NESTED:
        nested = row.get(name)
        if isinstance(nested, Mapping) and not nested["done"]:
            completed[name] = {"done": True, "records": list(follow(client, nested))}
    return {**row, **completed} if completed else row
