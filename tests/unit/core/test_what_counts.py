"""What engagement counts, how scores explain themselves, and which record speaks."""

from __future__ import annotations

from dataclasses import replace

from person import CONTACT, LEAD, Person, at, default_rules

from crmbridge.core import fields as f
from crmbridge.core.engagements import History
from crmbridge.core.facts import EngagementDetail, Evidence, FactKind
from crmbridge.core.identity import canonical
from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.core.model import ObjectType, Record, Ref, Stage
from crmbridge.core.profile import Profile
from crmbridge.core.scoring import score


def click(person: Person, when: str, target: str = "", count: int = 1) -> Person:
    detail = EngagementDetail(evidence=Evidence.CLICK, target=target, count=count)
    return person.add(FactKind.ENGAGEMENT, when, detail, ref=CONTACT)


def engagement(person: Person, when: str) -> float:
    shown = person.decide(when).score
    assert shown is not None
    return round(shown.engagement, 1)


def test_clicks_on_different_links_at_once_are_a_scanners() -> None:
    person = Person()
    for target in ("a", "b", "a"):
        click(person, "06-09 10:00", target)
    click(person, "06-09 12:00", "a")

    assert 3.0 == engagement(person, "06-09 12:00")


def test_three_clicks_of_a_bare_counter_within_a_minute_are_a_scanners() -> None:
    assert 0.0 == engagement(click(Person(), "06-09 10:00", count=3), "06-09 10:00")
    assert 6.0 == engagement(click(Person(), "06-09 10:00", count=2), "06-09 10:00")


def test_only_three_of_a_kind_count_a_day() -> None:
    person = Person()
    for minute in range(5):
        person.page(f"06-09 10:0{minute}", "/blog")

    assert 6.0 == engagement(person, "06-09 10:05")


def test_evidence_that_no_pattern_knows_is_worth_nothing_but_a_reply_ends_silence() -> None:
    person = Person().with_lead().demo("06-09 15:00").touch("06-09 15:30")
    person.decide("06-09 15:35")
    reply = EngagementDetail(evidence=Evidence.REPLY)
    person.add(FactKind.ENGAGEMENT, "07-01 10:00", reply, ref=CONTACT)
    person.form("07-02 10:00", "Newsletter of a kind nobody lists")
    person.decide("07-02 10:05")

    assert Stage.ACTIVATION is person.decide("07-20 10:00").stage
    assert Stage.RECYCLED is person.decide("07-31 10:00").stage


def test_what_was_done_between_an_objection_and_its_end_never_counts() -> None:
    person = Person().consent(FactKind.OPT_OUT, "06-09 10:00")
    person.form("06-09 11:00", "Webinar: SLA").consent(FactKind.OPT_IN, "06-09 12:00")
    person.form("06-09 13:00", "Download: guide")

    assert 8.0 == engagement(person, "06-09 13:00")


def test_a_deal_after_a_recycle_keeps_the_stamps_that_were_there() -> None:
    person = Person().with_lead().demo("06-09 15:00").touch("06-09 15:30")
    person.decide("06-09 15:35")
    person.status("06-10 10:00", "Disqualified", "BUDGET").decide("06-10 10:05")
    person.deal(FactKind.DEAL_OPENED, "06-12 10:00")

    decision = person.decide("06-12 10:05")

    inferred = [move.after for move in decision.moves if move.inferred]
    assert (Stage.OPPORTUNITY, [Stage.QUALIFICATION]) == (decision.stage, inferred)


def test_not_icp_disputes_the_definition_only_where_it_says_a() -> None:
    person = Person(title="Analyst", industry="Retail").with_lead(
        title="Analyst", industry="Retail"
    )
    person.demo("06-09 15:00").decide("06-09 15:05")
    person.status("06-10 10:00", "Disqualified", "NOT_ICP")

    assert [] == list(person.decide("06-10 10:05").reviews)


def test_a_resume_date_without_an_owner_is_read_in_the_default_calendars_zone() -> None:
    person = Person().with_lead(owner_id=None).demo("06-09 15:00")
    person.decide("06-09 15:05")
    person.status("06-12 10:00", "Disqualified", "TIMING", resume=at("10-01 00:00").date())

    decision = person.decide("06-12 10:05")

    assert at("10-01 04:00") == getattr(decision.recycle, "cooldown_until", None)


def test_the_date_after_timing_is_not_enough_without_an_engagement_after_it() -> None:
    person = Person().with_lead().demo("06-09 15:00").touch("06-09 15:30")
    person.decide("06-09 15:35")
    person.status("06-10 10:00", "Disqualified", "TIMING", resume=at("06-20 00:00").date())
    person.decide("06-10 10:05")
    person.form("06-18 10:00", "Webinar: SLA").form("06-18 10:01", "ROI calculator")
    person.page("06-18 10:02", "/pricing")
    pending = person.decide("06-18 10:05")
    assert (Stage.RECYCLED, {"re_mql_pending"}) == (pending.stage, set(pending.flags))
    assert Stage.RECYCLED is person.decide("06-20 10:00").stage
    person.page("06-20 11:00", "/blog")

    assert Stage.MQL is person.decide("06-20 11:05").stage


def test_someone_adopted_from_sales_alone_needs_no_marketing_record() -> None:
    person = Person().with_lead(status="Working")
    person.marketing = None
    person.go_live = at("06-05 08:00")

    assert Stage.ACTIVATION is person.decide("06-05 08:00").stage


def test_a_private_mailbox_costs_points_and_colleagues_lift() -> None:
    rules = default_rules()
    profile = Profile(industry="logistics", email_domain="gmail.com")

    assert (2.0, 6.0) == (
        (shown := score(profile, History((), rules.score), rules, at("06-09 10:00"), lift=6.0)).fit,
        shown.signals,
    )
    assert "colleagues are active too" in shown.sentence


def test_a_long_list_of_reasons_is_cut_at_255_characters_and_says_so() -> None:
    person = Person()
    for day in range(1, 10):
        person.form(f"06-0{day} 10:00", "Webinar: SLA").form(f"06-0{day} 11:00", "Download: x")

    sentence = getattr(person.decide("06-09 12:00").score, "sentence", "")

    assert len(sentence) <= 255
    assert sentence.endswith("more.")


def test_of_several_records_a_living_contact_speaks_then_an_open_lead() -> None:
    def record(kind: ObjectType, identity: str, **more: object) -> Record:
        ref = Ref(system="salesforce", object_type=kind, id=identity)
        deleted = bool(more.pop("deleted", False))
        fields = {f.CONVERTED: bool(more.get("converted"))}
        return Record(
            ref=ref, version="1", modified_at=at("06-01 08:00"), fields=fields, deleted=deleted
        )

    contact, lead = record(ObjectType.CONTACT, "003"), record(ObjectType.LEAD, "00Q")
    converted = record(ObjectType.LEAD, "00Q2", converted=True)
    gone = record(ObjectType.CONTACT, "003gone", deleted=True)

    assert canonical([]) is None
    assert (contact, (lead, converted, gone)) == canonical([gone, converted, lead, contact])


def test_every_write_has_a_digest_of_what_it_intends() -> None:
    first, later = Person().demo("06-09 15:00"), Person().demo("06-09 15:00")

    one = first.decide("06-09 15:05").operations[0]
    assert one.digest == one.key.rpartition("/")[2]
    assert one.key == later.decide("06-09 15:05").operations[0].key
    assert JournalEntry(kind=JournalKind.MOVED, uid="u", at=at("06-09 15:00"), payload={}).seq == 0


def test_a_lead_that_changed_hands_before_the_due_is_booked_to_who_holds_it() -> None:
    person = Person().with_lead().demo("06-09 12:00")
    person.decide("06-09 12:05")
    person.owners["005two"] = replace(
        person.owners["005rep"], ref=replace(person.owners["005rep"].ref, id="005two")
    )
    assert person.sales
    fields = {**person.sales.fields, f.OWNER_ID: "005two"}
    person.sales = replace(person.sales, fields=fields)
    person.decide("06-09 12:30")

    assert "005two" == getattr(person.decide("06-09 14:00").sla, "owner_id", None)
    assert LEAD.id == "00Q1"
