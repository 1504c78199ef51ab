"""Two versions of the rule book: what changed in the text, and for whom it matters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crmbridge.core.model import Stage
from crmbridge.core.rules import Rules
from crmbridge.rulebook.loading import Book
from crmbridge.rulebook.trying import read_trials, try_one


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One setting that differs; ``None`` where a version does not have it."""

    place: str
    before: object
    after: object

    def __str__(self) -> str:
        return f"{self.place}: {_shown(self.before)} -> {_shown(self.after)}"


def text_changes(before: Book, after: Book) -> list[Change]:
    """Every setting that differs, approvals apart, by its place in the files."""
    old, new = _flat(before), _flat(after)
    return [
        Change(place=place, before=old.get(place), after=new.get(place))
        for place in sorted(old.keys() | new.keys())
        if old.get(place) != new.get(place)
    ]


def _flat(book: Book) -> dict[str, object]:
    data = book.sections.model_dump(mode="json", by_alias=True, exclude={"standard": {"approvals"}})
    return dict(_leaves(data, ""))


def _leaves(data: Any, place: str) -> Iterator[tuple[str, object]]:
    if isinstance(data, dict) and data:
        for key, value in data.items():
            yield from _leaves(value, f"{place}.{key}" if place else str(key))
    elif isinstance(data, list) and any(isinstance(item, dict) for item in data):
        for number, item in enumerate(data, start=1):
            yield from _leaves(item, f"{place}.{number}")
    else:
        yield place, data


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    return ", ".join(map(str, value)) or "nothing" if isinstance(value, list) else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one version says about one person."""

    stage: Stage
    due: datetime | None
    list_name: str | None


_QUALIFIED = frozenset({Stage.MQL, Stage.ACTIVATION, Stage.QUALIFICATION})


@dataclass(slots=True, kw_only=True)
class Effect:
    """What changes for people; ``by_source`` and ``by_rep`` count (entering, leaving)."""

    people: int = 0
    entering: list[str] = field(default_factory=list)
    leaving: list[str] = field(default_factory=list)
    due_moves: list[tuple[str, datetime | None, datetime | None]] = field(default_factory=list)
    list_moves: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    by_source: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_rep: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, name: str, before: Verdict, after: Verdict, *, source: str, rep: str) -> None:
        """Count one person; ``name`` is how to find them again."""
        self.people += 1
        was, becomes = before.stage in _QUALIFIED, after.stage in _QUALIFIED
        if was != becomes:
            what = "entering" if becomes else "leaving"
            (self.entering if becomes else self.leaving).append(name)
            self.by_source[(source or "unknown source", what)] += 1
            self.by_rep[(rep or "nobody", what)] += 1
        if before.due != after.due:
            self.due_moves.append((name, before.due, after.due))
        if before.list_name != after.list_name:
            self.list_moves.append((name, before.list_name, after.list_name))


def effect_on(
    people: Iterable[tuple[str, Verdict, Verdict, str, str]],
) -> Effect:
    """The effect over people given as (name, before, after, source, rep)."""
    effect = Effect()
    for name, before, after, source, rep in people:
        effect.add(name, before, after, source=source, rep=rep)
    return effect


def verdicts_in_file(
    before: Rules, after: Rules, lines: Iterable[str], now: datetime, path: str
) -> Iterator[tuple[str, Verdict, Verdict, str, str]]:
    """What both versions say about each person of a file for ``rules try``, by their ids."""
    for _, trial in read_trials(lines, path):
        found = [verdict_of(try_one(rules, trial, now)) for rules in (before, after)]
        person = trial.person
        yield trial.id, found[0], found[1], person.lead_source or "", person.owner or ""


def verdict_of(found: Mapping[str, object]) -> Verdict:
    """The verdict in an outcome of ``rules try``."""
    due, name = found["due"], found["list"]
    return Verdict(
        stage=Stage(str(found["stage"])),
        due=due if isinstance(due, datetime) else None,
        list_name=str(name) if name else None,
    )


def report(effect: Effect) -> Iterator[str]:
    """The effect in plain lines, people by their names."""
    yield (
        f"Of {effect.people} people {len(effect.entering)} would become MQL, "
        f"{len(effect.leaving)} would not be MQL any more, {len(effect.due_moves)} due dates and "
        f"{len(effect.list_moves)} list places would move."
    )
    for title, names in (("entering", effect.entering), ("leaving", effect.leaving)):
        for name in names:
            yield f"  {title}: {name}"
    for name, old, new in effect.due_moves:
        yield f"  due of {name}: {_instant(old)} -> {_instant(new)}"
    for name, before, after in effect.list_moves:
        yield f"  list of {name}: {before or 'none'} -> {after or 'none'}"
    for title, counts in (("source", effect.by_source), ("rep", effect.by_rep)):
        for (name, what), count in sorted(counts.items()):
            yield f"  {title} {name}: {count} {what}"


def _instant(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z" if at else "none"
