"""What a decision and the simulated CRMs show, held against what a case expects."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from crmbridge.core.decision import Decision
from crmbridge.core.model import Value
from crmbridge.rulebook.cases.outcome import outcome, plain
from crmbridge.rulebook.cases.schema import ExpectSection, PollSection
from crmbridge.rulebook.cases.world import CaseWorld


def differences(poll: PollSection, decision: Decision, world: CaseWorld) -> Iterator[str]:
    """One sentence for each expectation that is not met."""
    expect = poll.expect
    found = outcome(decision, world.lists, world.issued_now)
    for name in ExpectSection.model_fields:
        if name not in expect.model_fields_set:
            continue
        if name == "shown":
            yield from _shown_differences(poll, world)
            continue
        wanted = getattr(expect, name)
        if name in ("reviews", "flags", "tasks", "objections"):
            wanted = tuple(sorted(wanted or ()))
        if name == "conflicts":
            wanted = tuple((c.side, c.field, c.theirs, c.ours) for c in wanted or ())
        if wanted != found[name]:
            yield f"{plain(poll.at)} {name}: expected {plain(wanted)}, got {plain(found[name])}"


def _shown_differences(poll: PollSection, world: CaseWorld) -> Iterator[str]:
    for side, wanted in (poll.expect.shown or {}).items():
        shown = world.shown(side)
        for name, value in wanted.items():
            if not _is_same(value, shown.get(name)):
                where = f"{plain(poll.at)} {side}.{name}"
                yield f"{where}: expected {plain(value)}, got {plain(shown.get(name))}"


def _is_same(wanted: object, held: Value) -> bool:
    if isinstance(wanted, str) and isinstance(held, datetime):
        try:
            return datetime.fromisoformat(wanted) == held
        except (ValueError, TypeError):
            return False
    if isinstance(wanted, str) and isinstance(held, date):
        return wanted == held.isoformat()
    return type(wanted) is type(held) and wanted == held
