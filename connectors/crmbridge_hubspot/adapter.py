"""HubSpot as the engine sees it: the ``Connector`` of the marketing side."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from crmbridge.breaker import Breaker
from crmbridge.core.forecasting import Allowance
from crmbridge.core.model import ObjectType, Ref, Side, Value
from crmbridge.core.operations import Operation, Receipt
from crmbridge.core.view import Edit
from crmbridge.findings import Finding, Wanted
from crmbridge.ports import (
    Checkpoint,
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
from crmbridge_hubspot import mapping, offering, polling, positions, tasks
from crmbridge_hubspot.client import HubSpotClient
from crmbridge_hubspot.counting import COUNTED, count, list_ids
from crmbridge_hubspot.custom_events import STREAM as EVENTS
from crmbridge_hubspot.custom_events import poll_events, start_events
from crmbridge_hubspot.deals import STREAM as DEALS
from crmbridge_hubspot.deals import complete_deals
from crmbridge_hubspot.edits import read_edits
from crmbridge_hubspot.examining import examine
from crmbridge_hubspot.layout import Layout
from crmbridge_hubspot.lists import CHUNK, NurtureLists
from crmbridge_hubspot.population import read_population
from crmbridge_hubspot.settings import PathFamily
from crmbridge_hubspot.setup import Setup
from crmbridge_hubspot.writing import Writer

_STREAMS = (
    Stream(name="owners", hot=False),
    Stream(name="lists", hot=False),
    Stream(name="companies", hot=True),
    Stream(name="contacts", hot=True),
)
_SEARCHED = {"contacts": ObjectType.CONTACT, "companies": ObjectType.ACCOUNT}
_PAGES = {ObjectType.CONTACT: "0-1", ObjectType.ACCOUNT: "0-2", ObjectType.DEAL: "0-3"}
"""How a record's page calls its type."""


class HubSpotConnector:
    """One portal. Keeps nothing but connections and caches of names."""

    name = mapping.SYSTEM
    side = Side.MARKETING
    counted = COUNTED
    batch = CHUNK
    mixes = False
    bulk = None

    def __init__(
        self,
        client: HubSpotClient,
        layout: Layout,
        *,
        events: Sequence[str] = (),
        deals: bool = False,
        family: PathFamily = PathFamily.NUMBERED,
    ) -> None:
        """``events`` are the types of the portal's own events to be read; ``deals`` are read only
        where they are kept here."""
        self._client = client
        self._layout = layout
        self._events = tuple(events)
        self._deals = deals
        self._pages: str | None = None
        self._family = family
        self._lists = NurtureLists(client)
        self._writer = Writer(client=client, lists=self._lists)
        self._setup = Setup(client, self._lists)

    @property
    def streams(self) -> tuple[Stream, ...]:
        """Owners first, so that whoever owns a new record is known by name; contacts before what
        they did."""
        events = (Stream(name=EVENTS, hot=True),) if self._events else ()
        deals = (Stream(name=DEALS, hot=False),) if self._deals else ()
        return (*_STREAMS, *events, *deals)

    @property
    def calls(self) -> int:
        """API calls made since construction; HubSpot counts every request."""
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
        """The portal behind the token."""
        reply = self._client.get("/account-info/v3/details")
        body = reply.body
        identity = str(body["portalId"])
        self._client.keep_zone(str(body.get("timeZone") or ""))
        self._pages = f"https://{body.get('uiDomain') or 'app.hubspot.com'}/contacts/{identity}"
        name = f"HubSpot portal {identity}"
        more = body.get("additionalCurrencies") or ()
        return Identity(
            account_id=identity,
            name=name,
            at=reply.at,
            time_zone=body.get("timeZone") or None,
            currencies=tuple(str(each) for each in (body.get("companyCurrency"), *more) if each),
        )

    def writable(self, object_type: ObjectType) -> frozenset[str]:
        """The canonical fields crmbridge may write on such an object."""
        return tasks.FIELDS if object_type is ObjectType.ACTIVITY else mapping.writable(object_type)

    def project(self, object_type: ObjectType, field: str, value: Value) -> Value:
        """What HubSpot would hold."""
        return mapping.project(object_type, field, value)

    def start(self, stream: str, since: datetime) -> Checkpoint:
        """Everything changed from ``since`` on."""
        return start_events(since) if stream == EVENTS else positions.start(stream, since)

    def poll(self, stream: str, checkpoint: Checkpoint) -> Iterator[Page]:
        """Pages since ``checkpoint``; idle hot streams cost one search each."""
        if stream in _SEARCHED:
            return polling.poll_changed(
                self._client, self._layout, stream, _SEARCHED[stream], checkpoint
            )
        if stream == DEALS:
            found = polling.poll_changed(
                self._client, self._layout, stream, ObjectType.DEAL, checkpoint
            )
            return (complete_deals(self._client, page) for page in found)
        if stream == "owners":
            self._layout.check(self._client)
            return polling.poll_owners(self._client, checkpoint)
        if stream == EVENTS:
            return poll_events(self._client, self._events, checkpoint)
        return polling.poll_lists(self._client, self._lists, checkpoint)

    def fetch(self, refs: Sequence[Ref]) -> Page:
        """The present state of single records."""
        return polling.fetch(self._client, self._layout, refs)

    def count(self, spans: Sequence[Span]) -> list[int]:
        """Objects that are not archived; one search per span."""
        return count(self._client, spans)

    def ids(self, span: Span) -> Iterator[str]:
        """Their ids, 200 a search."""
        return list_ids(self._client, span)

    def population(self, stages: Collection[str]) -> Population:
        """Contacts by our stage; 200 a search."""
        return read_population(self._client, stages)

    def edits(self, wanted: Mapping[Ref, Collection[str]]) -> Mapping[Ref, Mapping[str, Edit]]:
        """From the history of the properties."""
        return read_edits(self._client, wanted)

    def apply(self, operations: Sequence[Operation]) -> list[Receipt]:
        """Write in batches of up to 100; one receipt per operation, in order."""
        return self._writer.apply(operations)

    def recognise(self, lists: Mapping[str, Ref]) -> None:
        """Find these lists by id, whatever they are called by now."""
        self._lists.recognise({name: ref.id for name, ref in lists.items()})

    def inspect(self, lists: Mapping[str, str]) -> list[SetupItem]:
        """Groups, properties and lists."""
        return self._setup.inspect(lists)

    def provision(
        self,
        lists: Mapping[str, str],
        tell: Tell = tell_nobody,
        only: Collection[str] | None = None,
    ) -> list[SetupStep]:
        """Create missing groups, properties and lists, correct labels and help texts of ours."""
        return self._setup.provision(lists, tell, only)

    def removable(self) -> list[SetupItem]:
        """Our groups and properties."""
        return self._setup.removable()

    def remove(self, names: Collection[str], tell: Tell = tell_nobody) -> list[SetupStep]:
        """Archive properties of ours; HubSpot forgets their values."""
        return self._setup.remove(names, tell)

    def choices(self) -> Mapping[str, frozenset[str]]:
        """Life-cycle stages and lead statuses."""
        return offering.choices(self._client)

    def offers(self) -> str:
        """Properties of contacts and tasks, their options and rights, and MANUAL lists; three
        calls."""
        return offering.offers(self._client, self._lists)

    def examine(self, wanted: Wanted) -> Iterator[Finding]:
        """Scopes, HubSpot's own Salesforce sync, who gets no mail, the age of the API."""
        return examine(self._client, self._family, wanted)

    def page(self, ref: Ref) -> str | None:
        """The record's page in the portal, whose domain the ping told; owners have none."""
        kind = _PAGES.get(ref.object_type)
        return f"{self._pages}/record/{kind}/{ref.id}" if kind and self._pages else None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
