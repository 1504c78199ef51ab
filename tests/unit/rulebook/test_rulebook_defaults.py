"""The rule book that ships says what the lead standard says."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from crmbridge.core.acts import is_touch
from crmbridge.core.engagements import signal_of
from crmbridge.core.facts import Channel, EngagementDetail, Evidence, TouchDetail
from crmbridge.core.model import Side, Stage
from crmbridge.core.profile import build_profile, seniority
from crmbridge.core.rules import Block, Rules, Seniority, Source, SourceKind
from crmbridge.core.sla_rules import ClockKind
from crmbridge.core.view import PersonView
from crmbridge.rulebook.cases.running import world_of
from crmbridge.rulebook.cases.schema import CaseSection, StoryFile

DAYS = timedelta(days=1)


def test_signals_have_the_standards_points_and_half_lives(default_rules: Rules) -> None:
    found = {
        name: (signal.points, signal.half_life // DAYS, signal.hand_raise)
        for name, signal in default_rules.score.signals.items()
    }

    assert {
        "webinar": (12, 30, False),
        "booth": (10, 30, False),
        "download": (8, 30, False),
        "click": (3, 14, False),
        "visit": (2, 14, False),
        "open": (0, 14, False),
        "demo": (25, 45, True),
        "contact_sales": (25, 45, True),
        "trial": (18, 30, False),
        "roi_calculator": (12, 30, False),
        "pricing": (10, 14, False),
        "intent": (8, 14, False),
    } == found


def test_thresholds_caps_and_grades_are_the_standards(default_rules: Rules) -> None:
    score, mql = default_rules.score, default_rules.mql

    assert (40, 35, 25, 3, 5) == (
        score.fit.cap,
        score.engagement_cap,
        score.signal_cap,
        score.daily_limit,
        score.rewrite_step,
    )
    assert (("A", 32), ("B", 24), ("C", 16)) == score.fit.grades
    assert (("1", 36), ("2", 24), ("3", 12)) == score.engagement_grades
    assert (60, 16, 45 * DAYS, 100_000, "A") == (
        mql.score,
        mql.fit,
        mql.hand_raise_holds,
        mql.big_deal_value,
        mql.big_deal_grade,
    )


def test_promises_and_calendars_are_the_standards(default_rules: Rules) -> None:
    sla = default_rules.sla

    assert (ClockKind.WORKDAY, timedelta(hours=24)) == (sla.tier.clock, sla.tier.duration)
    assert (ClockKind.BUSINESS, timedelta(minutes=60)) == (
        sla.fast_tier.clock,
        sla.fast_tier.duration,
    )
    assert {"US": 8, "DE": 10, "ID": 19} == {
        name: len(calendar.off_days) for name, calendar in sla.calendars.items()
    }
    assert date(2026, 11, 27) in sla.calendars["US"].off_days
    assert {range(9 * 60, 17 * 60)} == {
        range(block.opens, block.closes)
        for calendar in sla.calendars.values()
        for blocks in calendar.hours.values()
        for block in blocks
    }
    assert all(set(range(5)) == set(calendar.hours) for calendar in sla.calendars.values())


def test_recyclable_reasons_have_the_standards_lists_and_cool_downs(default_rules: Rules) -> None:
    recycling = default_rules.recycling
    found = {
        name: (recycling.tracks[reason.track].list_name, reason.cooldown)
        for name, reason in recycling.reasons.items()
        if reason.track is not None
    }

    assert {
        "NO_RESPONSE": ("NL-REENGAGE", 30 * DAYS),
        "NO_ENGAGEMENT": ("NL-REENGAGE", 30 * DAYS),
        "TIMING": ("NL-TIMING", 90 * DAYS),
        "BUDGET": ("NL-BUDGET", 90 * DAYS),
        "NO_AUTHORITY": ("NL-AUTHORITY", 60 * DAYS),
        "COMPETITOR_LOCKED": ("NL-COMPETITOR", 180 * DAYS),
        "UNSPECIFIED": ("NL-ICP-EDU", 30 * DAYS),
    } == found
    assert "NL-LONGTERM" == recycling.tracks[recycling.longterm_track].list_name


def test_terminal_reasons_are_the_standards(default_rules: Rules) -> None:
    reasons = default_rules.recycling.reasons

    assert {
        "COMPETITOR",
        "STUDENT",
        "VENDOR",
        "JOB_SEEKER",
        "OWN_STAFF",
        "SPAM",
        "DUPLICATE",
        "OPT_OUT",
        "EXISTING_CUSTOMER",
        "LEGAL",
        "BAD_DATA",
        "NOT_ICP",
    } == {name for name, reason in reasons.items() if reason.terminal}
    assert ["OPT_OUT"] == [name for name, reason in reasons.items() if reason.opts_out]
    assert Block.LEGAL is reasons["LEGAL"].block


CONTACT_FIELDS = Source(side=Side.MARKETING, kind=SourceKind.PERSON)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("budget", "BUDGET"),
        ("no response", "NO_RESPONSE"),
        ("no_response", "NO_RESPONSE"),
        ("works for competitor", "COMPETITOR"),
        ("bought a competitor", "COMPETITOR_LOCKED"),
        ("own staff", "OWN_STAFF"),
    ],
)
def test_crm_values_mean_reasons(default_rules: Rules, value: str, reason: str) -> None:
    assert reason == default_rules.recycling.values[value]


@pytest.mark.parametrize(
    ("status", "stage"),
    [
        ("working - contacted", Stage.ACTIVATION),
        ("qualified", Stage.QUALIFICATION),
        ("recycled", Stage.RECYCLED),
        ("closed - not converted", Stage.DISQUALIFIED),
        ("open - not contacted", None),
        ("closed - converted", None),
    ],
)
def test_salesforce_statuses_mean_stages(
    default_rules: Rules, status: str, stage: Stage | None
) -> None:
    assert stage == default_rules.stages.statuses.get(status)


@pytest.mark.parametrize(
    ("evidence", "name", "target", "signal"),
    [
        (Evidence.FORM, "Request a demo", "", "demo"),
        (Evidence.FORM, "Contact our sales team", "", "contact_sales"),
        (Evidence.FORM, "Start your free trial", "", "trial"),
        (Evidence.FORM, "ROI calculator", "", "roi_calculator"),
        (Evidence.FORM, "Detroit meetup", "", None),
        (Evidence.FORM, "Webinar: customs", "", "webinar"),
        (Evidence.FORM, "Buyer's guide", "", "download"),
        (Evidence.PAGE, "", "https://www.example.com/pricing?plan=2", "pricing"),
        (Evidence.PAGE, "", "https://www.example.com/about", "visit"),
        (Evidence.CLICK, "", "https://www.example.com/a", "click"),
        (Evidence.CAMPAIGN, "Spring webinar", "", "webinar"),
        (Evidence.MEETING, "Intro", "", None),
        (Evidence.REPLY, "", "", None),
    ],
)
def test_evidence_means_signals(
    default_rules: Rules, evidence: Evidence, name: str, target: str, signal: str | None
) -> None:
    detail = EngagementDetail(evidence=evidence, name=name, target=target)

    found = signal_of(detail, default_rules.score)

    assert signal == (found.name if found else None)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("VP Ops", Seniority.VP),
        ("Vice President, Sales", Seniority.VP),
        ("President", Seniority.C_LEVEL),
        ("Co-Founder & CEO", Seniority.C_LEVEL),
        ("Assistant to the CEO", Seniority.INDIVIDUAL),
        ("Managing Director", Seniority.C_LEVEL),
        ("Director Operations", Seniority.DIRECTOR),
        ("Head of Logistics", Seniority.DIRECTOR),
        ("Logistics Manager", Seniority.MANAGER),
        ("Account Manager", Seniority.INDIVIDUAL),
        ("Geschäftsführer/in", Seniority.C_LEVEL),
        ("Assistenz der Geschäftsführung", Seniority.INDIVIDUAL),
        ("IT-Leiter", Seniority.DIRECTOR),
        ("Teamleiterin Versand", Seniority.MANAGER),
        ("Wizard", None),
    ],
)
def test_titles_mean_seniorities(
    default_rules: Rules, title: str, expected: Seniority | None
) -> None:
    assert expected == seniority(title, default_rules.normalisation.titles)


@pytest.mark.parametrize(
    ("industry", "country"),
    [
        ("LOGISTICS_AND_SUPPLY_CHAIN", "Vereinigte Staaten"),
        ("Transportation", "USA"),
        ("  spedition ", "us"),
    ],
)
def test_both_crms_values_normalise_alike(
    default_rules: Rules, industry: str, country: str
) -> None:
    values = {"industry": industry, "country": country}

    profile = build_profile({CONTACT_FIELDS: values}, default_rules.normalisation)

    assert ("logistics", "US") == (profile.industry, profile.country)


def test_norway_is_a_country_and_not_a_no(default_rules: Rules) -> None:
    assert "NO" == default_rules.normalisation.countries["no"]


@pytest.mark.parametrize(
    ("subject", "counts"),
    [
        ("Called about the project", True),
        ("Sequence of events discussed", True),
        ("[Sequence] Second mail", False),
        ("Automatic reply: away", False),
        ("List Email: June", False),
        ("", True),
    ],
)
def test_only_what_tools_send_is_no_touch(
    default_rules: Rules, view: PersonView, subject: str, counts: bool
) -> None:
    touch = TouchDetail(channel=Channel.EMAIL, by="anna", subject=subject)

    assert counts is is_touch(view, default_rules.sla, touch)


@pytest.fixture(scope="module")
def view(default_rules: Rules) -> PersonView:
    case = CaseSection.model_validate(
        {"name": "one", "happens": [], "polls": [{"at": "2026-06-09T14:00:00Z"}]}
    )
    story = StoryFile.model_validate(
        {"story": "one", "shows": "one", "team": {"anna": {}}, "person": {}, "cases": [case]}
    )
    return world_of(default_rules, story, case).view(case.polls[0].at)
