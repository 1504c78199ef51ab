"""Try a rule book on people from a file: one line of JSON in, one line with the decision out.

A line is a case without polls: ``person``, ``team`` and ``happens`` as in ``cases/*.yaml``,
and an ``id`` of your own, which comes back. Facts count from the later of ``at`` and
``observed_at``; without ``observed_at`` they were seen when they happened. Nothing of one
person is kept for the next, so that files of any length need the same memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

from pydantic import Field, ValidationError

from crmbridge.core.decide import decide
from crmbridge.core.decision import Decision, Move
from crmbridge.core.operations import Operation
from crmbridge.core.rules import Rules
from crmbridge.errors import RuleBookError
from crmbridge.rulebook.cases.outcome import outcome
from crmbridge.rulebook.cases.schema import HappeningSection, Instant, MemberSection, PersonSection
from crmbridge.rulebook.cases.world import CaseWorld
from crmbridge.rulebook.refusing import describe
from crmbridge.rulebook.schema_values import Section, Text

_RECORDS = frozenset(
    {"owned", "edited", "listed", "unlisted", "converted", "deleted", "appeared", "merged"}
)
"""What changes a record that a decision reads: the bridge is made to look right then."""


_SEEN_AT_ONCE = frozenset({"estimated_value", "deal_registration"})
"""What counts from when it is first seen: the bridge looks as soon as it knows the person."""


class Trial(Section):
    """One person to try."""

    id: Text
    person: PersonSection
    team: dict[Text, MemberSection] = Field(default_factory=dict)
    happens: tuple[HappeningSection, ...] = ()
    go_live: Instant = datetime(2020, 1, 1, tzinfo=UTC)


def try_lines(
    rules: Rules, lines: Iterable[str], now: datetime, path: str
) -> Iterator[dict[str, object]]:
    """The decision about each person at ``now``, in the order of the lines.

    Raises ``RuleBookError`` with ``path`` and line for one that is no person; blank lines are
    passed over.
    """
    for number, trial in read_trials(lines, path):
        try:
            yield try_one(rules, trial, now)
        except LookupError as error:
            raise RuleBookError(str(error.args[0]), path=path, line=number) from error


def read_trials(lines: Iterable[str], path: str) -> Iterator[tuple[int, Trial]]:
    """Each person with the number of their line; raises like ``try_lines``."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield number, _read(line, path, number)


def _read(line: str, path: str, number: int) -> Trial:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        message = f"this line is no JSON object: {type(error).__name__}"
        raise RuleBookError(message, path=path, line=number) from error
    try:
        return Trial.model_validate(data)
    except ValidationError as error:
        raise RuleBookError(describe(error, Trial), path=path, line=number) from error


def try_one(rules: Rules, trial: Trial, now: datetime) -> dict[str, object]:
    """The decision about one person at ``now``, in the words of case files.

    The bridge is made to look whenever a record changed, and at ``now``; facts alone are
    folded in one look. What is on the person's record was there from ``since`` on, without it
    from the first thing that is known to have happened. Raises ``LookupError`` where something
    happens to nobody.
    """
    known = [item for item in enumerate(trial.happens) if item[1].known_at <= now]
    known.sort(key=lambda item: (item[1].known_at, item[1].at, item[0]))
    world = CaseWorld(
        trial.person,
        trial.team,
        min([now, *(happening.at for _, happening in known)]),
        go_live=trial.go_live,
        rules=rules,
        lenient=True,
    )
    looks = {h.known_at for _, h in known if h.what in _RECORDS} | {now}
    if trial.person.model_fields_set & _SEEN_AT_ONCE:
        looks.add(trial.person.since or min([now, *(happening.known_at for _, happening in known)]))
    moves: list[Move] = []
    tasks: list[Operation] = []
    waiting = list(known)
    for look in sorted(looks):
        while waiting and waiting[0][1].known_at <= look:
            number, happening = waiting.pop(0)
            world.take(happening, number, happening.known_at)
        decision = decide(world.view(look), rules, look)
        moves += decision.moves
        world.accept(decision, look)
        tasks += world.issued_now
    return {"id": trial.id, **_described(decision, world, moves, tasks)}


def _described(
    decision: Decision, world: CaseWorld, moves: list[Move], tasks: list[Operation]
) -> dict[str, object]:
    found = outcome(decision, world.lists, tasks)
    del found["conflicts"], found["writes"]
    score = decision.score
    found |= {
        "moves": [
            {
                "at": move.at,
                "from": move.before,
                "to": move.after,
                "cycle": move.cycle,
                "inferred": move.inferred,
                "why": move.why,
            }
            for move in moves
        ],
        "contributions": [
            {
                "part": part.part,
                "criterion": part.criterion,
                "points": round(part.points, 4),
                "evidence": part.evidence,
            }
            for part in (score.contributions if score else ())
        ],
        "tasks": [
            {
                "key": operation.values["task_key"],
                "to": operation.values["owner_id"],
                "side": operation.side,
                "subject": operation.values["subject"],
                "due": operation.values["due"],
            }
            for operation in tasks
        ],
        "conflicts": [
            {"side": c.side, "field": c.field, "theirs": c.theirs, "ours": c.ours}
            for c in decision.conflicts
        ],
        "reasons": list(decision.reasons),
        "rulebook_version": decision.rulebook_version,
    }
    return found


def to_json(found: dict[str, object]) -> str:
    """One line; instants in UTC with a Z."""
    return json.dumps(found, default=_plain, ensure_ascii=False)


def _plain(value: Any) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return str(value)
