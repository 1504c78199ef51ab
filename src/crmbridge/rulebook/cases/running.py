"""Play every case of a directory through ``decide`` and say what came out otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from crmbridge.core.decide import decide
from crmbridge.core.operations import OperationKind
from crmbridge.core.rules import Rules
from crmbridge.errors import RuleBookError
from crmbridge.rulebook.cases.comparing import differences
from crmbridge.rulebook.cases.schema import CaseSection, PersonSection, StoryFile, StoryRoot
from crmbridge.rulebook.cases.world import CaseWorld
from crmbridge.rulebook.refusing import explain
from crmbridge.rulebook.source import read


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """How one case went: ``differences`` are sentences, none where it passed."""

    path: Path
    name: str
    passed: bool
    differences: tuple[str, ...]


def run(rules: Rules, directory: Path) -> list[CaseResult]:
    """Every case in the YAML files of ``directory``, in the order of the files' names.

    Raises ``RuleBookError`` with file and line for a file that is no case file.
    """
    try:
        paths = sorted(path for path in directory.iterdir() if not path.name.startswith("."))
    except OSError as error:
        message = f"no such directory of cases: {error.strerror}"
        raise RuleBookError(message, path=str(directory)) from error
    return [result for path in paths for result in _run_file(rules, path)]


def _run_file(rules: Rules, path: Path) -> Iterator[CaseResult]:
    if path.suffix != ".yaml":
        raise RuleBookError("a case file ends in .yaml", path=str(path))
    story = read_story(path)
    for case in story.cases:
        found = tuple(_play(rules, story, case))
        name = f"{story.story}: {case.name}"
        yield CaseResult(path=path, name=name, passed=not found, differences=found)


def read_story(path: Path) -> StoryFile:
    """The cases of one file; raises ``RuleBookError`` with file and line."""
    source = read(path)
    try:
        return StoryRoot.model_validate({"story": source.data}).story
    except ValidationError as error:
        raise explain(error, {"story": source}, StoryRoot) from error


def world_of(rules: Rules, story: StoryFile, case: CaseSection) -> CaseWorld:
    """The CRMs as they are when the case begins; the case's person adds to the story's."""
    given = {name: getattr(story.person, name) for name in story.person.model_fields_set}
    given |= {name: getattr(case.person, name) for name in case.person.model_fields_set}
    return CaseWorld(
        PersonSection.model_construct(_fields_set=set(given), **given),
        story.team,
        min([case.polls[0].at, *(happening.at for happening in case.happens)]),
        go_live=case.go_live,
        rules=rules,
    )


def _play(rules: Rules, story: StoryFile, case: CaseSection) -> Iterator[str]:
    world = world_of(rules, story, case)
    waiting = sorted(enumerate(case.happens), key=lambda item: item[1].at)
    for poll in case.polls:
        for number, happening in list(waiting):
            if happening.known_at <= poll.at:
                waiting.remove((number, happening))
                try:
                    world.take(happening, number, poll.at)
                except LookupError as error:
                    yield f"{happening.at:%Y-%m-%d %H:%M} {happening.what}: {error.args[0]}"
                    return
        decision = decide(world.view(poll.at), rules, poll.at)
        yield from world.accept(decision, poll.at)
        yield from differences(poll, decision, world)
        created = any(op.kind is OperationKind.CREATE for op in decision.operations)
        if not created:
            yield from _echo(world, rules, poll.at)


def _echo(world: CaseWorld, rules: Rules, now: datetime) -> Iterator[str]:
    """Looking again right after writing must find nothing left to write.

    Not asked where a record came into being: its CRM adds what we did not write, an owner.
    """
    for operation in decide(world.view(now), rules, now).operations:
        names = ", ".join(change.field for change in operation.changes) or operation.list_name
        yield f"{now:%Y-%m-%d %H:%M} would {operation.kind} {operation.side} again: {names}"
