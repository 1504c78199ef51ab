"""The whole decision about one person at one instant: a pure function.

The order is the lead standard's: identity and consent, hard blocks, score, stage, SLA clock,
recycling and nurture, and last what to write where.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from crmbridge.core import fields as f
from crmbridge.core.accounts import Activity, group_changes
from crmbridge.core.adoption import start
from crmbridge.core.attention import flag_changes, note_flags
from crmbridge.core.course import Course
from crmbridge.core.creating import awaited_at
from crmbridge.core.decision import Decision, Nurture, Review
from crmbridge.core.explaining import nurture_sentence, sla_sentence, stage_sentence
from crmbridge.core.facts import Fact
from crmbridge.core.folding import fold, next_timer
from crmbridge.core.insight import last_act, name_of
from crmbridge.core.merging import agreed
from crmbridge.core.model import Side, Stage, Value
from crmbridge.core.profile import Profile, build_profile
from crmbridge.core.qualifying import hand_raise
from crmbridge.core.rules import Rules, Source, SourceKind
from crmbridge.core.scoring import Score, next_change
from crmbridge.core.view import PersonView
from crmbridge.core.withholding import withheld_sentences
from crmbridge.core.writing import FROZEN, plan

_HORIZON = timedelta(days=400)
"""Longer than any default half-life needs to fall below every band."""


def decide(view: PersonView, rules: Rules, now: datetime) -> Decision:
    """What the lead standard says about this person at ``now``, why, and what to write.

    The same view, rules and instant always give the same answer. ``now`` must not lie before
    the standing that the view carries.
    """
    view = _once_each(view)
    profile = profile_of(view, rules)
    if view.standing is None:
        course = start(view, rules, profile)
    else:
        course = Course.resume(view, rules, profile, view.standing)
    folded = fold(course, now)
    shown = None if _is_blank(course) else course.score_at(now)
    nurture = _nurture(course)
    note_flags(course, now)
    made = plan(course, now, shown, nurture)
    return Decision(
        uid=view.uid,
        score=shown,
        stage=course.stage,
        sla=course.sla,
        recycle=course.recycle,
        nurture=nurture,
        operations=tuple(made.operations),
        moves=tuple(course.moves),
        conflicts=tuple(course.conflicts + made.conflicts),
        reviews=tuple(
            Review(kind=kind, why=course.reviews[kind]) for kind in sorted(course.reviews)
        ),
        objections=tuple(course.objections),
        activity=_activity(course, now),
        flags=frozenset(course.flags),
        reasons=(*_reasons(course, shown, nurture), *withheld_sentences(made.withheld)),
        next_review_at=_next_review_at(course, shown, now),
        rulebook_version=course.rulebook_version,
        standing=course.standing(now),
        folded=folded,
        agreed=agreed(view, made.merges),
        wonders=frozenset(made.wonders),
        withheld=tuple(sorted(set(made.withheld))),
    )


def _once_each(view: PersonView) -> PersonView:
    """The view without repeated facts: of one key the first observation counts."""
    keys = {fact.key for fact in view.facts}
    if len(keys) == len(view.facts):
        return view
    found: dict[str, Fact] = {}
    for fact in sorted(view.facts, key=lambda fact: (fact.effective_at, fact.at)):
        found.setdefault(fact.key, fact)
    return replace(view, facts=tuple(found.values()))


def _is_blank(course: Course) -> bool:
    """An objection to marketing covers profiling; blocked people and partners have no score."""
    return course.opted_out or course.block is not None or course.is_partner


def profile_of(view: PersonView, rules: Rules) -> Profile:
    """The person's ICP traits, from both sides' companies and people."""
    sources: dict[Source, Mapping[str, Value]] = {}
    for side in Side:
        account, person = view.accounts.get(side), view.side(side)
        if account is not None:
            sources[Source(side=side, kind=SourceKind.ACCOUNT)] = account.fields
        if person is not None:
            sources[Source(side=side, kind=SourceKind.PERSON)] = person.record.fields
    return build_profile(sources, rules.normalisation)


def _nurture(course: Course) -> Nurture:
    """The one list of a recycled, unblocked person who does not object."""
    waiting = course.recycle
    if course.stage is not Stage.RECYCLED or waiting is None:
        return Nurture(list_name=None, why=f"not recycled but {course.stage}")
    if course.opted_out:
        return Nurture(list_name=None, why="the person objects to marketing")
    name = course.rules.recycling.tracks[waiting.track].list_name
    state = course.view.lists
    by_hand = name in state.agreed and name not in state.members
    if by_hand or (waiting.removed_by_hand and name in state.members):
        course.recycle = waiting = replace(waiting, removed_by_hand=by_hand)
    if waiting.removed_by_hand:
        return Nurture(list_name=None, why=f"taken off {name} by hand")
    return Nurture(list_name=name, why=nurture_sentence(course, name) or "")


def _reasons(course: Course, shown: Score | None, nurture: Nurture) -> tuple[str, ...]:
    sentences = (
        stage_sentence(course),
        shown.sentence if shown else "No score is kept for this person.",
        sla_sentence(course.sla),
        nurture_sentence(course, nurture.list_name),
        *(why for _, why in sorted(course.reviews.items())),
    )
    return tuple(sentence for sentence in sentences if sentence)


def _next_review_at(course: Course, shown: Score | None, now: datetime) -> datetime | None:
    """The earliest instant at which the answer could differ with no new fact."""
    instants = [fact.effective_at for fact in course.view.facts if fact.effective_at > now]
    timer = next_timer(course)
    if timer is not None:
        instants.append(timer.at)
    raised = hand_raise(course, now)
    if raised is not None and _RAISED & course.reviews.keys():
        instants.append(raised.at + course.rules.mql.hand_raise_holds + timedelta(microseconds=1))
    awaited = awaited_at(course)
    if awaited is not None:
        instants.append(awaited)
    instants += flag_changes(course)
    if course.view.colleagues:
        instants += group_changes(course.activity_at(now), course.view.colleagues)
    if shown is not None:
        instants += _rewrites(course, shown, now)
    return min((instant for instant in instants if instant > now), default=None)


_RAISED = frozenset({"hand_raiser_low_fit", "hand_raiser_disqualified"})


def _rewrites(course: Course, current: Score, now: datetime) -> list[datetime]:
    """When decay will have moved the score so far that what is written must be rewritten.

    A value that is being rewritten now counts as written.
    """
    if course.stage in FROZEN:
        return []
    step = course.rules.score.rewrite_step
    written = {(current.total, current.grade)}
    for side in (course.view.marketing, course.view.sales):
        held = side.record.fields.get(f.SCORE) if side and side.writable else None
        grade = side.record.fields.get(f.GRADE) if side and side.writable else None
        if isinstance(held, int | float) and abs(current.total - held) < step:
            written |= {(int(held), current.grade)} if grade == current.grade else set()
    instants = (
        next_change(
            course.fit(),
            course.history(),
            course.rules,
            now,
            restart_at=course.restart_at,
            lift=course.lift_at(now),
            written=total,
            written_grade=grade,
            horizon=_HORIZON,
        )
        for total, grade in sorted(written)
    )
    return [instant for instant in instants if instant is not None]


def _activity(course: Course, now: datetime) -> Activity | None:
    """What colleagues may know of the person, with the words in which reps read it."""
    found = course.activity_at(now)
    if found is None:
        return None
    return replace(found, name=name_of(course), latest=last_act(course, now))
