"""The ladder's last steps, absences, own criteria."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest
from person import LEAD, REP, Person, at, default_rules, tasks, user

from crmbridge.core import engagements
from crmbridge.core import fields as f
from crmbridge.core.directory import named
from crmbridge.core.facts import (
    EngagementDetail,
    Evidence,
    FactKind,
    OwnedDetail,
    PauseDetail,
)
from crmbridge.core.model import ObjectType, Owner, Side, Stage
from crmbridge.core.operations import OperationKind
from crmbridge.core.rules import Criterion, QuarterValues, Rules, Source, SourceKind
from crmbridge.core.standing import SlaStatus
from crmbridge.core.tasks import Task, Topic


def with_ladder(rules: Rules | None = None, **changes: object) -> Rules:
    rules = rules or default_rules()
    ladder = replace(rules.sla.ladder, **changes)  # type: ignore[arg-type]
    return replace(rules, sla=replace(rules.sla, ladder=ladder))


def waiting(rules: Rules | None = None, **owners: Owner) -> Person:
    """An MQL of Tuesday morning in Berlin whom nobody touches."""
    person = Person(rules).with_lead().demo("06-09 07:00")
    person.owners = {**person.owners, **owners}
    person.decide("06-09 07:00")
    return person


def test_after_three_workdays_the_lead_goes_to_somebody_else() -> None:
    rules = with_ladder(reassign_to="nina", escalation="nina")
    person = waiting(rules, nina=user("nina", time_zone="Europe/Berlin"))

    due = person.decide("06-09 08:00")
    person.decide("06-10 08:00")
    before, after = person.decide("06-12 07:59"), person.decide("06-12 08:00")

    assert {"due:owner": REP, "due:manager": "nina"} == tasks(due)
    assert all(f.OWNER_ID not in operation.values for operation in before.operations)
    (update,) = [op for op in after.operations if f.OWNER_ID in op.values]
    assert ("nina", Side.SALES) == (update.values[f.OWNER_ID], update.side)
    assert {f.OWNER_ID: REP} == {name: update.expected[name] for name in (f.OWNER_ID,)}
    assert SlaStatus.BREACHED is getattr(after.sla, "status", None)
    assert () == person.decide("06-13 08:00").operations


def test_an_unknown_successor_is_said_and_nothing_happens() -> None:
    person = waiting(with_ladder(reassign_to="nobody"))
    person.decide("06-09 08:00")
    person.decide("06-10 08:00")

    after = person.decide("06-12 08:00")

    assert "nobody_to_alert" in {review.kind for review in after.reviews}
    assert all(f.OWNER_ID not in operation.values for operation in after.operations)


def test_an_absent_owner_is_passed_over_and_so_is_an_absent_manager() -> None:
    rules = with_ladder(escalation="Ops")
    day = frozenset({date(2026, 6, 9)})
    rules = replace(rules, sla=replace(rules.sla, days_off={REP.casefold(): day, "boss": day}))
    person = waiting(rules, boss=user("boss"), ops=user("ops"))
    person.owners[REP] = replace(person.owners[REP], manager_id="boss")

    warned = person.decide("06-09 07:45")

    assert {"warn:manager": "ops"} == tasks(warned)
    # Their own days off move the rep's clock, never the lead's.
    assert at("06-09 08:00") == getattr(warned.sla, "due", None)


def test_own_days_off_count_for_the_rep_clock_only() -> None:
    rules = default_rules()
    off = {"005rep": frozenset({date(2026, 6, 9)})}
    rules = replace(rules, sla=replace(rules.sla, days_off=off))
    person = Person(rules).with_lead().demo("06-09 07:00")

    decision = person.decide("06-09 07:00")

    assert at("06-09 08:00") == getattr(decision.sla, "due", None)
    assert at("06-10 08:00") == getattr(decision.standing.rep, "due", None)


def test_without_escalation_an_absent_manager_is_told_all_the_same() -> None:
    person = waiting(boss=user("boss", time_zone="Europe/Berlin"))
    person.owners[REP] = replace(person.owners[REP], manager_id="boss")
    off = {"boss": frozenset({date(2026, 6, 9)})}
    person.rules = replace(person.rules, sla=replace(person.rules.sla, days_off=off))

    assert "due:manager" in tasks(person.decide("06-09 08:00"))


def test_a_claim_known_from_history_starts_the_clock_then() -> None:
    person = waiting(nina=user("nina", time_zone="Europe/Berlin"))
    person.add(FactKind.OWNED, "06-09 07:20", OwnedDetail(owner="nina"), seen="06-09 07:30")
    person.add(FactKind.OWNED, "06-09 07:25", OwnedDetail(owner="nina"), seen="06-09 07:30")
    assert person.sales is not None
    person.sales = replace(person.sales, fields={**person.sales.fields, f.OWNER_ID: "nina"})

    decision = person.decide("06-09 07:30")

    assert at("06-09 07:20") == getattr(decision.standing.rep, "started_at", None)


def test_a_pause_moves_a_fast_promise_and_its_rep_clock_and_a_hastened_one() -> None:
    person = Person().with_lead().form("06-08 07:00", "Webinar a").form("06-08 07:00", "Whitepaper")
    person.decide("06-08 07:00")
    person.demo("06-08 12:00").decide("06-08 12:00")
    pause = PauseDetail(reason="Legal hold")
    person.add(FactKind.PAUSED, "06-08 12:20", pause).decide("06-08 12:20")
    person.add(FactKind.RESUMED, "06-08 13:20", PauseDetail())

    decision = person.decide("06-08 13:20")

    assert at("06-08 14:00") == getattr(decision.sla, "due", None)
    assert at("06-08 14:00") == getattr(decision.standing.rep, "due", None)


def test_a_changed_calendar_moves_an_open_due_and_no_closed_one() -> None:
    person = Person().with_lead().demo("06-09 15:30")
    first = person.decide("06-09 15:30")
    sla = person.rules.sla
    berlin = replace(sla.calendars["DE"], off_days=frozenset({date(2026, 6, 10)}))
    person.rules = replace(
        person.rules, sla=replace(sla, calendars={**sla.calendars, "DE": berlin})
    )

    moved = person.decide("06-09 15:31")

    assert at("06-10 08:00") == getattr(first.sla, "due", None)
    assert at("06-11 08:00") == getattr(moved.sla, "due", None)


def test_a_crm_without_tasks_gets_none_and_a_lost_record_neither() -> None:
    class Bare:
        def project(self, object_type: ObjectType, field: str, value: object) -> object:
            return value

        def writable(self, object_type: ObjectType) -> frozenset[str]:
            return frozenset()

    person = waiting()
    person.surfaces[Side.SALES] = Bare()  # type: ignore[assignment]

    decision = person.decide("06-09 07:45")

    assert {} == tasks(decision)
    assert ["warn"] == [task.key.split(":")[2] for task in decision.standing.tasks]
    del person.surfaces[Side.SALES]
    assert {} == tasks(person.decide("06-09 07:46"))


def test_criteria_of_ones_own_count_and_explain_themselves() -> None:
    rules = default_rules()
    criterion = Criterion(
        name="german",
        label="speaks German",
        points=3.0,
        holds=lambda fields: fields.get(f.LANGUAGE) == "de",
        fields=(f.LANGUAGE,),
    )
    fit = replace(rules.score.fit, criteria=(criterion,))
    rules = replace(rules, score=replace(rules.score, fit=fit))

    known = Person(rules, title="Analyst", language="de").decide("06-09 07:00")
    unknown = Person(rules, title="Analyst").decide("06-09 07:00")

    assert (33, 30) == (getattr(known.score, "fit", 0), getattr(unknown.score, "fit", 0))
    assert "speaks German +3" in getattr(known.score, "sentence", "")


def test_a_field_may_have_its_own_order_of_sources() -> None:
    rules = default_rules()
    order = (
        Source(side=Side.MARKETING, kind=SourceKind.PERSON),
        Source(side=Side.SALES, kind=SourceKind.PERSON),
    )
    sources: Mapping[str, tuple[Source, ...]] = {f.COUNTRY: order, f.REVENUE: order}
    rules = replace(rules, normalisation=replace(rules.normalisation, sources=sources))
    person = Person(rules, country="Japan").with_lead(country="Germany")

    assert 34 == getattr(person.decide("06-09 07:00").score, "fit", 0)


def test_what_evidence_means_is_forgotten_before_it_is_too_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rules = replace(default_rules().score, recalled={})
    monkeypatch.setattr(engagements, "_MOST_RECALLED", 2)
    for number in range(5):
        detail = EngagementDetail(evidence=Evidence.PAGE, name="", target=f"/{number}")
        assert "visit" == getattr(engagements.signal_of(detail, rules), "name", "")

    assert len(rules.recalled) <= 2


def test_before_the_first_quarter_no_value_is_credited() -> None:
    rules = default_rules()
    later = (QuarterValues(starts_on=date(2027, 1, 1), sources={}, other=1.0),)
    rules = replace(rules, commitment=replace(rules.commitment, quarters=later))

    assert Person(rules).demo("06-09 07:00").decide("06-09 07:00").standing.mql_value is None


def test_nobody_is_found_by_no_name() -> None:
    owners = {"a": user("a", email="Ann@x.example")}

    assert owners["a"] is named(owners, "ann@X.example")
    assert named(owners, None) is None
    assert named(owners, "b") is None


def test_a_rejection_without_owner_or_manager_is_asked_about_only() -> None:
    person = Person().with_lead(owner_id=None).demo("06-09 07:00")
    person.decide("06-09 07:00")
    person.status("06-09 07:30", "Recycle", "BUDGET", "bad lead")

    asked = person.decide("06-09 07:30")
    later = person.decide("06-11 07:31")

    assert {} == tasks(asked)
    assert {"details_missing", "nobody_to_alert"} == {review.kind for review in later.reviews}


def test_tasks_are_wanted_once() -> None:
    person = waiting()
    first = person.decide("06-09 07:45")
    assert first.standing.tasks
    again = replace(person.view(at("06-09 07:46")), issued=frozenset())
    assert {task.key for task in first.standing.tasks} == {
        task.key for task in getattr(again.standing, "tasks", ())
    }
    (task,) = first.standing.tasks
    issued = replace(again, issued=frozenset({task.key}))
    from crmbridge.core.decide import decide

    assert () == decide(issued, person.rules, at("06-09 07:46")).standing.tasks
    # A person sees the same reason chased twice for one and the same rejection only once.
    wanted = Task(
        key=task.key,
        topic=Topic.SLA,
        side=Side.SALES,
        assignee=REP,
        subject="again",
        why="again",
        at=at("06-09 07:46"),
        due=at("06-09 07:46"),
        due_on=date(2026, 6, 9),
    )
    from crmbridge.core.course import Course
    from crmbridge.core.decide import profile_of

    view = person.view(at("06-09 07:46"))
    course = Course.resume(view, person.rules, profile_of(view, person.rules), first.standing)
    course.want(wanted)
    assert first.standing.tasks == course.tasks


def test_a_hard_bounce_on_an_old_address_is_over_with_the_new_one() -> None:
    person = Person().with_lead().demo("06-09 07:00").touch("06-09 07:10")
    person.decide("06-09 07:15")
    person.plain(FactKind.BOUNCE, "06-09 08:00").decide("06-09 08:00")
    assert person.sales is not None
    fields = {**person.sales.fields, f.EMAIL: "ada.l@northwind.example"}
    person.sales = replace(person.sales, fields=fields)

    assert () == person.decide("06-09 09:00").reviews


def test_a_weaker_block_does_not_replace_a_stronger_one() -> None:
    rules = default_rules()
    person = Person(rules, persona="student", email="a@rivalsoft.com").demo("06-09 07:00")
    person.decide("06-09 07:00")
    person.marketing = replace(
        person.marketing,  # type: ignore[type-var]
        fields={**getattr(person.marketing, "fields", {}), f.EMAIL: "a@other.example"},
    )

    assert "COMPETITOR" == person.decide("06-09 08:00").standing.block


def test_the_lead_of_a_deleted_record_is_not_pursued() -> None:
    person = waiting()
    assert person.sales is not None
    person.sales = replace(person.sales, deleted=True)
    person.add(FactKind.DELETED, "06-09 07:30", person.facts[0].detail, ref=LEAD)

    assert {} == tasks(person.decide("06-09 08:30"))


def test_a_value_stated_before_the_recycle_makes_no_second_mql() -> None:
    person = Person(estimated_value=200_000).with_lead(estimated_value=200_000)
    assert "big_deal" == person.decide("06-09 07:00").standing.mql_reason
    person.touch("06-09 07:10").status("06-10 07:00", "Recycle", "NO_RESPONSE")
    assert Stage.RECYCLED is person.decide("06-10 07:00").stage

    assert Stage.RECYCLED is person.decide("07-20 07:00").stage


def test_a_pause_without_a_human_owner_moves_the_leads_due() -> None:
    person = Person().with_lead(owner_id="00Gqueue").demo("06-09 13:00")
    person.decide("06-09 13:00")
    person.add(FactKind.PAUSED, "06-09 13:30", PauseDetail(reason="Legal hold"))
    person.decide("06-09 13:30")
    person.add(FactKind.RESUMED, "06-09 14:30", PauseDetail())

    assert at("06-09 15:00") == getattr(person.decide("06-09 14:30").sla, "due", None)


def test_a_new_lead_goes_to_whoever_knew_the_person_before() -> None:
    person = Person().with_lead().demo("06-09 07:00")
    person.decide("06-09 07:00")
    person.touch("06-09 07:10").status("06-10 07:00", "Recycle", "NO_RESPONSE")
    person.decide("06-10 07:00")
    person.sales = None
    person.demo("06-12 07:00")

    (create,) = [
        op for op in person.decide("06-12 07:00").operations if op.kind is OperationKind.CREATE
    ]

    assert REP == create.values[f.OWNER_ID]


@pytest.mark.parametrize("change", ["inactive", "big deal"])
def test_but_not_to_somebody_who_left_or_refused(change: str) -> None:
    person = Person().with_lead().demo("06-09 07:00")
    person.decide("06-09 07:00")
    person.touch("06-09 07:10").status("06-10 07:00", "Recycle", "NO_RESPONSE")
    person.decide("06-10 07:00")
    person.sales = None
    if change == "inactive":
        person.owners[REP] = replace(person.owners[REP], active=False)
        person.demo("07-12 07:00")
    else:
        fields = {**getattr(person.marketing, "fields", {}), f.ESTIMATED_VALUE: 500_000}
        person.marketing = replace(person.marketing, fields=fields)  # type: ignore[type-var]

    (create,) = [
        op for op in person.decide("07-12 07:00").operations if op.kind is OperationKind.CREATE
    ]

    assert f.OWNER_ID not in create.values


def test_a_calendar_that_ended_is_brought_before_the_escalation_contact_once() -> None:
    person = Person(with_ladder(escalation="ops")).with_lead()
    person.owners = {**person.owners, "ops": user("ops")}
    person.born = at("06-01 08:00")
    sla = person.rules.sla
    short = replace(sla.calendars["DE"], ends_on=date(2026, 6, 1))
    person.rules = replace(person.rules, sla=replace(sla, calendars={**sla.calendars, "DE": short}))

    first = person.demo("06-09 07:00").decide("06-09 07:00")

    assert {"2026": "ops"} == tasks(first)
    assert ["calendar_unconfirmed"] == [review.kind for review in first.reviews]
    assert {} == tasks(person.decide("06-09 07:01"))


@pytest.mark.parametrize(("there", "told"), [(True, 1), (False, 0)])
def test_an_owner_who_is_not_there_is_not_told_that_silence_gave_the_lead_back(
    there: bool, told: int
) -> None:
    person = Person().with_lead().demo("06-09 07:00")
    person.decide("06-09 07:05")
    person.touch("06-09 07:20").decide("06-09 07:25")
    person.owners[REP] = replace(person.owners[REP], active=there)

    decision = person.decide("07-20 07:00")

    assert decision.stage is Stage.RECYCLED
    assert told == sum(key.startswith("idle") for key in tasks(decision))
