"""What the store holds about a person: every table is a part of it, or has a reason not to be.

Whoever adds a table enters it here; the export and the erasure of a person follow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Table, or_, select

from crmbridge.store import tables as t
from crmbridge.store.alert_tables import alerts, notices


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """Under what a person stands in the store.

    ``uids`` are ``uid`` and those of people who turned out to be the same. ``refs`` are the
    records that stand for them, and those that bear an address of theirs and
    stand for nobody; ``deals`` those in which they are the only contact, ``shared`` those in
    which there are others; ``addresses`` are normalised.
    """

    uid: str
    uids: frozenset[str]
    refs: frozenset[str]
    deals: frozenset[str]
    shared: frozenset[str]
    addresses: frozenset[str]

    @property
    def records(self) -> list[str]:
        """Every record that is about nobody else."""
        return sorted(self.refs | self.deals)


class Fate(StrEnum):
    """What becomes of a part when its person is erased."""

    GONE = "removed"
    ANONYMOUS = "kept for counting, without the person, to the day"
    STRUCK = "kept for the others in it, without the person"
    EMPTIED = "emptied; that the entries were made stays provable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One table's rows about a person, under a ``name`` in plain words. ``texts`` are columns of
    JSON. Of an anonymous part ``blank`` columns get these values and ``days`` lose their hour."""

    name: str
    table: Table
    about: Callable[[Traces], ColumnElement[bool]]
    fate: Fate = Fate.GONE
    texts: frozenset[str] = frozenset()
    blank: Mapping[str, Any] = field(default_factory=dict)
    days: tuple[str, ...] = ()

    @property
    def rows(self) -> Select[Any]:
        """Everything that is told of a row."""
        if self.table is t.journal:
            return select(
                t.journal.c.seq, t.journal.c.kind, t.journal.c.at, t.journal_values.c.payload
            ).outerjoin(t.journal_values, t.journal_values.c.seq == t.journal.c.seq)
        return select(self.table)


def _person(table: Table) -> Callable[[Traces], ColumnElement[bool]]:
    return lambda traces: table.c.uid.in_(sorted(traces.uids))


def _record(column: ColumnElement[Any]) -> Callable[[Traces], ColumnElement[bool]]:
    return lambda traces: column.in_(traces.records)


def _contact(column: ColumnElement[Any]) -> Callable[[Traces], ColumnElement[bool]]:
    return lambda traces: column.in_(sorted(traces.refs))


def _asked(traces: Traces) -> ColumnElement[bool]:
    """Asked about the person, or about a record of theirs that others claim, too."""
    kinds = [t.reviews.c.kind.endswith(f":{ref}", autoescape=True) for ref in sorted(traces.refs)]
    return or_(_person(t.reviews)(traces), *kinds)


def _shared(column: ColumnElement[Any]) -> Callable[[Traces], ColumnElement[bool]]:
    return lambda traces: column.in_(sorted(traces.shared))


PARTS: Final = (
    Part(
        name="Which records stand for the person",
        table=t.links,
        about=lambda traces: or_(
            t.links.c.uid == traces.uid, t.links.c.ref.in_(sorted(traces.refs))
        ),
    ),
    Part(
        name="Records and deals as the CRMs last showed them",
        table=t.records,
        about=_record(t.records.c.ref),
        texts=frozenset({"fields"}),
    ),
    Part(
        name="Deals that the person shares with others",
        table=t.records,
        about=_shared(t.records.c.ref),
        fate=Fate.STRUCK,
        texts=frozenset({"fields"}),
    ),
    Part(
        name="Deals in which the person stands",
        table=t.deal_contacts,
        about=lambda traces: or_(
            t.deal_contacts.c.contact.in_(sorted(traces.refs)),
            t.deal_contacts.c.deal.in_(sorted(traces.deals)),
        ),
    ),
    Part(
        name="What happened, as the CRMs told it",
        table=t.facts,
        about=_record(t.facts.c.ref),
        texts=frozenset({"detail"}),
    ),
    Part(
        name="Which of it decisions have taken in",
        table=t.folded,
        about=_person(t.folded),
    ),
    Part(
        name="The present state: stage, score and its parts, reasons, next look",
        table=t.persons,
        about=_person(t.persons),
        texts=frozenset({"reasons", "contributions", "standing"}),
    ),
    Part(
        name="What a rule book in shadow would say",
        table=t.shadows,
        about=_person(t.shadows),
        texts=frozenset({"standing"}),
    ),
    Part(
        name="Since when crmbridge acts for the person, where it went live step by step",
        table=t.scoped,
        about=_person(t.scoped),
    ),
    Part(
        name="What others at the company may know of the person",
        table=t.activities,
        about=_person(t.activities),
    ),
    Part(
        name="Stage history",
        table=t.moves,
        about=_person(t.moves),
        fate=Fate.ANONYMOUS,
        blank={"why": "", "cause": ""},
        days=("at",),
    ),
    Part(
        name="Promises of a first touch",
        table=t.sla_clocks,
        about=_person(t.sla_clocks),
        fate=Fate.ANONYMOUS,
        days=("started_at", "due", "first_touch_at"),
    ),
    Part(
        name="Objections that sales heard",
        table=t.objections,
        about=_person(t.objections),
        fate=Fate.ANONYMOUS,
        blank={"details": None},
        days=("at",),
    ),
    Part(
        name="Nurture lists on which HubSpot shows the person",
        table=t.list_members,
        about=_contact(t.list_members.c.contact),
    ),
    Part(
        name="Nurture lists on which crmbridge put the person",
        table=t.list_agreed,
        about=_contact(t.list_agreed.c.contact),
    ),
    Part(
        name="Tasks for people about the person",
        table=t.issued_tasks,
        about=_person(t.issued_tasks),
    ),
    Part(
        name="Questions for people to look at",
        table=t.reviews,
        about=_asked,
    ),
    Part(
        name="Writes that wait, were made or were refused",
        table=t.outbox,
        about=_person(t.outbox),
        texts=frozenset({"operation"}),
    ),
    Part(
        name="Writes that were put off for want of calls",
        table=t.shed,
        about=_person(t.shed),
        texts=frozenset({"operation"}),
    ),
    Part(
        name="What the person was before each decision",
        table=t.rewinds,
        about=_person(t.rewinds),
        texts=frozenset({"person", "folded"}),
    ),
    Part(
        name="Records that were made and taken back",
        table=t.withdrawn,
        about=_record(t.withdrawn.c.ref),
    ),
    Part(
        name="Records of which it is asked whose they are",
        table=t.claims,
        about=lambda traces: or_(_person(t.claims)(traces), _record(t.claims.c.ref)(traces)),
    ),
    Part(
        name="Who gave fields their values when",
        table=t.edits,
        about=_record(t.edits.c.ref),
        texts=frozenset({"value"}),
    ),
    Part(
        name="How often fields were put right",
        table=t.flips,
        about=_person(t.flips),
    ),
    Part(
        name="Values that the CRMs last acknowledged",
        table=t.bases,
        about=_record(t.bases.c.ref),
        texts=frozenset({"fields"}),
    ),
    Part(
        name="Records that await a decision",
        table=t.inbox,
        about=_record(t.inbox.c.ref),
    ),
    Part(
        name="Records that are to be read again",
        table=t.doubts,
        about=_record(t.doubts.c.ref),
    ),
    Part(
        name="Journal",
        table=t.journal,
        about=_person(t.journal),
        fate=Fate.EMPTIED,
        texts=frozenset({"payload"}),
    ),
)
"""Everything about a person, in the order in which it is told."""

WITHOUT_PEOPLE: Final[Mapping[Table, str]] = {
    t.meta: "the store's own notes: versions, positions, the last comparison in numbers",
    t.accounts: "to which portal and org the store belongs",
    t.checkpoints: "how far the CRMs were read",
    t.owners: "users and queues of the CRMs, who work there and are nobody's leads",
    t.lists: "which list bears which name",
    t.allowances: "how many calls each CRM allows and were made",
    t.outages: "which CRM does not answer, and why",
    alerts: "what is wrong with the bridge itself, without people",
    notices: "messages about that for at most a day; who breached is looked up when one is sent",
    t.mapped_fields: "since when which field is kept equal in both CRMs",
    t.leases: "which process runs cycles",
    t.pauses: "what an operator told to write nothing, with the operator's name",
    t.effects: "how many were written about",
    t.cycles: "what cycles cost, in numbers",
    t.journal_values: "told and emptied with the journal, entry by entry",
    t.erasures: "who was erased, by crmbridge's own id: what is left after an erasure",
    t.erased_records: "references of erased people, so that they are not taken up again",
    t.erased_addresses: "salted digests of erased people's addresses, for the same reason",
}
"""Every other table, and why nothing in it is a person's own."""
