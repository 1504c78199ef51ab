"""What both CRMs show of the compared populations: read whole, then corrected record by record."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from crmbridge.core import fields as f
from crmbridge.core.model import PERSON_TYPES, ObjectType, Record, Ref, Side
from crmbridge.core.reconciling import COMPARED
from crmbridge.engine.polling import BEGINNING
from crmbridge.ports import Connector

_LISTS: Final = "lists"
"""The stream in which a CRM shows the complete members of its lists, if it has any."""

_READ_AT_ONCE: Final = 700
"""Records fetched together; one call of Salesforce by id, and memory stays flat."""


@dataclass(slots=True, kw_only=True)
class Sight:
    """``stages``: record → the compared stage that it shows. ``members``: list → contacts.
    ``hidden``: system → types whose stage cannot be seen. ``records`` were read one by one."""

    stages: dict[Ref, str] = field(default_factory=dict)
    members: dict[str, frozenset[Ref]] = field(default_factory=dict)
    hidden: dict[str, frozenset[ObjectType]] = field(default_factory=dict)
    records: dict[Ref, Record] = field(default_factory=dict)

    def shown(self, population: str) -> Iterable[Ref]:
        """The records that show a stage, or are on a list."""
        if population not in COMPARED:
            return self.members.get(population, frozenset())
        return (ref for ref, stage in self.stages.items() if stage == population)

    def take(self, record: Record) -> None:
        """Believe a record that was read itself more than an index."""
        if record.ref.object_type not in PERSON_TYPES:
            return
        self.records[record.ref] = record
        self.stages.pop(record.ref, None)
        stage = record.fields.get(f.STAGE)
        if is_countable(record) and isinstance(stage, str) and stage in COMPARED:
            self.stages[record.ref] = stage


def is_countable(record: Record) -> bool:
    """Whether a record can show what is true: one that lives and was not converted."""
    gone = record.deleted or record.merged_into is not None
    return not gone and not record.fields.get(f.CONVERTED)


def look(connectors: Mapping[Side, Connector]) -> Sight:
    """Read every population of both CRMs; the calls follow the number of their people."""
    sight = Sight()
    for connector in connectors.values():
        found = connector.population(COMPARED)
        sight.stages.update(found.shown)
        sight.hidden[connector.name] = found.hidden
        if has_lists(connector):
            sight.members.update(members(connector))
    return sight


def look_closer(sight: Sight, connector: Connector, refs: Collection[Ref], *, lists: bool) -> None:
    """Read these records of one CRM themselves, and its lists once more with ``lists``."""
    ordered = sorted(refs)
    for start in range(0, len(ordered), _READ_AT_ONCE):
        for record in connector.fetch(ordered[start : start + _READ_AT_ONCE]).records:
            sight.take(record)
    if lists and has_lists(connector):
        sight.members = dict(members(connector))


def has_lists(connector: Connector) -> bool:
    """Whether this CRM has lists of people."""
    return any(stream.name == _LISTS for stream in connector.streams)


def members(connector: Connector) -> Iterator[tuple[str, frozenset[Ref]]]:
    """List → the contacts on it now."""
    for page in connector.poll(_LISTS, connector.start(_LISTS, BEGINNING)):
        for record in page.records:
            name, ids = record.fields.get(f.NAME), record.fields.get(f.MEMBERS)
            if isinstance(name, str) and isinstance(ids, tuple):
                yield (
                    name,
                    frozenset(
                        Ref(system=connector.name, object_type=ObjectType.CONTACT, id=identity)
                        for identity in ids
                    ),
                )
