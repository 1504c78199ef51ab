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
    before: str | None
    after: str | None

    def __str__(self) -> str:
        if self.before is None:
            return f"{self.place}: + {self.after}"
        if self.after is None:
            return f"{self.place}: - {self.before}"
        return f"{self.place}: {self.before} -> {self.after}"


def text_changes(before: Book, after: Book) -> list[Change]:
    """Every setting that differs, approvals apart, by its place in the files.

    Entries of a list are compared as wholes: one that is put in moves no other. A list whose
    entries only changed places, which matters where the first that fits decides, says so.
    """
    old, new = (
        book.sections.model_dump(
            mode="json", by_alias=True, exclude_none=True, exclude={"standard": {"approvals"}}
        )
        for book in (before, after)
    )
    return list(_changes(old, new, ""))


def _changes(old: Any, new: Any, place: str) -> Iterator[Change]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            inside = f"{place}.{key}" if place else str(key)
            yield from _changes(old.get(key), new.get(key), inside)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _entries(old, new, place)
    else:
        shown = [None if value is None else _shown(value) for value in (old, new)]
        yield Change(place=place, before=shown[0], after=shown[1])


def _entries(old: list[Any], new: list[Any], place: str) -> Iterator[Change]:
    was, becomes = [_shown(item) for item in old], [_shown(item) for item in new]
    gone, come = Counter(was) - Counter(becomes), Counter(becomes) - Counter(was)
    for item in gone:
        yield Change(place=place, before=item, after=None)
    for item in come:
        yield Change(place=place, before=None, after=item)
    if not gone and not come:
        yield Change(place=place, before="the same entries", after="in another order")


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_shown(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_shown(part) for part in value) + "]"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).lower() if isinstance(value, bool) else str(value)


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
