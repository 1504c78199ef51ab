"""Everything that is decided in a case, as lines of text: what golden files hold.

Run as a program it writes them anew: `python tests/support/ledger.py`. Read the difference
before committing it; every line of it is a changed decision.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path

from crmbridge.core.decide import decide
from crmbridge.core.decision import Decision
from crmbridge.core.operations import Operation
from crmbridge.core.rules import Rules
from crmbridge.core.sla_rules import Tier
from crmbridge.rulebook import load
from crmbridge.rulebook.cases.running import read_story, world_of
from crmbridge.rulebook.cases.schema import CaseSection, StoryFile
from crmbridge.rulebook.locating import packaged

GOLDEN = Path(__file__).parents[1] / "golden" / "cases"


def ledger(rules: Rules, path: Path) -> str:
    """The decisions of every case of a file, in order."""
    story = read_story(path)
    return "\n".join(line for case in story.cases for line in _case(rules, story, case)) + "\n"


def _case(rules: Rules, story: StoryFile, case: CaseSection) -> Iterator[str]:
    yield f"== {case.name}"
    world = world_of(rules, story, case)
    waiting = sorted(enumerate(case.happens), key=lambda item: item[1].at)
    before: dict[str, str] = {}
    known: tuple[str, ...] = ()
    for poll in case.polls:
        for number, happening in list(waiting):
            if happening.known_at <= poll.at:
                waiting.remove((number, happening))
                world.take(happening, number, poll.at)
        decision = decide(world.view(poll.at), rules, poll.at)
        list(world.accept(decision, poll.at))
        yield f"-- {_plain(poll.at)}"
        after = dict(_flat("", decision.standing))
        yield from _decided(decision, known)
        known = decision.reasons
        for name in sorted({*before, *after}):
            if before.get(name) != after.get(name) and name != "decided_at":
                yield f"   {name}: {after.get(name, 'gone')}"
        before = after


def _decided(decision: Decision, known: tuple[str, ...]) -> Iterator[str]:
    for number, reason in enumerate(decision.reasons, start=1):
        if reason not in known[number - 1 : number]:
            yield f"   #{number} {reason}"
    said = {reason: f"#{number}" for number, reason in enumerate(decision.reasons, start=1)}
    for move in decision.moves:
        inferred = " inferred" if move.inferred else ""
        yield (
            f"   move {move.before} → {move.after} at {_plain(move.at)} in cycle {move.cycle}: "
            f"{move.why} [{move.cause}]{inferred}"
        )
    for told in (*decision.conflicts, *decision.objections):
        yield f"   {type(told).__name__.lower()} " + ", ".join(
            f"{name}={value}" for name, value in _flat("", told)
        )
    active = decision.activity
    if active is not None:
        span = f"{_plain(active.active_from)} to {_plain(active.active_until)}"
        yield f"   active at {active.domain} with fit {active.fit:g} from {span}"
    if decision.nurture.list_name:
        yield f"   list {decision.nurture.list_name}: {said.get(decision.nurture.why, '?')}"
    if decision.score is not None:
        parts = ", ".join(
            f"{part.part}.{part.criterion}={_plain(part.points)} by {part.evidence}"
            for part in decision.score.contributions
        )
        yield f"   score {parts}"
    if decision.flags:
        yield f"   flags {sorted(decision.flags)}"
    for operation in decision.operations:
        yield from _operation(operation, said)
    yield f"   next review {_plain(decision.next_review_at)}"


def _operation(operation: Operation, said: dict[str, str]) -> Iterator[str]:
    target = operation.target or f"new {operation.object_type}"
    about = [operation.list_name, operation.assignment, operation.assignment_rule_id]
    more = "".join(f" {_plain(each)}" for each in about if each)
    relying = f" if {', '.join(sorted(operation.expected))} stand" if operation.expected else ""
    why = said.get(operation.reason, operation.reason)
    yield f"   {operation.lane}: {operation.kind} {operation.side} {target}{more}{relying}: {why}"
    by_reason: dict[str, list[str]] = {}
    for change in operation.changes:
        after = _plain(change.after)
        because = said.get(change.reason, change.reason)
        by_reason.setdefault(because, []).append(f"{change.field}={said.get(after, after)}")
    for because, changes in by_reason.items():
        yield f"      {because}: {', '.join(changes)}"


def _flat(path: str, value: object) -> Iterator[tuple[str, str]]:
    """Every leaf with its path; empty and default parts are left out."""
    if isinstance(value, Tier):
        yield path, value.name
    elif is_dataclass(value):
        for each in fields(value):
            yield from _flat(f"{path}.{each.name}".lstrip("."), getattr(value, each.name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(f"{path}[{_plain(key)}]", item)
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield from _flat(f"{path}[{number}]", item)
    elif value is not None and value != "":
        yield path, _plain(value)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ").replace("+00:00", "Z")
    if isinstance(value, Enum):
        return str(value.value)
    return f"{value:.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def case_files() -> list[Path]:
    """The packaged cases."""
    return sorted((packaged() / "cases").glob("*.yaml"))


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    book = load(packaged())
    for file in case_files():
        (GOLDEN / f"{file.stem}.txt").write_text(ledger(book, file), encoding="utf-8")
