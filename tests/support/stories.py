"""Random stories of one person in two CRMs, for properties: what happens, and when we look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from person import default_rules

from crmbridge.core.decide import decide
from crmbridge.core.decision import Decision
from crmbridge.core.view import PersonView
from crmbridge.rulebook.cases.schema import HappeningSection, MemberSection, PersonSection
from crmbridge.rulebook.cases.world import CaseWorld

START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
TEAM = {
    "anna": MemberSection.model_validate({"time_zone": "America/New_York", "manager": "mara"}),
    "mara": MemberSection.model_validate({"time_zone": "America/New_York"}),
    "berta": MemberSection.model_validate({"time_zone": "Europe/Berlin"}),
    "gone": MemberSection.model_validate({"active": False}),
    "robot": MemberSection.model_validate({"kind": "automation"}),
    "pool": MemberSection.model_validate({"kind": "queue"}),
}
_BY = st.sampled_from(["anna", "berta", "robot"])
_WORDS = st.sampled_from([None, "bad lead", "Told us the budget is frozen until spring"])
_REASONS = [
    None, "BUDGET", "TIMING", "NO_RESPONSE", "COMPETITOR", "STUDENT", "OPT_OUT", "NOT_ICP", "Bored",
]  # fmt: skip
_STATUSES = ["Working", "Qualified", "Recycle", "Disqualified", "Re-opened", "Opportunity"]
_LISTS = st.sampled_from(["NL-BUDGET", "NL-TIMING", "NL-REENGAGE", "Newsletter"])


def _engaged(what: str, names: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    key = "target" if what in ("page", "click") else "name"
    return st.builds(lambda name: {"what": what, key: name}, st.sampled_from(names))


ACTS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    _engaged("form", ["Demo request", "Webinar a", "Whitepaper", "ROI calculator", "Newsletter"]),
    _engaged("page", ["https://x.example/pricing", "https://x.example/blog"]),
    _engaged("click", ["https://x.example/1", "https://x.example/2"]),
    _engaged("campaign", ["Trade show Atlanta", "Webinar b"]),
    _engaged("open", ["Mail 1"]),
    st.builds(lambda by: {"what": "touch", "by": by}, _BY),
    st.builds(
        lambda by, value, reason, details, resume: {
            "what": "status",
            "by": by,
            "value": value,
            **({"reason": reason} if reason else {}),
            **({"details": details} if details else {}),
            **({"resume": resume} if resume else {}),
        },
        _BY,
        st.sampled_from(_STATUSES),
        st.sampled_from(_REASONS),
        _WORDS,
        st.sampled_from([None, "2026-05-01", "2026-01-01"]),
    ),
    st.sampled_from(
        [
            {"what": "opt_out", "side": "marketing"},
            {"what": "opt_out", "side": "sales"},
            {"what": "opt_in", "side": "marketing"},
            {"what": "bounce"},
            {"what": "paused", "reason": "Legal hold"},
            {"what": "resumed"},
        ]
    ),
    st.builds(lambda by: {"what": "owned", "by": by}, st.sampled_from([*TEAM])),
    st.builds(lambda deal: {"what": "deal_opened", "deal": deal}, st.sampled_from(["1", "2"])),
    st.builds(
        lambda deal, reason: {
            "what": "deal_lost",
            "deal": deal,
            **({"reason": reason} if reason else {}),
        },
        st.sampled_from(["1", "2"]),
        st.sampled_from(_REASONS),
    ),
    st.just({"what": "deal_won", "deal": "2"}),
    st.builds(lambda name: {"what": "listed", "name": name}, _LISTS),
    st.builds(lambda name: {"what": "unlisted", "name": name}, _LISTS),
    st.sampled_from(
        [
            {"what": "edited", "side": "sales", "field": "estimated_value", "value": 250000},
            {"what": "edited", "side": "sales", "field": "email", "value": "v.p@acme.example"},
            {"what": "edited", "side": "sales", "field": "persona", "value": "student"},
            {"what": "edited", "side": "sales", "field": "title", "value": "Analyst"},
        ]
    ),
)

PEOPLE: st.SearchStrategy[PersonSection] = st.builds(
    lambda title, industry, employees, email, owner, colleagues: PersonSection.model_validate(
        {
            "known_to": ["marketing", "sales"],
            "title": title,
            "industry": industry,
            "employees": employees,
            "country": "US",
            "email": email,
            "owner": owner,
            "colleagues": colleagues,
        }
    ),
    st.sampled_from(["VP Ops", "Analyst", "Warehouse Manager"]),
    st.sampled_from(["Logistics", "Retail", "Hospitality"]),
    st.sampled_from([20, 120, 800]),
    st.sampled_from(["vp@acme.example", "vp@gmail.com"]),
    st.sampled_from(["anna", "pool", "gone"]),
    st.lists(
        st.builds(
            lambda name, fit, day: {
                "name": name,
                "fit": fit,
                "engaged": [(START + timedelta(days=day)).isoformat()],
            },
            st.sampled_from(["bo", "cy", "di"]),
            st.sampled_from([0.0, 30.0, 40.0]),
            st.integers(0, 60),
        ),
        max_size=3,
        unique_by=lambda each: str(each["name"]),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A person, what happens to them in order, and the instants at which the bridge looks."""

    person: PersonSection
    happens: tuple[HappeningSection, ...]
    looks: tuple[datetime, ...]


@st.composite
def stories(draw: st.DrawFn, most: int = 14) -> Story:
    """Up to ``most`` happenings within about four months, a look after each or later."""
    happens, looks, at = [], [], START
    for act in draw(st.lists(ACTS, min_size=1, max_size=most)):
        at += timedelta(minutes=draw(st.sampled_from([0, 1, 7, 45, 60, 240, 1440, 4321, 20160])))
        happens.append(HappeningSection.model_validate({"at": at.isoformat(), **act}))
        if draw(st.booleans()):
            looks.append(at + timedelta(minutes=draw(st.sampled_from([0, 5, 90, 3000]))))
    looks.append(at + timedelta(days=draw(st.sampled_from([0, 1, 31, 120]))))
    return Story(person=draw(PEOPLE), happens=tuple(happens), looks=tuple(sorted(set(looks))))


@dataclass(slots=True)
class Look:
    """One decision, what it rested on, and whether its writes were taken cleanly."""

    at: datetime
    view: PersonView
    decision: Decision
    world: CaseWorld
    problems: list[str] = field(default_factory=list)


def play(story: Story) -> Iterator[Look]:
    """Every look of a story; the writes of each are taken before the next."""
    rules = default_rules()
    world = CaseWorld(
        story.person,
        TEAM,
        START,
        go_live=datetime(2020, 1, 1, tzinfo=UTC),
        rules=rules,
        lenient=True,
    )
    waiting = list(enumerate(story.happens))
    for at in story.looks:
        while waiting and waiting[0][1].known_at <= at:
            number, happening = waiting.pop(0)
            world.take(happening, number, at)
        view = world.view(at)
        decision = decide(view, rules, at)
        look = Look(at, view, decision, world)
        look.problems = world.accept(decision, at)
        yield look
