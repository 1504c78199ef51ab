"""The proof that both CRMs show what was decided: every population, person by person.

First everything is compared as the CRMs' indexes show it. What differs, and nothing that waits in
the outbox explains, is then read record by record, so that neither a lagging index nor a daemon
that is at work meanwhile makes a difference. Nothing is written into a CRM. What polling missed is
noted, and the next cycle reads it again and decides anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.core.model import Ref, Side, Stage
from crmbridge.core.reconciling import (
    COMPARED,
    TOLD_BY_THE_STORE,
    Case,
    Cause,
    Difference,
    Reconciliation,
    Tally,
    explain,
    list_of,
    may_come,
    tally,
)
from crmbridge.core.rules import Rules
from crmbridge.engine.evidence import Question, case_of, know, know_well, late_readings
from crmbridge.engine.sighting import Sight, has_lists, look, look_closer
from crmbridge.ports import Connector
from crmbridge.store import Store, Transaction

_log = structlog.get_logger(__name__)

_Shown = dict[tuple[str, str], dict[str, set[Ref]]]
"""Population and system → whom it shows, by which records."""


@dataclass(slots=True, kw_only=True)
class _People:
    """Who belongs to which population, and whose records are whose: a record of nobody known is
    a stranger, whose key is its reference. Of ``erased`` people nothing is compared."""

    belonging: dict[str, set[str]]
    linked: dict[Ref, str]
    records: dict[str, list[Ref]]
    strangers: dict[str, Ref]
    erased: frozenset[Ref]

    def of(self, key: str, system: str) -> tuple[Ref, ...]:
        """The person's records in a CRM."""
        if key in self.strangers:
            return (self.strangers[key],)
        return tuple(ref for ref in self.records.get(key, ()) if ref.system == system)


class Reconciler:
    """Compares who is MQL, who is RECYCLED and who is on which nurture list."""

    def __init__(self, store: Store, connectors: Mapping[Side, Connector], rules: Rules) -> None:
        self._store = store
        self._connectors = connectors
        self._rules = rules
        tracks = {track.list_name for track in rules.recycling.tracks.values()}
        self._populations = (*COMPARED, *sorted(tracks))

    def run(self, now: datetime, shadow: str = "", operator: str = "") -> Reconciliation:
        """Compare, explain, and have read again what was missed; ``shadow`` is why the rule book
        is not in force, ``operator`` who asked for it, if so. Raises the connector's error where a
        CRM cannot be read."""
        sight = look(self._connectors)
        with self._store.read() as tx:
            people = self._meet(tx, sight)
            shown = self._shown(people, sight)
            questions = self._questions(people, shown)
            known = know(tx, questions)
        differences: dict[Question, Difference] = {}
        doubtful: list[Question] = []
        for each in questions:
            case = case_of(each, known[each], sight, _refs(shown, each), shadow)
            difference = explain(case)
            if difference is None:
                continue
            if difference.cause in TOLD_BY_THE_STORE or shadow:
                differences[each] = difference
            else:
                doubtful.append(each)
        missed: set[Ref] = set()
        for each, case, refs in self._confirm(people, sight, doubtful):
            difference = explain(case)
            if difference is not None:
                differences[each] = difference
                missed |= refs
                if difference.cause is Cause.DRIFT:
                    missed |= set(difference.records)
        shown = self._shown(people, sight)
        found = self._count(people, shown, [differences[each] for each in sorted(differences)], now)
        self._note(found, missed, operator)
        return found

    def _meet(self, tx: Transaction, sight: Sight) -> _People:
        """Everybody who belongs to a population or is shown in one."""
        belonging: dict[str, set[str]] = {name: set() for name in self._populations}
        for uid, standing in tx.people_in([Stage(stage) for stage in COMPARED]):
            belonging[standing.stage.value].add(uid)
            name = list_of(standing, self._rules)
            if name is not None:
                belonging[name].add(uid)
        shown = {ref for name in belonging for ref in sight.shown(name)}
        erased = tx.erased_among(shown)
        shown -= erased
        linked = tx.people_behind(shown)
        uids = set(linked.values()).union(*belonging.values())
        records = tx.records_behind(sorted(uids))
        # A record that an index does not show yet is known by this when it was read itself.
        linked |= {ref: uid for uid, refs in records.items() for ref in refs}
        return _People(
            belonging=belonging,
            linked=linked,
            records=records,
            strangers={str(ref): ref for ref in shown - linked.keys()},
            erased=erased,
        )

    def _places(self) -> Iterator[tuple[str, Side, str]]:
        """Every population with every CRM that shows it: stages both, lists one."""
        for population in self._populations:
            for side, connector in self._connectors.items():
                if population in COMPARED or has_lists(connector):
                    yield population, side, connector.name

    def _shown(self, people: _People, sight: Sight) -> _Shown:
        found: _Shown = {(population, system): {} for population, _, system in self._places()}
        for population in self._populations:
            for ref in sight.shown(population):
                if ref in people.erased:
                    continue
                key = people.linked.get(ref, str(ref))
                found[population, ref.system].setdefault(key, set()).add(ref)
        return found

    def _questions(self, people: _People, shown: _Shown) -> list[Question]:
        """Everybody of whom it is not plain that they are shown rightly."""
        found: list[Question] = []
        for population, side, system in self._places():
            belonging, there = people.belonging[population], shown[population, system]
            for key in belonging | there.keys():
                own = people.of(key, system)
                if key in belonging and len(own) == 1 and there.get(key) == set(own):
                    continue
                found.append(
                    Question(
                        population=population,
                        side=side,
                        system=system,
                        key=key,
                        uid="" if key in people.strangers else key,
                        belongs=key in belonging,
                        refs=own,
                    )
                )
        return sorted(found)

    def _confirm(
        self, people: _People, sight: Sight, questions: Collection[Question]
    ) -> Iterable[tuple[Question, Case, set[Ref]]]:
        """The questions again, from records read one by one; with the records of which polling
        missed what they show."""
        if not questions:
            return
        with self._store.read() as tx:
            before = know_well(tx, questions)
        for side, connector in self._connectors.items():
            own = [each for each in questions if each.side is side]
            refs = {ref for each in own for ref in each.refs}
            look_closer(sight, connector, refs, lists=any(each.is_list for each in own))
        with self._store.read() as tx:
            after = know_well(tx, questions)
            read_until = {each.name: _read_until(tx, each) for each in self._connectors.values()}
        shown = self._shown(people, sight)
        for each in questions:
            known, until = after[each], read_until[each.system]
            late = late_readings(each, known, sight)
            # A daemon may have been at work on the person while the CRMs were read.
            worked_on = before[each] != known
            missed = {
                ref
                for ref, at in late.items()
                if at is not None and not worked_on and not may_come(at, until)
            }
            awaited = known.undecided or worked_on or bool(late)
            case = case_of(each, known, sight, _refs(shown, each), "")
            yield each, replace(case, awaited=awaited and not missed), missed

    def _count(
        self, people: _People, shown: _Shown, differences: list[Difference], now: datetime
    ) -> Reconciliation:
        tallies = [
            tally(
                population,
                belonging,
                {s: there.keys() for (name, s), there in shown.items() if name == population},
                differences,
            )
            for population, belonging in people.belonging.items()
        ]
        return Reconciliation(at=now, tallies=tuple(tallies), differences=tuple(differences))

    def _note(self, found: Reconciliation, missed: set[Ref], operator: str) -> None:
        """Keep the numbers, write one entry into the journal, have the missed read again."""
        payload: dict[str, object] = {
            "populations": {each.population: _plain(each) for each in found.tallies},
            "read_again": len(missed),
        }
        if operator:
            payload["by"] = operator
        with self._store.transaction() as tx:
            tx.doubt(missed)
            tx.keep_reconciliation(found)
            entry = JournalEntry(kind=JournalKind.RECONCILED, uid="", at=found.at, payload=payload)
            tx.write_journal(entry)
        level = _log.warning if found.needs_somebody else _log.info
        level(
            "reconciled",
            differences=len(found.differences),
            causes={cause.value: found.count(cause) for cause in Cause if found.count(cause)},
            read_again=len(missed),
        )


def _refs(shown: _Shown, question: Question) -> set[Ref]:
    return shown[question.population, question.system].get(question.key, set())


def _read_until(tx: Transaction, connector: Connector) -> datetime | None:
    """Up to when everything that every cycle reads was read."""
    positions = [
        tx.checkpoint(connector.name, stream.name) for stream in connector.streams if stream.hot
    ]
    return min((each.watermark for each in positions if each is not None), default=None)


def _plain(each: Tally) -> dict[str, object]:
    return {
        "belong": each.belong,
        "shown": dict(each.shown),
        "in_all": each.in_all,
        "differences": dict(each.causes),
    }
