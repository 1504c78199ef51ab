"""More evidence never lowers a score."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from person import CONTACT, Person, at, default_rules

from crmbridge.core.decide import profile_of
from crmbridge.core.engagements import History
from crmbridge.core.facts import EngagementDetail, Evidence, Fact, FactKind
from crmbridge.core.scoring import score

NOW = at("06-09 12:00")
EVIDENCE = st.sampled_from(
    [
        (Evidence.FORM, "Demo request"),
        (Evidence.FORM, "Webinar a"),
        (Evidence.FORM, "Whitepaper"),
        (Evidence.PAGE, "https://x.example/pricing"),
        (Evidence.PAGE, "https://x.example/blog"),
        (Evidence.OPEN, "Mail"),
    ]
)


def fact(number: int, evidence: tuple[Evidence, str], minutes: int) -> Fact:
    kind, name = evidence
    return Fact(
        key=f"f{number}",
        ref=CONTACT,
        kind=FactKind.ENGAGEMENT,
        at=NOW - timedelta(minutes=minutes),
        detail=EngagementDetail(evidence=kind, name=name, target=name),
    )


@settings(max_examples=300, deadline=None)
@given(
    known=st.lists(st.tuples(EVIDENCE, st.integers(1, 200_000)), max_size=12),
    more=EVIDENCE,
    fields=st.dictionaries(st.sampled_from(["title", "industry"]), st.just(None), max_size=2),
)
def test_more_positive_evidence_never_lowers_a_score(
    known: list[tuple[tuple[Evidence, str], int]], more: tuple[Evidence, str], fields: Any
) -> None:
    # The latest of its kind: an earlier one may take a fresher one's place among the three
    # that count a day, and clicks may turn out to be a scanner's.
    rules = default_rules()
    profile = profile_of(Person(**fields).view(NOW), rules)
    facts = [fact(number, *each) for number, each in enumerate(known)]

    before = score(profile, History(facts, rules.score), rules, NOW)
    after = score(profile, History([*facts, fact(99, more, 0)], rules.score), rules, NOW)

    assert after.total >= before.total
    assert after.engagement >= before.engagement
    assert after.signals >= before.signals


def test_every_trait_that_is_known_to_be_good_helps() -> None:
    rules = default_rules()
    bare = Person(title=None, industry=None, employees=None, country=None)
    fits = [score(profile_of(bare.view(NOW), rules), History([], rules.score), rules, NOW).fit]
    for name, value in (
        ("title", "VP"),
        ("industry", "Logistics"),
        ("employees", 800),
        ("country", "US"),
    ):
        given_fields: dict[str, Any] = {
            "title": None, "industry": None, "employees": None, "country": None, name: value,
        }  # fmt: skip
        fits.append(
            score(
                profile_of(Person(**given_fields).view(NOW), rules),
                History([], rules.score),
                rules,
                NOW,
            ).fit
        )
    assert [0, 10, 12, 12, 6] == fits
