"""Both CRMs compared person by person: every difference has its cause."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from company import Company, company
from populations import (
    ADA,
    BO,
    CONTACTS,
    change_list,
    compare,
    contact,
    counts,
    hands_go_up,
    lead,
    list_id,
    new_lead,
    only,
    patch_contact,
    patch_lead,
    recycle,
    told,
    two_mqls,
)

from crmbridge.core.limits import Effect
from crmbridge.core.model import ObjectType, Ref, Side
from crmbridge.core.reconciling import Cause
from crmbridge.engine.applying import Applier
from crmbridge.engine.polling import Poller
from crmbridge.engine.withholding import pause_field, resume_field
from crmbridge.sandbox.seeding import API
from crmbridge.store import Store


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Company]:
    """Ada and Bo are MQLs in both CRMs."""
    with two_mqls(tmp_path) as people:
        yield people


def test_where_both_crms_show_what_was_decided_there_is_no_difference(people: Company) -> None:
    recycle(people, BO)
    found = compare(people)
    assert [] == told(found)
    assert not found.needs_somebody
    assert (1, {"hubspot": 1, "salesforce": 1}, 1) == counts(found, "MQL")
    assert (1, {"hubspot": 1, "salesforce": 1}, 1) == counts(found, "RECYCLED")
    assert (1, {"hubspot": 1}, 1) == counts(found, "NL-BUDGET")


def test_a_write_that_was_not_sent_yet_is_pending(
    people: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_self: Applier, _now: object) -> None:
        raise KeyboardInterrupt

    people.contact("cy@fabrikam.example")
    people.cycle()
    people.form("cy@fabrikam.example", "Request a demo")
    people.clock.advance(60)
    calls = iter((lambda: None,))
    real = Applier.apply

    def once(self: Applier, now: Any) -> Any:
        # The first pass of a cycle sends what an earlier one left, the second what is new.
        return real(self, now) if next(calls, None) else die(self, now)

    monkeypatch.setattr(Applier, "apply", once)
    with pytest.raises(KeyboardInterrupt):
        people.bridge.run_cycle(people.clock.now())
    found = compare(people)
    assert [
        ("MQL", "hubspot", Cause.PENDING),
        ("MQL", "salesforce", Cause.PENDING),
    ] == told(found)
    assert not found.needs_somebody
    monkeypatch.undo()
    people.cycle()
    people.cycle()
    assert [] == told(compare(people))


def test_a_refused_write_is_parked_with_the_crms_reason(people: Company) -> None:
    rule = {"object": "Lead", "field": "LastName", "allow_save": False}
    people.org.sim("duplicate_rules", {"rules": [rule]})
    hands_go_up(people, "cy@fabrikam.example")
    found = compare(people)
    assert [("MQL", "salesforce", Cause.PARKED)] == told(found)
    assert "a duplicate rule refuses the record" in only(found).why
    assert found.needs_somebody
    assert (3, {"hubspot": 3, "salesforce": 2}, 2) == counts(found, "MQL")


def test_what_broke_a_limit_is_held(people: Company) -> None:
    rules = people.bridge.rules
    nobody = Effect(people=0, mqls=0, list_removals=0)
    people.bridge.rules = replace(rules, limits=replace(rules.limits, cycle=nobody))
    hands_go_up(people, "cy@fabrikam.example")
    found = compare(people)
    assert [("MQL", "hubspot", Cause.HELD), ("MQL", "salesforce", Cause.HELD)] == told(found)
    assert "crmbridge approve" in found.differences[0].why
    assert found.needs_somebody


def test_a_write_that_failed_for_now_is_tried_again(people: Company) -> None:
    people.contact("cy@fabrikam.example")
    people.cycle()
    fault = {"path": "contacts/batch/(update|upsert)", "status": 503, "times": 50}
    people.visitors.sim("faults", {"action": "status", "token": "crmbridge", **fault})
    people.form("cy@fabrikam.example", "Request a demo")
    people.cycle()
    found = compare(people)
    assert [("MQL", "hubspot", Cause.RETRY)] == told(found)
    assert not found.needs_somebody


def test_a_second_lead_of_a_person_shows_nothing_that_does_not_count(people: Company) -> None:
    with people.bridge.store.transaction() as tx:
        pause_field(tx, "stage", {Side.SALES: "salesforce"}, "Olga", people.clock.now())
    new_lead(people, ADA, CRMBridge_Stage__c="MQL")
    for _ in range(3):
        people.cycle()
    assert [("MQL", "salesforce", Cause.PAUSED)] == told(compare(people))
    with people.bridge.store.transaction() as tx:
        resume_field(tx, "stage", {Side.SALES: "salesforce"}, "Olga", people.clock.now())
    for _ in range(2):
        people.cycle()
    found = compare(people)
    assert [] == told(found)
    assert (2, {"hubspot": 2, "salesforce": 2}, 2) == counts(found, "MQL")


def test_who_has_no_record_there_is_out_of_scope(people: Company) -> None:
    rules = people.bridge.rules
    alone = replace(rules.handoff, create_leads=False)
    people.bridge.rules = replace(rules, handoff=alone)
    hands_go_up(people, "cy@fabrikam.example")
    found = compare(people)
    assert [("MQL", "salesforce", Cause.OUT_OF_SCOPE)] == told(found)
    assert "no record in salesforce" in only(found).why
    assert not found.needs_somebody


def test_in_shadow_everything_is_out_of_scope(people: Company) -> None:
    patch_contact(people, ADA, crmbridge_stage="LEAD")
    people.bridge.rules = replace(people.bridge.rules, approvals={})
    people.cycle()
    found = compare(people)
    assert [("MQL", "hubspot", Cause.OUT_OF_SCOPE)] == told(found)
    assert "marketing has not signed" in only(found).why


def test_a_membership_from_before_go_live_is_out_of_scope(tmp_path: Path) -> None:
    with company(tmp_path) as people, Store.open(":memory:") as fresh:
        people.contact(ADA, lifecyclestage="customer")
        change_list(people, "NL-BUDGET", "add", ADA)
        # Another bridge goes live on the same two CRMs.
        people.bridge.store, former = fresh, people.bridge.store
        people.bridge.meet()
        people.cycle()
        found = compare(people)
        people.bridge.store = former
    assert [("NL-BUDGET", "hubspot", Cause.OUT_OF_SCOPE)] == told(found)
    assert "before crmbridge went live" in only(found).why


def test_a_hand_edit_that_no_poll_has_seen_yet_is_named_and_then_corrected(
    people: Company,
) -> None:
    patch_contact(people, ADA, crmbridge_stage="RECYCLED")
    patch_lead(people, BO, CRMBridge_Stage__c="LEAD")
    found = compare(people)
    assert [
        ("MQL", "hubspot", Cause.EDITED_BY_HAND),
        ("MQL", "salesforce", Cause.EDITED_BY_HAND),
        ("RECYCLED", "hubspot", Cause.EDITED_BY_HAND),
    ] == told(found)
    assert not found.needs_somebody
    people.cycle()
    people.cycle()
    assert [] == told(compare(people))


def test_a_hand_edit_that_was_read_and_not_decided_about_is_one_all_the_same(
    people: Company,
) -> None:
    patch_contact(people, ADA, crmbridge_stage="LEAD")
    bridge = people.bridge
    people.clock.advance(60)
    Poller(bridge.store, bridge.connectors, bridge.slow_interval).poll(people.clock.now())
    assert [("MQL", "hubspot", Cause.EDITED_BY_HAND)] == told(compare(people))


def test_a_record_that_several_people_claim_is_a_duplicate(people: Company) -> None:
    for name in ("dee", "eve"):
        new_lead(people, f"{name}@imports.example")
    people.cycle()
    for name in ("dee", "eve"):
        patch_lead(people, f"{name}@imports.example", Email="both@imports.example")
    people.cycle()
    claimed = new_lead(people, "both@imports.example", CRMBridge_Stage__c="MQL")
    people.cycle()
    found = compare(people)
    assert [("MQL", "salesforce", Cause.DUPLICATE)] == told(found)
    assert [claimed] == [ref.id for ref in only(found).records]
    assert "several people claim this record" in only(found).why


def test_a_converted_lead_shows_nothing(people: Company) -> None:
    wish = {"lead_id": lead(people, ADA), "user_id": people.rep, "create_opportunity": False}
    people.org.sim("convert", wish)
    people.cycle()
    people.cycle()
    assert [] == told(compare(people))
    (row,) = people.query("SELECT Id FROM Contact")
    path = f"{API}/sobjects/Contact/{row['Id']}"
    assert people.org.call("PATCH", path, {"CRMBridge_Stage__c": "MQL"}).status_code == 204
    found = compare(people)
    assert [("MQL", "salesforce", Cause.EDITED_BY_HAND)] == told(found)
    assert [row["Id"]] == [ref.id for ref in only(found).records]


def test_a_new_record_that_no_poll_has_seen_yet_is_unread(people: Company) -> None:
    identity = new_lead(people, "dee@imports.example", CRMBridge_Stage__c="MQL")
    found = compare(people)
    assert [("MQL", "salesforce", Cause.UNREAD)] == told(found)
    assert [identity] == [ref.id for ref in only(found).records]
    assert "" == only(found).uid
    people.cycle()
    people.cycle()
    assert [] == told(compare(people))


def test_a_hidden_field_is_a_missing_permission(people: Company) -> None:
    people.org.sim("hidden", {"fields": [["Lead", "CRMBridge_Stage__c"]]})
    found = compare(people)
    assert [("MQL", "salesforce", Cause.MISSING_PERMISSION)] * 2 == told(found)
    assert "the stage of a lead cannot be seen" in found.differences[0].why
    assert found.needs_somebody
    people.org.sim("hidden", {"fields": []})
    assert [] == told(compare(people))


def test_a_deleted_property_is_a_missing_permission(people: Company) -> None:
    path = "/crm/v3/properties/contacts/crmbridge_stage"
    assert people.portal.call("DELETE", path).status_code == 204
    found = compare(people)
    assert [("MQL", "hubspot", Cause.MISSING_PERMISSION)] * 2 == told(found)


def test_a_deleted_list_is_a_missing_permission(people: Company) -> None:
    recycle(people, BO)
    path = f"/crm/v3/lists/{list_id(people, 'NL-BUDGET')}"
    assert people.portal.call("DELETE", path).status_code == 204
    found = compare(people)
    assert [("NL-BUDGET", "hubspot", Cause.MISSING_PERMISSION)] == told(found)
    assert "hubspot has no list NL-BUDGET" in only(found).why


@pytest.mark.parametrize("seen", [True, False])
def test_a_deleted_lead_is_named(people: Company, *, seen: bool) -> None:
    identity = lead(people, ADA)
    assert people.org.call("DELETE", f"{API}/sobjects/Lead/{identity}").status_code == 204
    if seen:
        people.cycle()
    found = compare(people)
    assert [("MQL", "salesforce", Cause.DELETED)] == told(found)
    assert f"salesforce:lead:{identity}" in only(found).why
    assert not found.needs_somebody


def test_an_archived_contact_is_named_and_read_again(people: Company) -> None:
    identity = contact(people, ADA)
    assert people.portal.call("DELETE", f"{CONTACTS}/{identity}").status_code == 204
    people.cycle(30)
    found = compare(people)
    assert [("MQL", "hubspot", Cause.DELETED)] == told(found)
    people.cycle()
    with people.bridge.store.read() as tx:
        record = tx.record(Ref(system="hubspot", object_type=ObjectType.CONTACT, id=identity))
    assert record is not None
    assert record.deleted


def test_a_hand_on_a_list_is_named(people: Company) -> None:
    recycle(people, BO)
    change_list(people, "NL-BUDGET", "remove", BO)
    change_list(people, "NL-TIMING", "add", ADA)
    found = compare(people)
    assert [
        ("NL-BUDGET", "hubspot", Cause.EDITED_BY_HAND),
        ("NL-TIMING", "hubspot", Cause.EDITED_BY_HAND),
    ] == told(found)
    assert not found.needs_somebody
    for _ in range(3):
        people.cycle(20)
    assert [] == told(compare(people))
