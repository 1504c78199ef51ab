"""Reading what changed: cost, order, overlap, pages, deletes, merges. Contract §4, §7, §13."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.contract.salesforce_connector.conftest import BEGINNING, MONDAY_NOON, Reader

from crmbridge.core import fields as f
from crmbridge.core.facts import FactKind
from crmbridge.core.model import ObjectType, OwnerKind, Ref
from crmbridge.errors import RetryableError
from crmbridge.ports import FieldNames
from crmbridge_salesforce.adapter import SalesforceConnector
from crmbridge_salesforce.positions import read_cursor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.salesforce_connector.conftest import Org


def lead_ref(identity: str) -> Ref:
    return Ref(system="salesforce", object_type=ObjectType.LEAD, id=identity)


@pytest.fixture
def small_pages(org: Org) -> Iterator[Reader]:
    """A reader that gets 200 rows per page."""
    connector = SalesforceConnector(org.settings(batch_size=200), FieldNames())
    yield Reader(connector)
    connector.close()


def fill(org: Org, count: int) -> list[str]:
    """Leads that all bear one stamp."""
    ids: list[str] = []
    for start in range(0, count, 200):
        rows = [
            {"attributes": {"type": "Lead"}, "LastName": f"L{start + n}", "Company": "Acme"}
            for n in range(min(200, count - start))
        ]
        body = {"allOrNone": True, "records": rows}
        answer = org.us.http.post("/services/data/v67.0/composite/sobjects", body)
        ids += [row["id"] for row in answer.json()]
    return ids


def test_an_idle_poll_costs_exactly_one_call(reader: Reader, org: Org) -> None:
    org.us.lead()
    reader.poll()
    org.advance(3600)
    reader.poll()  # reads the overlap with the first reading
    for _ in range(3):
        org.advance(3600)
        org.office.sim("calls/reset")
        before = reader.connector.calls
        (page,) = reader.poll()
        assert (page.records, page.facts) == ((), ())
        assert reader.connector.calls - before == 1
        assert org.world.calls.total == 1


def test_the_position_moves_to_the_vendors_time_not_to_the_last_row(
    reader: Reader, org: Org
) -> None:
    org.us.lead()
    reader.poll()
    noon = org.advance(7200)
    reader.poll()
    assert reader.checkpoint.watermark == noon


def test_a_lead_is_read_in_canonical_fields(reader: Reader, org: Org) -> None:
    rep = org.rep()
    lead = rep.lead(
        FirstName="Jo",
        Email="jo@acme.example",
        NumberOfEmployees=250,
        Country="Germany",
        CRMBridge_Reason__c="TIMING",
        CRMBridge_Resume_Date__c="2026-09-01",
    )
    org.us.change(
        "Lead", lead, CRMBridge_Score__c=61, CRMBridge_SLA_Due__c="2026-03-03T09:00:00+01:00"
    )
    reader.poll()
    record = reader.records[lead_ref(lead)]
    assert record.created_at == MONDAY_NOON
    expected = {
        f.FIRST_NAME: "Jo",
        f.LAST_NAME: "Doe",
        f.COMPANY: "Acme",
        f.EMAIL: "jo@acme.example",
        f.EMPLOYEES: 250,
        f.COUNTRY: "Germany",
        f.STATUS: "Open - Not Contacted",
        f.OWNER_ID: rep.id,
        f.OPTED_OUT: False,
        f.CONVERTED: False,
        f.CONVERTED_AT: None,
        f.SCORE: 61,
        f.SLA_DUE: datetime(2026, 3, 3, 8, tzinfo=UTC),
        f.REASON: "TIMING",
        f.RESUME_DATE: datetime(2026, 9, 1, tzinfo=UTC).date(),
        f.STAGE: None,
        f.TITLE: None,
    }
    assert expected == {name: record.fields[name] for name in expected}
    assert isinstance(record.fields[f.SCORE], int)


def test_an_org_without_our_fields_is_still_read(bare: SalesforceConnector, org: Org) -> None:
    lead = org.us.lead(Email="jo@acme.example")
    reader = Reader(bare)
    reader.poll()
    fields = reader.records[lead_ref(lead)].fields
    assert fields[f.EMAIL] == "jo@acme.example"
    assert f.STAGE not in fields


def test_a_field_hidden_while_we_run_costs_one_more_look_not_the_poll(
    reader: Reader, org: Org
) -> None:
    lead = org.us.lead()
    reader.poll()
    soql = "SELECT Id FROM FieldPermissions WHERE Field = 'Lead.CRMBridge_Score__c'"
    for row in org.us.query(soql):
        org.us.delete("FieldPermissions", row["Id"])
    org.advance(60)
    org.us.change("Lead", lead, Title="Boss")
    reader.poll()
    fields = reader.records[lead_ref(lead)].fields
    assert (fields[f.TITLE], f.SCORE in fields) == ("Boss", False)


def test_a_contact_brings_its_account(reader: Reader, org: Org) -> None:
    account = org.us.create(
        "Account", Name="Acme", Website="https://www.Acme.example/de", NumberOfEmployees=900
    )
    contact = org.us.create("Contact", LastName="Doe", AccountId=account)
    alone = org.us.create("Contact", LastName="Roe")
    reader.poll()
    found = reader.records[
        Ref(system="salesforce", object_type=ObjectType.ACCOUNT, id=account)
    ].fields
    assert (found[f.NAME], found[f.DOMAIN], found[f.EMPLOYEES]) == ("Acme", "acme.example", 900)
    people = {ref.id: record.fields for ref, record in reader.records.items()}
    assert people[contact][f.ACCOUNT_ID] == account
    assert people[alone][f.ACCOUNT_ID] is None


def test_two_changes_within_one_second_are_two_versions(reader: Reader, org: Org) -> None:
    lead = org.us.lead()
    reader.poll()
    first = reader.records[lead_ref(lead)].version
    reader.poll()
    assert first == reader.records[lead_ref(lead)].version
    org.us.change("Lead", lead, Title="Boss")
    reader.poll()
    second = reader.records[lead_ref(lead)].version
    org.us.delete("Lead", lead)
    reader.poll()
    assert len({first, second, reader.records[lead_ref(lead)].version}) == 3


def test_more_rows_of_one_stamp_than_a_page_holds_are_all_read(
    small_pages: Reader, org: Org
) -> None:
    ids = fill(org, 450)
    pages = small_pages.poll()
    assert {lead_ref(each) for each in ids} == set(small_pages.records)
    assert [200, 200, 50] == [len(page.records) for page in pages]


def test_reading_goes_on_behind_the_last_stored_page(small_pages: Reader, org: Org) -> None:
    fill(org, 450)
    # Rows stamped within the second of the reading may still be joined by others.
    org.advance(1)
    first = next(small_pages.connector.poll("changes", small_pages.checkpoint))
    assert first.checkpoint is not None
    assert first.checkpoint.watermark == BEGINNING
    resumed = Reader(small_pages.connector)
    resumed.checkpoint = first.checkpoint
    resumed.poll()
    assert len({*resumed.records, *(record.ref for record in first.records)}) == 450
    assert len(resumed.records) == 250
    assert resumed.checkpoint.watermark == org.world.now()


def test_a_row_that_moves_while_pages_are_read_does_not_drag_the_position_along(
    small_pages: Reader, org: Org
) -> None:
    ids = fill(org, 450)
    org.advance(5)
    pages = small_pages.connector.poll("changes", small_pages.checkpoint)
    next(pages)
    org.advance(60)
    org.us.change("Lead", ids[399], Title="moved")
    second = next(pages)
    assert second.checkpoint is not None
    after = read_cursor(second.checkpoint.cursor)["Lead"].after
    assert after is not None
    assert after.stamp == MONDAY_NOON
    resumed = Reader(small_pages.connector)
    resumed.checkpoint = second.checkpoint
    resumed.poll()
    assert set(ids[400:]) <= {ref.id for ref in resumed.records}


def test_after_a_long_reading_the_position_is_at_its_start_not_at_its_end(
    small_pages: Reader, org: Org
) -> None:
    fill(org, 250)
    began = org.advance(1)
    for number, page in enumerate(small_pages.connector.poll("changes", small_pages.checkpoint)):
        small_pages.checkpoint = page.checkpoint or small_pages.checkpoint
        if number == 0:
            org.advance(3600)
            late = org.us.lead()
            org.advance(3600)
    assert small_pages.checkpoint.watermark == began
    small_pages.poll()
    assert lead_ref(late) in small_pages.records


def test_a_dead_query_locator_costs_nothing_but_another_query(
    small_pages: Reader, org: Org
) -> None:
    ids = fill(org, 450)
    org.advance(1)
    pages = small_pages.connector.poll("changes", small_pages.checkpoint)
    seen = {record.ref.id for record in next(pages).records}
    org.advance(49 * 3600)  # locators live two days
    seen |= {record.ref.id for page in pages for record in page.records}
    assert seen == set(ids)


def test_rows_that_commit_late_with_an_older_stamp_are_read(reader: Reader, org: Org) -> None:
    org.advance(3600)
    reader.poll()
    lead = org.us.lead()
    org.sim("late", object="Lead", id=lead, seconds_older=590)
    org.advance(5)
    reader.poll()
    assert lead_ref(lead) in reader.records


def test_deleted_people_come_back_as_deleted_with_a_fact(reader: Reader, org: Org) -> None:
    lead = org.us.lead()
    reader.poll()
    gone_at = org.advance(60)
    org.us.delete("Lead", lead)
    reader.poll()
    assert reader.records[lead_ref(lead)].deleted
    (fact,) = [fact for fact in reader.facts.values() if fact.kind is FactKind.DELETED]
    assert (lead_ref(lead), gone_at) == (fact.ref, fact.at)


@pytest.mark.parametrize("born", ["Open - Not Contacted", "Working - Contacted"])
def test_the_loser_of_a_merge_names_the_winner_and_is_no_deletion(
    reader: Reader, org: Org, born: str
) -> None:
    winner, loser = org.us.lead(Status=born), org.us.lead()
    org.advance(60)
    org.us.change("Lead", winner, Status="Working - Contacted")
    org.advance(60)
    org.us.change("Lead", loser, Status="Closed - Not Converted")
    org.advance(60)
    org.us.change("Lead", winner, CRMBridge_Reason__c="BUDGET")
    reader.poll()
    known = set(reader.facts)
    org.advance(60)
    org.sim("merge", object="Lead", master_id=winner, loser_ids=[loser])
    reader.poll()
    assert reader.records[lead_ref(loser)].merged_into == lead_ref(winner)
    assert reader.records[lead_ref(winner)].merged_into is None
    assert set(reader.facts) == known, "the loser's history must not happen to the winner anew"


def test_an_outage_leaves_the_position_where_it_was(reader: Reader, org: Org) -> None:
    lead = org.us.lead()
    reader.poll()
    org.advance(60)
    org.us.change("Lead", lead, Title="Boss")
    org.fault("status", path="composite", status=503, body="<html>maintenance</html>")
    position = reader.checkpoint
    with pytest.raises(RetryableError):
        reader.poll()
    assert reader.checkpoint == position
    reader.poll()
    assert reader.records[lead_ref(lead)].fields[f.TITLE] == "Boss"


def test_owners_are_users_and_queues_with_zone_and_manager(reader: Reader, org: Org) -> None:
    boss = org.sim("users", Name="Bea Boss")["id"]
    rep = org.sim(
        "users", Name="Rita Rep", ManagerId=boss, TimeZoneSidKey="Europe/Berlin", IsActive=False
    )["id"]
    queue = org.sim("queues", Name="Inbound")["id"]
    before = reader.connector.calls
    (page,) = reader.connector.poll("owners", reader.connector.start("owners", BEGINNING))
    assert reader.connector.calls - before == 2
    reader.poll()
    assert reader.connector.calls - before == 3
    owners = {owner.ref.id: owner for owner in page.owners}
    assert owners[rep].kind is OwnerKind.HUMAN
    assert (owners[rep].time_zone, owners[rep].manager_id) == ("Europe/Berlin", boss)
    assert not owners[rep].active
    assert owners[queue].kind is OwnerKind.QUEUE
    assert owners[org.us.id].kind is OwnerKind.AUTOMATION
    assert owners[org.world.automated_process_id].kind is OwnerKind.AUTOMATION


def test_changed_accounts_and_contact_roles_arrive_on_the_slow_cadence(
    reader: Reader, org: Org
) -> None:
    account = org.us.create("Account", Name="Acme")
    contact = org.us.create("Contact", LastName="Doe", AccountId=account)
    deal = org.us.create("Opportunity", Name="Big", StageName="Prospecting", CloseDate="2026-06-01")
    relations = Reader(reader.connector, "relations")
    relations.poll()
    org.advance(3600)
    org.us.create("OpportunityContactRole", OpportunityId=deal, ContactId=contact, IsPrimary=True)
    org.us.change("Account", account, Industry="Banking")
    relations.poll()
    found = {ref.id: record.fields for ref, record in relations.records.items()}
    assert found[deal][f.CONTACT_IDS] == (contact,)
    assert found[account][f.INDUSTRY] == "Banking"


def test_fetching_answers_any_mix_and_tells_what_is_gone(reader: Reader, org: Org) -> None:
    lead, binned, purged = org.us.lead(), org.us.lead(), org.us.lead()
    contact = org.us.create("Contact", LastName="Doe")
    deal = org.us.create("Opportunity", Name="Big", StageName="Prospecting", CloseDate="2026-06-01")
    org.us.delete("Lead", binned)
    org.sim("purge", object="Lead", id=purged)
    kinds = {contact: ObjectType.CONTACT, deal: ObjectType.DEAL}
    refs = [
        Ref(system="salesforce", object_type=kinds.get(each, ObjectType.LEAD), id=each)
        for each in (lead, contact, deal, binned, purged, lead)
    ]
    page = reader.connector.fetch(refs)
    assert page.checkpoint is None
    assert {ref: ref.id in (binned, purged) for ref in refs} == {
        record.ref: record.deleted for record in page.records
    }
    before = reader.connector.calls
    assert reader.connector.fetch([]).records == ()
    assert before == reader.connector.calls


def test_many_records_are_fetched_in_few_calls(reader: Reader, org: Org) -> None:
    refs = [lead_ref(each) for each in fill(org, 800)]
    reader.poll()
    before = reader.connector.calls
    page = reader.connector.fetch(refs)
    assert len(page.records) == 800
    assert reader.connector.calls - before == 2
    assert timedelta(0) == page.records[0].modified_at - MONDAY_NOON


def test_a_converted_lead_belongs_to_no_population_and_its_contact_does(
    connector: SalesforceConnector, org: Org
) -> None:
    lead = org.us.lead(CRMBridge_Stage__c="MQL")
    done = org.sim("convert", lead_id=lead, user_id=org.us.id, create_opportunity=False)
    contact = str(org.us.query("SELECT Id FROM Contact")[0]["Id"])
    org.us.change("Contact", contact, CRMBridge_Stage__c="RECYCLED")
    found = connector.population({"MQL", "RECYCLED"})
    assert done
    assert {contact: "RECYCLED"} == {ref.id: stage for ref, stage in found.shown.items()}
