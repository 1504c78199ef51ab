"""What the store knows about a difference, beside what the CRMs show."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from crmbridge.core import fields as f
from crmbridge.core.identity import canonical
from crmbridge.core.model import ListState, Record, Ref, Side, Value
from crmbridge.core.reconciling import COMPARED, Case, Write
from crmbridge.core.standing import Standing
from crmbridge.engine.sighting import Sight, is_countable
from crmbridge.store import Transaction


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Question:
    """Does this CRM show this person rightly in a population? ``uid`` is empty for a record of
    nobody known, ``key`` is then the record; ``refs`` are the person's records in that CRM."""

    population: str
    side: Side
    system: str
    key: str
    uid: str
    belongs: bool
    refs: tuple[Ref, ...]

    @property
    def is_list(self) -> bool:
        """Whether the population is a nurture list."""
        return self.population not in COMPARED


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store says about a question: enough for a first answer, and the rest where it was
    asked for in full."""

    records: Mapping[Ref, Record]
    writes: tuple[Write, ...]
    standing: Standing | None = None
    bases: Mapping[Ref, Mapping[str, Value]] = field(default_factory=dict)
    lists: Mapping[Ref, ListState] = field(default_factory=dict)
    paused: str = ""
    undecided: bool = False
    claimed: bool = False


def know(tx: Transaction, questions: Collection[Question]) -> dict[Question, Known]:
    """What is enough for a first answer, asked for everybody at once."""
    writes = tx.unsettled({each.uid for each in questions if each.uid})
    withheld = {
        uid: {one.side: one.by for one in found if one.field == f.STAGE}
        for uid, found in tx.withheld({each.uid for each in questions if each.uid}).items()
    }
    records = {each.ref: each for each in tx.records(ref for ask in questions for ref in ask.refs)}
    return {
        each: Known(
            records={ref: records[ref] for ref in each.refs if ref in records},
            writes=tuple(writes.get(each.uid, ())),
            paused="" if each.is_list else withheld.get(each.uid, {}).get(each.side, ""),
        )
        for each in questions
    }


def know_well(tx: Transaction, questions: Collection[Question]) -> dict[Question, Known]:
    """Everything that may explain a difference."""
    refs = {ref for each in questions for ref in each.refs}
    undecided, claimed = tx.undecided(refs), tx.claimed_among(refs)
    standings = tx.standings({each.uid for each in questions if each.uid})
    bases = tx.bases(refs)
    lists = tx.list_states({ref for each in questions if each.is_list for ref in each.refs})
    return {
        question: replace(
            known,
            standing=standings.get(question.uid),
            bases={ref: bases.get(ref, {}) for ref in question.refs},
            lists={ref: lists.get(ref, ListState()) for ref in question.refs if question.is_list},
            undecided=not undecided.isdisjoint(question.refs),
            claimed=not question.uid and not claimed.isdisjoint(question.refs),
        )
        for question, known in know(tx, questions).items()
    }


def case_of(
    question: Question, known: Known, sight: Sight, shown: Collection[Ref], shadow: str
) -> Case:
    """The question with its evidence; ``shown`` are the records that show the population."""
    records = {
        **known.records,
        **{ref: sight.records[ref] for ref in question.refs if ref in sight.records},
    }
    living = canonical([each for each in records.values() if is_countable(each)])
    record = living[0].ref if living else None
    return Case(
        population=question.population,
        uid=question.uid,
        side=question.side,
        system=question.system,
        belongs=question.belongs,
        shown=tuple(sorted(shown)),
        record=record,
        gone=tuple(
            sorted(ref for ref, each in records.items() if each.deleted or each.merged_into)
        ),
        writes=known.writes,
        paused=known.paused,
        shadow=shadow,
        hidden=_why_hidden(question, sight, record),
        claimed=known.claimed,
        adopted=question.is_list and known.standing is not None and not known.standing.armed,
        edited=record is not None and _is_edited(question, known, sight, record),
    )


def late_readings(question: Question, known: Known, sight: Sight) -> dict[Ref, datetime | None]:
    """Records of which the store knows something else than the CRM shows → since when it is so;
    ``None`` where it cannot have been missed, because lists are read whole."""
    late: dict[Ref, datetime | None] = {}
    for ref in question.refs:
        theirs = sight.records.get(ref)
        if theirs is not None and not _agree(known.records.get(ref), theirs):
            late[ref] = theirs.modified_at
        elif question.is_list:
            on_list = ref in sight.members.get(question.population, ())
            if on_list != (question.population in known.lists[ref].members):
                late[ref] = None
    return late


def _agree(ours: Record | None, theirs: Record) -> bool:
    """Whether the store knows of a record what decides about differences."""
    return ours is not None and _told(ours) == _told(theirs)


def _told(record: Record) -> tuple[object, ...]:
    return record.deleted, record.merged_into, record.fields.get(f.STAGE)


def _is_edited(question: Question, known: Known, sight: Sight, record: Ref) -> bool:
    """Whether the CRM holds something else than it last acknowledged to us."""
    if question.is_list:
        agreed = known.lists[record].agreed if record in known.lists else frozenset()
        on_list = record in sight.members.get(question.population, ())
        return on_list != (question.population in agreed)
    base, theirs = known.bases.get(record, {}), sight.records.get(record)
    return theirs is not None and f.STAGE in base and theirs.fields.get(f.STAGE) != base[f.STAGE]


def _why_hidden(question: Question, sight: Sight, record: Ref | None) -> str:
    """Why it cannot be seen what a record shows; empty where it can."""
    if question.is_list:
        if question.population in sight.members:
            return ""
        return f"{question.system} has no list {question.population}: run `crmbridge setup apply`"
    if record is None or record.object_type not in sight.hidden[question.system]:
        return ""
    return (
        f"the stage of a {record.object_type} cannot be seen in {question.system}: run "
        "`crmbridge setup apply`, and give the integration user access to the field"
    )
