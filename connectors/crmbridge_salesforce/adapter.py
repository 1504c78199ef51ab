"""Salesforce as a connector: the parts put together behind the engine's door."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from crmbridge.breaker import Breaker
from crmbridge.core import fields as f
from crmbridge.core.forecasting import Allowance
from crmbridge.core.model import ObjectType, Ref, Side, Value
from crmbridge.core.operations import Operation, Receipt
from crmbridge.core.view import Edit
from crmbridge.errors import ConfigError
from crmbridge.findings import Finding, Wanted
from crmbridge.ports import (
    Checkpoint,
    FieldNames,
    Identity,
    Page,
    Population,
    SetupItem,
    SetupStep,
    Span,
    Stream,
    Tell,
    tell_nobody,
)
from crmbridge_salesforce import tasks
from crmbridge_salesforce.api_versions import check_offered
from crmbridge_salesforce.client import SalesforceClient
from crmbridge_salesforce.counting import COUNTED, count, list_ids
from crmbridge_salesforce.directory import read_owners
from crmbridge_salesforce.edits import read_edits
from crmbridge_salesforce.examining import examine
from crmbridge_salesforce.fetching import Fetcher
from crmbridge_salesforce.layout import Layout
from crmbridge_salesforce.polling import HOT, RELATED, Poller
from crmbridge_salesforce.population import read_population
from crmbridge_salesforce.positions import Position, checkpoint
from crmbridge_salesforce.records import SYSTEM
from crmbridge_salesforce.settings import SalesforceSettings
from crmbridge_salesforce.setup import Setup
from crmbridge_salesforce.writing import BATCH, Writer

CHANGES: Final = "changes"
OWNERS: Final = "owners"
RELATIONS: Final = "relations"
SWEEP: Final = "sweep"
_ORGANIZATION: Final = "SELECT Name, TimeZoneSidKey FROM Organization"


class SalesforceConnector:
    """One org. Opens its session with the first call; keeps it and the org's schema, no more."""

    batch = BATCH
    mixes = True

    def __init__(self, settings: SalesforceSettings, fields: FieldNames) -> None:
        self.bulk = settings.bulk_from
        self._address = settings.base_url
        self._layout = Layout(fields)
        self._client = SalesforceClient(settings)
        self._fetcher = Fetcher(self._client, self._layout, settings.lead_record_type)
        self._poller = Poller(self._client, self._fetcher, settings.batch_size)
        self._writer = Writer(self._client, self._fetcher.schema, self._layout, settings)
        self._setup = Setup(self._client, self._fetcher, self._layout)
        self._polls: Mapping[str, Callable[[Checkpoint], Iterator[Page]]] = {
            CHANGES: self._poller.poll_changes,
            OWNERS: self._poll_owners,
            RELATIONS: self._poller.poll_relations,
            SWEEP: self._poller.poll_sweep,
        }

    @property
    def name(self) -> str:
        """``salesforce``."""
        return SYSTEM

    @property
    def side(self) -> Side:
        """Sales."""
        return Side.SALES

    @property
    def streams(self) -> tuple[Stream, ...]:
        """Owners first, so that whoever owns a new record is known by name."""
        return (
            Stream(name=OWNERS, hot=False),
            Stream(name=CHANGES, hot=True),
            Stream(name=RELATIONS, hot=False),
            Stream(name=SWEEP, hot=False),
        )

    @property
    def calls(self) -> int:
        """API requests so far; a composite is one, a login none (contract §7, §10)."""
        return self._client.calls

    @property
    def budget(self) -> Allowance | None:
        """What the latest answers told of the day's calls."""
        return self._client.budget.allowance

    @property
    def breaker(self) -> Breaker:
        """What keeps calls from a CRM that does not answer."""
        return self._client.breaker

    def ping(self) -> Identity:
        """Log in if need be and name the org; one call."""
        login = self._client.login()
        try:
            row = self._client.query("query", _ORGANIZATION)["records"][0]
        except ConfigError:
            check_offered(self._client)
            raise
        return Identity(
            account_id=login.org_id,
            name=str(row["Name"]),
            user_id=login.user_id,
            at=self._client.answered_at,
            time_zone=row.get("TimeZoneSidKey"),
        )

    def writable(self, object_type: ObjectType) -> frozenset[str]:
        """The canonical fields of leads and contacts that are ours or handed over; no others."""
        return (
            tasks.FIELDS
            if object_type is ObjectType.ACTIVITY
            else self._layout.writable(object_type)
        )

    def project(self, object_type: ObjectType, field: str, value: Value) -> Value:
        """What Salesforce would give back: trimmed, cut to length, whole seconds."""
        return self._layout.project(object_type, field, value)

    def start(self, stream: str, since: datetime) -> Checkpoint:
        """The position before everything changed from ``since`` on."""
        objects = {CHANGES: HOT, RELATIONS: RELATED[:-1], SWEEP: HOT}.get(stream, (stream,))
        return checkpoint(stream, {each: Position(through=since) for each in objects})

    def poll(self, stream: str, checkpoint: Checkpoint) -> Iterator[Page]:
        """Pages of what changed; ``changes`` costs one call while there is at most one."""
        return self._polls[stream](checkpoint)

    def fetch(self, refs: Sequence[Ref]) -> Page:
        """Leads, contacts, accounts and deals as they are now; up to 750 for one call."""
        return self._fetcher.fetch(refs)

    @property
    def counted(self) -> tuple[ObjectType, ...]:
        """Leads, contacts, accounts and deals."""
        return COUNTED

    def count(self, spans: Sequence[Span]) -> list[int]:
        """Records outside the recycle bin; five spans for one call."""
        return count(self._client, self._fetcher.schema(), spans)

    def ids(self, span: Span) -> Iterator[str]:
        """Their ids; a call per 2,000."""
        return list_ids(self._client, self._fetcher.schema(), span)

    def population(self, stages: Collection[str]) -> Population:
        """Leads and contacts by our stage: a call for the schema, because rights may have been
        taken, one for both objects, and one per further page of 2,000."""
        return read_population(self._client, self._fetcher.schema(fresh=True), stages)

    def edits(self, wanted: Mapping[Ref, Collection[str]]) -> Mapping[Ref, Mapping[str, Edit]]:
        """From field history, where the org tracks the field."""
        return read_edits(self._client, self._layout, wanted)

    def apply(self, operations: Sequence[Operation]) -> list[Receipt]:
        """Write, 200 rows a call; one receipt each, in order."""
        return self._writer.apply(operations)

    def recognise(self, lists: Mapping[str, Ref]) -> None:
        """Nothing: nurture lists live in the other CRM."""

    def inspect(self, lists: Mapping[str, str]) -> list[SetupItem]:
        """The nurture lists are marketing's: ``lists`` is not looked at."""
        return self._setup.inspect()

    def provision(
        self,
        lists: Mapping[str, str],
        tell: Tell = tell_nobody,
        only: Collection[str] | None = None,
    ) -> list[SetupStep]:
        """The nurture lists are marketing's: ``lists`` is not looked at."""
        return self._setup.provision(tell, only)

    def removable(self) -> list[SetupItem]:
        """Fields and permission sets that bear our mark."""
        return self._setup.removable()

    def remove(self, names: Collection[str], tell: Tell = tell_nobody) -> list[SetupStep]:
        """Permission sets go first, so that nothing grants what is no more."""
        return self._setup.remove(names, tell)

    def choices(self) -> Mapping[str, frozenset[str]]:
        """Status values of leads and contacts, the reasons that reps can pick, and the currencies
        of an org that has several; one that has one does not say which."""
        schema = self._fetcher.schema()
        return {field: schema.choices(field) for field in (f.STATUS, f.REASON, f.CURRENCY)}

    def offers(self) -> str:
        """Fields, rights, choices, record types and deal stages; one call."""
        return self._fetcher.schema(fresh=True).fingerprint

    def page(self, ref: Ref) -> str | None:
        """My Domain and the id: Salesforce finds the page itself."""
        return f"{self._address}/{ref.id}"

    def examine(self, wanted: Wanted) -> Iterator[Finding]:
        """Rights on objects and standard fields, status values, mails that are kept from us, the
        age of the API, and who else uses our user."""
        return examine(self._client, self._fetcher, self._layout, wanted)

    def close(self) -> None:
        """Give back the sockets."""
        self._client.close()

    def _poll_owners(self, position: Checkpoint) -> Iterator[Page]:
        """All of them every time; the schema is looked at again on the same slow cadence, so
        that the hot stream never pays for it."""
        owners = read_owners(self._client)
        self._fetcher.refresh_schema()
        through = {OWNERS: Position(through=self._client.answered_at)}
        yield Page(owners=owners, checkpoint=checkpoint(OWNERS, through))
