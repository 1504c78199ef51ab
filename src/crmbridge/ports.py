"""The doors of the engine: what a CRM connector must offer.

A connector is mapping, transport and an error table: it keeps no state of its own beyond a
login and caches of names, and decides nothing. Anything that can be repeated may be repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from crmbridge.breaker import Breaker
from crmbridge.core.facts import Fact
from crmbridge.core.forecasting import Allowance
from crmbridge.core.model import ObjectType, Owner, Record, Ref, Side, Value
from crmbridge.core.operations import Operation, Receipt
from crmbridge.core.view import Edit
from crmbridge.findings import Finding, Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The durable reading position of one stream; ``cursor`` is opaque to everyone but the
    connector that wrote it, ``watermark`` the instant up to which everything was read."""

    system: str
    stream: str
    cursor: str
    watermark: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One portion of a stream, stored in one transaction together with ``checkpoint``.

    Records may repeat what earlier pages held (overlap); the store drops known versions and
    known fact keys. ``owners`` replace what was known of those owners. A LIST record holds
    the complete members of that list. ``checkpoint`` is the position after this page, and
    ``None`` where the page answers a ``fetch``.
    """

    records: tuple[Record, ...] = ()
    facts: tuple[Fact, ...] = ()
    owners: tuple[Owner, ...] = ()
    checkpoint: Checkpoint | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One thing a connector can poll: ``hot`` every cycle, else on the slow cadence."""

    name: str
    hot: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which account this is: a portal or org id, our own user id there where it exists, and the
    CRM's own time ``at`` which it answered. Its ``time_zone`` by its IANA name, and its
    ``currencies`` by their ISO codes, its own first, as far as it tells them at a login."""

    account_id: str
    name: str
    user_id: str | None = None
    at: datetime | None = None
    time_zone: str | None = None
    currencies: tuple[str, ...] = ()


class SetupState(StrEnum):
    """What ``setup`` would have to do about an item."""

    THERE = "there"
    MISSING = "missing"
    DIFFERENT = "different"
    BLOCKED = "in the way"
    BY_HAND = "by hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupItem:
    """One field, list or permission that ``setup`` needs, as it is and as it should be.

    ``name`` is the vendor's, such as ``Lead.CRMBridge_Score__c``. ``before`` is what is there of
    it, ``None`` where nothing of that name is; ``after`` what setup would make of it. ``problem``
    is set where what is there cannot serve or is not ours to alter; ``remedy`` is what a person
    does about it, and without a problem what only a person can set up. ``note`` is set where it
    serves and the operator might wonder.
    """

    kind: str
    name: str
    before: Mapping[str, str] | None
    after: Mapping[str, str]
    problem: str = ""
    remedy: str = ""
    note: str = ""

    @property
    def present(self) -> bool:
        """Whether something of that name is there."""
        return self.before is not None

    @property
    def changes(self) -> tuple[str, ...]:
        """What of it is not as it should be, in order; everything where it is not there."""
        before = self.before or {}
        return tuple(name for name, value in self.after.items() if before.get(name) != value)

    @property
    def state(self) -> SetupState:
        """What is to be done about it."""
        if self.problem:
            return SetupState.BLOCKED
        if self.remedy:
            return SetupState.BY_HAND
        if self.before is None:
            return SetupState.MISSING
        return SetupState.DIFFERENT if self.changes else SetupState.THERE


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupStep:
    """What became of one item; ``failure`` says why nothing did, and is empty where it is done."""

    item: SetupItem
    failure: str = ""


Tell = Callable[[SetupStep], None]
"""Is told of every step as it is done."""


def tell_nobody(step: SetupStep) -> None:
    """Of what setup does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldNames:
    """Which of the account's own fields the rule book reads: per object canonical field →
    vendor name; what is not named is read from where the connector would have it.

    ``questions`` are the canonical fields of the qualification framework: of those that are
    no framework's, nothing need be there.
    """

    names: Mapping[ObjectType, Mapping[str, str]] = field(default_factory=dict)
    questions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The records of one type whose ids lie behind ``after`` and not behind ``upto``, in the
    order of ids: shorter ones first, then letter by letter; an empty end is open."""

    object_type: ObjectType
    after: str = ""
    upto: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Who shows a stage in a CRM now: record → the stage that it ``shown``. Of the ``hidden``
    types the stage cannot be seen, so that nothing is said of them."""

    shown: Mapping[Ref, str] = field(default_factory=dict)
    hidden: frozenset[ObjectType] = frozenset()


class Connector(Protocol):
    """One CRM, seen through canonical fields."""

    @property
    def name(self) -> str:
        """The system's name in references, such as ``hubspot``."""
        ...

    @property
    def side(self) -> Side:
        """Which department's CRM this is."""
        ...

    @property
    def streams(self) -> tuple[Stream, ...]:
        """What can be polled, in the order it should be."""
        ...

    @property
    def calls(self) -> int:
        """API calls made since construction, as the vendor counts them."""
        ...

    @property
    def budget(self) -> Allowance | None:
        """The account's calls of the day, as its latest answers told; ``None`` where they told
        nothing yet. Makes no call."""
        ...

    @property
    def breaker(self) -> Breaker:
        """Asked before every call, and told what became of it."""
        ...

    def ping(self) -> Identity:
        """Prove credentials and reachability; raises ``AuthError`` or ``RetryableError``."""
        ...

    def writable(self, object_type: ObjectType) -> frozenset[str]:
        """The canonical fields that may be written on records of this type."""
        ...

    def project(self, object_type: ObjectType, field: str, value: Value) -> Value:
        """What this CRM would give back after ``value`` was written there: truncated, rounded,
        to its precision. Pure; projecting twice changes nothing."""
        ...

    def start(self, stream: str, since: datetime) -> Checkpoint:
        """The position from which ``stream`` yields everything changed from ``since`` on."""
        ...

    def poll(self, stream: str, checkpoint: Checkpoint) -> Iterator[Page]:
        """Everything that changed since ``checkpoint``, in pages; at least one page, so that
        the position moves even where nothing changed."""
        ...

    def fetch(self, refs: Sequence[Ref]) -> Page:
        """The present state of these records and the facts it shows; missing ones come back
        as deleted records. Makes no call where ``refs`` is empty."""
        ...

    @property
    def counted(self) -> tuple[ObjectType, ...]:
        """The types whose living records this CRM can count without reading them."""
        ...

    def count(self, spans: Sequence[Span]) -> list[int]:
        """How many living records the CRM has in each of the spans, in order."""
        ...

    def ids(self, span: Span) -> Iterator[str]:
        """The ids of the living records in a span, in no certain order, read as they are
        wanted."""
        ...

    def population(self, stages: Collection[str]) -> Population:
        """The living records of people that show one of these stages, converted leads left out.

        The calls follow the number of these people, whatever else is in the CRM. An index may lag
        behind: who is missing here, or should be, must be fetched to be believed.
        """
        ...

    @property
    def batch(self) -> int:
        """How many operations are handed over at once, where so many wait; what was acknowledged
        is stored after each batch."""
        ...

    @property
    def mixes(self) -> bool:
        """Whether a batch may hold operations of several kinds, because they cost less together;
        else it holds those of one."""
        ...

    @property
    def bulk(self) -> int | None:
        """How many waiting operations are handed over at once, where there are so many, because
        they cost less together; ``None`` where they do not."""
        ...

    def edits(self, wanted: Mapping[Ref, Collection[str]]) -> Mapping[Ref, Mapping[str, Edit]]:
        """Who gave these fields of these records the values they have, and when, as far as this
        CRM tells; fields of which it says nothing are left out. A call for many records."""
        ...

    def apply(self, operations: Sequence[Operation]) -> list[Receipt]:
        """Write, batched; one receipt per operation, in order. Raises only where not a single
        operation's fate is in doubt (``AuthError``, ``ConfigError``); everything else is in
        the receipts."""
        ...

    def recognise(self, lists: Mapping[str, Ref]) -> None:
        """List name → the list that was last known by it, so that one which has another name in
        the CRM by now is still found; said before anything else is asked for lists. Names that
        are missing here are looked for. Makes no call."""
        ...

    def inspect(self, lists: Mapping[str, str]) -> list[SetupItem]:
        """What crmbridge needs in this CRM, as it is and as it should be; ``lists`` is list name
        → description. Writes nothing."""
        ...

    def provision(
        self,
        lists: Mapping[str, str],
        tell: Tell = tell_nobody,
        only: Collection[str] | None = None,
    ) -> list[SetupStep]:
        """Make what ``inspect`` finds missing or different, of the items named ``only`` where
        names are given. Repeatable, and each item by itself: one that is refused is told and the
        others go on. Raises ``AuthError`` or ``RetryableError`` where nothing goes on; the next
        time it does. Never alters what is not ours."""
        ...

    def removable(self) -> list[SetupItem]:
        """Everything of ours that is there, whatever the rule book needs of it now; nurture lists
        are marketing's. Writes nothing."""
        ...

    def remove(self, names: Collection[str], tell: Tell = tell_nobody) -> list[SetupStep]:
        """Take away those of ``removable`` that are named, and with fields their values; each by
        itself, repeatable as ``provision`` is."""
        ...

    def choices(self) -> Mapping[str, frozenset[str]]:
        """Canonical field → every value that this account offers for it, of the fields the
        rule book speaks about: status, reason, lifecycle, lead_status; and of the currency where
        that is a choice. One call or two."""
        ...

    def offers(self) -> str:
        """A fingerprint of what this account lets us read and write: objects, fields with their
        rights and choices, lists. Two that are equal mean that nothing of it changed; whatever was
        cached of it is looked at anew. A call or a few."""
        ...

    def page(self, ref: Ref) -> str | None:
        """The web address at which a person looks at this record, or at this user; ``None`` where
        the CRM has none, or none is known before a ``ping``. Makes no call."""
        ...

    def examine(self, wanted: Wanted) -> Iterator[Finding]:
        """What only this account can tell about its fitness beyond ``ping`` and ``inspect``:
        rights, other tools that write, values nobody expects. Writes nothing; a finding is told
        as soon as it is known."""
        ...

    def close(self) -> None:
        """Give back sockets; the connector is of no use afterwards."""
        ...


class ConnectorPlugin(Protocol):
    """What the entry point ``crmbridge.connectors`` names."""

    @property
    def name(self) -> str:
        """The system's name; its settings stand in the section of that name."""
        ...

    @property
    def side(self) -> Side:
        """Which department's CRM it is."""
        ...

    @property
    def settings(self) -> type:
        """The pydantic model of the connector's settings section."""
        ...

    @property
    def asks(self) -> Mapping[str, tuple[str, ...]]:
        """Value of the setting ``flow`` → the settings without which nobody can log in that way, in
        the order in which they are asked for; the usual way first."""
        ...

    def connect(self, settings: object, fields: FieldNames) -> Connector:
        """A connector for validated ``settings`` that reads ``fields``; opens no connection
        yet. Raises ``ConfigError`` for an object or a field that the CRM cannot offer."""
        ...

    def setup_files(self, fields: FieldNames) -> Mapping[str, str]:
        """What ``provision`` makes as files for the vendor's own deployment tool: path → text, the
        same each time; none where there is no such tool. Asks nobody."""
        ...
