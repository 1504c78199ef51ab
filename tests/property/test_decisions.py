"""What is true of every decision, whatever happens to a person."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from person import default_rules
from stories import Story, play, stories

from crmbridge.core.decide import decide
from crmbridge.core.decision import Decision
from crmbridge.core.model import Side, Stage
from crmbridge.core.operations import OperationKind
from crmbridge.core.stages import ALLOWED

# `make soak` looks much longer.
MANY = settings(max_examples=int(os.environ.get("EXAMPLES", "150")), deadline=None)
_BY_RULES = {
    Stage.LEAD: {Stage.MQL},
    Stage.RECYCLED: {Stage.MQL},
}
_BY_DEALS = {Stage.QUALIFICATION, Stage.OPPORTUNITY, Stage.CUSTOMER}
_DEAL_WORDS = ("deal was won", "opportunity was opened", "lead was converted")
_TRACKED = {track.list_name for track in default_rules().recycling.tracks.values()}


def substance(decision: Decision) -> dict[str, Any]:
    """What must not change while nothing happens."""
    return {
        "stage": decision.stage,
        "sla": decision.sla,
        "rep": decision.standing.rep,
        "list": decision.nurture.list_name,
        "recycle": decision.recycle,
        "reviews": {review.kind for review in decision.reviews},
        "flags": decision.flags,
        "tasks": [task.key for task in decision.standing.tasks],
        "written": [
            (operation.kind, operation.side, operation.list_name, operation.values)
            for operation in decision.operations
            if operation.kind is not OperationKind.TASK
        ],
    }


@MANY
@given(story=stories())
def test_no_path_reaches_an_illegal_stage(story: Story) -> None:
    for look in play(story):
        for move in look.decision.moves:
            if move.inferred:
                continue
            legal = ALLOWED[move.before] | _BY_RULES.get(move.before, set())
            by_deal = move.after in _BY_DEALS and any(word in move.why for word in _DEAL_WORDS)
            block_or_rule = move.after is Stage.DISQUALIFIED and move.before is not Stage.CUSTOMER
            assert move.after in legal or by_deal or block_or_rule, move


@MANY
@given(story=stories())
def test_who_objects_is_never_scored_and_on_no_list(story: Story) -> None:
    for look in play(story):
        nurtured = set(look.world.lists) & _TRACKED
        assert len(nurtured) <= 1
        if look.decision.standing.opted_out:
            assert look.decision.score is None
            assert not nurtured
            for side in Side:
                assert look.world.shown(side).get("score") is None
        if look.decision.stage is not Stage.RECYCLED:
            assert not nurtured


@MANY
@given(story=stories())
def test_looking_again_writes_nothing(story: Story) -> None:
    for look in play(story):
        assert [] == look.problems
        again = decide(look.world.view(look.at), default_rules(), look.at)
        assert () == again.operations
        assert look.decision.stage is again.stage
        assert look.decision.reviews == again.reviews


@MANY
@given(story=stories(), share=st.floats(0, 1, exclude_max=True))
def test_the_agenda_sleeps_through_no_change(story: Story, share: float) -> None:
    for look in play(story):
        # What was to be written has been written: the score may lag from here on.
        view = look.world.view(look.at)
        before = decide(view, default_rules(), look.at)
        until = before.next_review_at
        assert until is None or until > look.at
        later = (until or look.at + timedelta(days=400)) - look.at
        at = min(look.at + later * share, look.at + later - timedelta(microseconds=1))
        then = substance(decide(view, default_rules(), at))
        changed = {
            name: (value, then[name])
            for name, value in substance(before).items()
            if value != then[name]
        }
        assert {} == changed, (look.at, at, until)


@MANY
@given(story=stories(), shuffled=st.randoms(use_true_random=False))
def test_order_and_repetition_of_facts_do_not_matter(story: Story, shuffled: Any) -> None:
    for look in play(story):
        twice = [replace(fact, at=fact.at) for fact in look.view.facts if shuffled.random() < 0.5]
        later = [replace(fact, observed_at=look.at) for fact in twice]
        facts = [*look.view.facts, *twice, *later]
        shuffled.shuffle(facts)
        other = decide(replace(look.view, facts=tuple(facts)), default_rules(), look.at)
        assert look.decision == other


@MANY
@given(story=stories())
def test_a_score_is_the_sum_of_its_capped_parts(story: Story) -> None:
    rules = default_rules().score
    for look in play(story):
        score = look.decision.score
        if score is None:
            continue
        sums = {
            part: sum(each.points for each in score.contributions if each.part == part)
            for part in ("fit", "engagement", "signal")
        }
        fit = min(max(sums["fit"], 0), rules.fit.cap)
        engagement = min(sums["engagement"], rules.engagement_cap)
        signals = min(sums["signal"], rules.signal_cap)
        assert (fit, engagement, signals) == (score.fit, score.engagement, score.signals)
        assert abs(score.total - (fit + engagement + signals)) <= 0.5 + 1e-6
        assert 0 <= score.total <= 100
        assert len(score.sentence) <= 255


@MANY
@given(story=stories())
def test_stamps_of_a_decision_never_run_backwards(story: Story) -> None:
    last: datetime | None = None
    for look in play(story):
        clock = look.decision.sla
        if clock is not None:
            assert clock.due >= clock.started_at
        for move in look.decision.moves:
            assert last is None or move.at >= last or move.inferred
            last = move.at
