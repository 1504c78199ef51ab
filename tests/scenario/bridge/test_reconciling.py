"""Both CRMs compared person by person: every difference has its cause, and drift is mended."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner
from company import Company, company
from daemon_process import write_config

from crmbridge.cli.reconcile import reconcile
from crmbridge.core.fields import STAGE
from crmbridge.core.journal import JournalKind
from crmbridge.core.limits import Effect
from crmbridge.core.model import ObjectType, Ref, Side
from crmbridge.core.reconciling import Cause, Difference, Reconciliation
from crmbridge.engine.applying import Applier
from crmbridge.engine.polling import Poller
from crmbridge.engine.reconciling import Reconciler
from crmbridge.ports import Page
from crmbridge.sandbox.seeding import API
from crmbridge.store import Store

ADA, BO = "ada@northwind.example", "bo@contoso.example"
CONTACTS = "/crm/v3/objects/contacts"
DAY = 24 * 60


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Company]:
    """Ada and Bo are MQLs in both CRMs."""
    with company(tmp_path) as people:
        hands_go_up(people, ADA, BO)
        yield people


def hands_go_up(people: Company, *emails: str) -> None:
    for email in emails:
        people.contact(email)
    people.cycle()
    for email in emails:
        people.form(email, "Request a demo")
    for _ in range(3):
        people.cycle()


def compare(people: Company) -> Reconciliation:
    people.clock.advance(5)
    bridge = people.bridge
    now = people.clock.now()
    shadow = bridge.rules.why_shadow(now) or ""
    return Reconciler(bridge.store, bridge.connectors, bridge.rules).run(now, shadow)


def told(found: Reconciliation) -> list[tuple[str, str, Cause]]:
    return [(each.population, each.system, each.cause) for each in found.differences]


def only(found: Reconciliation) -> Difference:
    (difference,) = found.differences
    return difference


def counts(found: Reconciliation, population: str) -> tuple[int, dict[str, int], int]:
    (tally,) = [each for each in found.tallies if each.population == population]
    return tally.belong, dict(tally.shown), tally.in_all


def contact(people: Company, email: str) -> str:
    return str(people.portal.get(f"{CONTACTS}/{email}", idProperty="email").json()["id"])


def lead(people: Company, email: str) -> str:
    return str(people.query(f"SELECT Id FROM Lead WHERE Email = '{email}'")[0]["Id"])


def patch_contact(people: Company, email: str, **properties: str) -> None:
    path = f"{CONTACTS}/{contact(people, email)}"
    answer = people.portal.call("PATCH", path, {"properties": properties})
    assert answer.status_code == 200, answer.text


def patch_lead(people: Company, email: str, **values: Any) -> str:
    identity = lead(people, email)
    answer = people.org.call(
        "PATCH",
        f"{API}/sobjects/Lead/{identity}",
        values,
        headers={"Sforce-Auto-Assign": "FALSE"},
    )
    assert answer.status_code == 204, answer.text
    return identity


def new_lead(people: Company, email: str, **values: str) -> str:
    body = {"LastName": "Abbott", "Company": "Acme", "Email": email, **values}
    answer = people.org.call(
        "POST", f"{API}/sobjects/Lead", body, headers={"Sforce-Auto-Assign": "FALSE"}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def as_rep(people: Company, email: str, **values: str) -> None:
    """The rep edits the lead, and the bridge does its work."""
    found = people.query("SELECT Id FROM PermissionSet WHERE Name = 'CRMBridge_Sales'")
    body = {"PermissionSetId": found[0]["Id"], "AssigneeId": people.rep}
    people.org.post(f"{API}/sobjects/PermissionSetAssignment", body)
    token = people.org.sim("session", {"user_id": people.rep})["access_token"]
    with people.sandbox.salesforce_client(token) as rep:
        path = f"{API}/sobjects/Lead/{lead(people, email)}"
        answer = rep.call("PATCH", path, values, headers={"Sforce-Auto-Assign": "FALSE"})
    assert answer.status_code == 204, answer.text
    for _ in range(2):
        people.cycle()


def recycle(people: Company, email: str) -> None:
    """The rep worked the lead and lets it go for want of a budget."""
    as_rep(people, email, Status="Working - Contacted")
    as_rep(people, email, Status="Closed - Not Converted", CRMBridge_Reason__c="BUDGET")


def list_id(people: Company, name: str) -> str:
    found = people.portal.get(f"/crm/v3/lists/object-type-id/0-1/name/{name}").json()
    return str(found["list"]["listId"])


def change_list(people: Company, name: str, verb: str, email: str) -> None:
    path = f"/crm/v3/lists/{list_id(people, name)}/memberships/{verb}"
    assert people.portal.call("PUT", path, [contact(people, email)]).status_code == 200


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


def test_a_second_lead_of_a_person_is_a_duplicate(people: Company) -> None:
    second = new_lead(people, ADA, CRMBridge_Stage__c="MQL")
    for _ in range(3):
        people.cycle()
    found = compare(people)
    assert [("MQL", "salesforce", Cause.DUPLICATE)] == told(found)
    assert second in only(found).why
    assert (2, {"hubspot": 2, "salesforce": 2}, 2) == counts(found, "MQL")
    assert found.needs_somebody


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


def late_commit(people: Company) -> None:
    """A change of Ada's lead that bears an old stamp: no poll shows it."""
    identity = patch_lead(people, ADA, CRMBridge_Stage__c="LEAD")
    people.org.sim("late", {"object": "Lead", "id": identity, "seconds_older": 40 * DAY * 60})


def slow_index(people: Company) -> None:
    """A change of Ada's contact that the search learns of when its window was long read."""
    people.visitors.sim("config", {"index_lag_seconds": 3600})
    patch_contact(people, ADA, crmbridge_stage="LEAD")
    for _ in range(4):
        people.cycle(5)
    people.visitors.sim("config", {"index_lag_seconds": 0})


def lost_write(people: Company) -> None:
    """The store believes in a write that HubSpot did not keep: its record is as it was."""
    ref = Ref(system="hubspot", object_type=ObjectType.CONTACT, id=contact(people, ADA))
    patch_contact(people, ADA, crmbridge_stage="LEAD")
    (read,) = people.bridge.connectors[Side.MARKETING].fetch([ref]).records
    with people.bridge.store.transaction() as tx:
        tx.put_record(replace(read, fields={**read.fields, STAGE: "MQL"}))


@pytest.mark.parametrize(
    ("plant", "system"),
    [(late_commit, "salesforce"), (slow_index, "hubspot"), (lost_write, "hubspot")],
)
def test_drift_is_found_and_mended(
    people: Company, plant: Callable[[Company], None], system: str
) -> None:
    plant(people)
    people.cycle(20)
    people.cycle()
    found = compare(people)
    assert [("MQL", system, Cause.DRIFT)] == told(found)
    assert found.needs_somebody
    people.cycle()
    people.cycle()
    assert [] == told(compare(people))
    with people.bridge.store.read() as tx:
        assert [] == tx.doubted()


def test_drift_of_a_list_is_found_and_mended(people: Company) -> None:
    recycle(people, BO)
    change_list(people, "NL-BUDGET", "remove", BO)
    ref = Ref(system="hubspot", object_type=ObjectType.CONTACT, id=contact(people, BO))
    with people.bridge.store.transaction() as tx:
        tx.agree_list(ref, "NL-BUDGET", member=False)
    found = compare(people)
    assert [("NL-BUDGET", "hubspot", Cause.DRIFT)] == told(found)
    people.cycle()
    assert [] == told(compare(people))


def test_a_lagging_index_makes_no_difference(people: Company) -> None:
    people.contact("cy@fabrikam.example")
    people.cycle()
    people.form("cy@fabrikam.example", "Request a demo")
    people.cycle()
    people.visitors.sim("config", {"index_lag_seconds": 60})
    index = people.bridge.connectors[Side.MARKETING].population({"MQL"}).shown
    assert 2 == len(index)
    found = compare(people)
    assert [] == told(found)
    assert (3, {"hubspot": 3, "salesforce": 3}, 3) == counts(found, "MQL")
    people.visitors.sim("config", {"index_lag_seconds": 0})
    as_rep(people, ADA, Status="Working - Contacted")
    people.visitors.sim("config", {"index_lag_seconds": 120})
    as_rep(people, BO, Status="Working - Contacted")
    assert 2 == len(people.bridge.connectors[Side.MARKETING].population({"MQL"}).shown)
    found = compare(people)
    assert [] == told(found)
    assert (1, {"hubspot": 1, "salesforce": 1}, 1) == counts(found, "MQL")


@pytest.mark.parametrize("first", [True, False])
def test_a_daemon_at_work_meanwhile_makes_no_drift(people: Company, *, first: bool) -> None:
    slow_index(people)
    compare(people)
    connector: Any = people.bridge.connectors[Side.MARKETING]
    real = connector.fetch

    def fetch(refs: Sequence[Ref]) -> Page:
        connector.fetch = real
        if first:
            people.cycle()
        page: Page = real(refs)
        if not first:
            people.cycle()
        return page

    connector.fetch = fetch
    found = compare(people)
    assert connector.fetch == real
    assert ([] if first else [("MQL", "hubspot", Cause.EDITED_BY_HAND)]) == told(found)


def test_once_a_day_the_daemon_compares_tells_the_journal_and_mends(people: Company) -> None:
    def entries() -> list[dict[str, Any]]:
        with people.bridge.store.read() as tx:
            return [
                dict(each.payload) for each in tx.journal() if each.kind is JournalKind.RECONCILED
            ]

    assert [] == entries()
    late_commit(people)
    people.cycle(20)
    with structlog.testing.capture_logs() as logs:
        people.cycle(DAY)
        people.cycle()
        people.cycle()
    (entry,) = entries()
    assert {"drift": 1} == entry["populations"]["MQL"]["differences"]
    assert {"hubspot": 2, "salesforce": 1} == entry["populations"]["MQL"]["shown"]
    (said,) = [each for each in logs if each["event"] == "reconciled"]
    assert ({"drift": 1}, 1) == (said["causes"], said["read_again"])
    with people.bridge.store.read() as tx:
        kept = tx.last_reconciliation()
    assert kept is not None
    assert 1 == kept.count(Cause.DRIFT)
    assert kept.needs_somebody
    assert ["MQL", "MQL"] == [
        row["CRMBridge_Stage__c"] for row in people.query("SELECT CRMBridge_Stage__c FROM Lead")
    ]


def test_a_crm_that_does_not_answer_puts_the_comparison_off(people: Company) -> None:
    fault = {"path": "memberships", "status": 503, "times": 4, "action": "status"}
    people.cycle(DAY - 60)
    people.visitors.sim("faults", {"token": "crmbridge", **fault})
    with structlog.testing.capture_logs() as logs:
        people.cycle(61)
        people.cycle()
    assert ["reconciling_put_off", "reconciled"] == [
        each["event"] for each in logs if each["event"].startswith("reconcil")
    ]


def test_a_crm_that_refuses_a_comparison_does_not_stop_the_daemon(people: Company) -> None:
    people.cycle(DAY - 60)
    fault = {"path": "contacts/search", "status": 400, "times": 1, "action": "status"}
    people.visitors.sim("faults", {"token": "crmbridge", **fault})
    with structlog.testing.capture_logs() as logs:
        people.cycle(61)
        people.cycle()
        people.cycle(DAY)
    assert ["reconciling_refused", "reconciled"] == [
        each["event"] for each in logs if each["event"].startswith("reconcil")
    ]


@contextmanager
def many(folder: Path, mqls: int, others: int) -> Iterator[Company]:
    """So many MQLs, and others beside them."""
    with company(folder) as people:
        rules = people.bridge.rules
        much = Effect(people=10_000, mqls=10_000, list_removals=10_000)
        people.bridge.rules = replace(
            rules, limits=replace(rules.limits, cycle=much, day=much, share=1.0)
        )
        emails = [f"p{n}@firm{n}.example" for n in range(mqls + others)]
        for start in range(0, len(emails), 100):
            inputs = [
                {
                    "properties": {
                        "email": email,
                        "lastname": "Doe",
                        "jobtitle": "VP Operations",
                        "industry": "Logistics",
                        "country": "Germany",
                    }
                }
                for email in emails[start : start + 100]
            ]
            answer = people.portal.post(f"{CONTACTS}/batch/create", {"inputs": inputs})
            assert answer.status_code == 201, answer.text
        people.cycle()
        for email in emails[:mqls]:
            people.form(email, "Request a demo")
        for _ in range(3):
            people.cycle()
        yield people


@pytest.mark.parametrize(("mqls", "others"), [(20, 0), (20, 230)])
def test_the_cost_follows_the_population_and_not_the_base(
    tmp_path: Path, mqls: int, others: int
) -> None:
    with many(tmp_path, mqls, others) as people:
        before = {each.name: each.calls for each in people.bridge.connectors.values()}
        found = compare(people)
        made = {
            each.name: each.calls - before[each.name] for each in people.bridge.connectors.values()
        }
        lists = len({track.list_name for track in people.bridge.rules.recycling.tracks.values()})
    assert (mqls, {"hubspot": mqls, "salesforce": mqls}, mqls) == counts(found, "MQL")
    assert [] == told(found)
    # HubSpot: the lists by name and the members of each; Salesforce: the schema.
    expected = {
        "hubspot": math.ceil(mqls / 200) + 1 + lists,
        "salesforce": math.ceil(mqls / 2000) + 1,
    }
    assert expected == made


def test_the_command_prints_a_table_and_each_difference_and_says_by_its_code_who_must_act(
    people: Company, tmp_path: Path
) -> None:
    config = str(write_config(tmp_path, people.sandbox))
    environment = {"COLUMNS": "120"}

    def run(*more: str) -> tuple[int, str]:
        result = CliRunner().invoke(reconcile, ["--config", config, *more], env=environment)
        return result.exit_code, result.stdout

    code, quiet = run()
    assert 0 == code
    assert "Both CRMs show the people whom the lead standard says." in quiet
    patch_contact(people, ADA, crmbridge_stage="LEAD")
    people.clock.advance(5)
    code, passing = run()
    assert 0 == code
    assert "1 edited by hand" in passing
    people.cycle()
    late_commit(people)
    people.cycle(20)
    code, text = run()
    assert 2 == code
    identity = lead(people, ADA)
    assert f"(salesforce:lead:{identity}) is not shown" in text
    assert "northwind" not in text
    code, data = run("--json")
    assert 2 == code
    answer = json.loads(data)
    assert ["drift"] == [each["cause"] for each in answer["differences"]]
    (mql,) = [each for each in answer["populations"] if each["population"] == "MQL"]
    assert (2, {"hubspot": 2, "salesforce": 1}, 1) == (
        mql["lead_standard"],
        mql["shown"],
        mql["in_all"],
    )
    code, short = run("--limit", "0")
    assert "... and 1 more (--limit)" in short


def test_the_command_needs_a_store_that_is_there(tmp_path: Path) -> None:
    with company(tmp_path) as people:
        config = write_config(tmp_path, people.sandbox, store=str(tmp_path / "other.db"))
        result = CliRunner().invoke(reconcile, ["--config", str(config)])
    assert 1 == result.exit_code
    assert "run `crmbridge once` first" in str(result.exception)
