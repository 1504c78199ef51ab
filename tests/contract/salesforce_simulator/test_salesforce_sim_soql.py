"""What queries answer. Salesforce contract §4."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from crmbridge_salesforce.simulator.ids import full_id

if TYPE_CHECKING:
    from tests.contract.salesforce_simulator.conftest import Org


@pytest.fixture
def people(org: Org) -> Org:
    """Five leads, one minute apart."""
    rows: list[dict[str, Any]] = [
        {"LastName": "Ant", "Company": "Acme", "NumberOfEmployees": 10, "Industry": "Banking"},
        {"LastName": "Bee", "Company": "acme", "NumberOfEmployees": 20, "Industry": "Apparel"},
        {"LastName": "Cat", "Company": "Beta 50%", "Email": "cat@example.com"},
        {"LastName": "dog", "Company": "O'Neil_1", "DoNotCall": True, "Industry": "Unlisted"},
        {"LastName": "Eel", "Company": "Back\\slash", "NumberOfEmployees": 30},
    ]
    for row in rows:
        org.lead(**row)
        org.advance(60)
    return org


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("LastName = 'ANT'", "Ant"),
        ("LastName != 'Ant'", "Bee Cat dog Eel"),
        ("LastName <> 'Ant' AND LastName < 'd'", "Bee Cat"),
        ("NumberOfEmployees > 10", "Bee Eel"),
        ("NumberOfEmployees >= 10 AND NumberOfEmployees <= 20", "Ant Bee"),
        ("NumberOfEmployees != 10", "Bee Cat dog Eel"),
        ("NumberOfEmployees = null", "Cat dog"),
        ("NumberOfEmployees != NULL", "Ant Bee Eel"),
        ("NOT NumberOfEmployees > 10", "Ant Cat dog"),
        ("Company LIKE 'ac%'", "Ant Bee"),
        ("Company LIKE '_cme'", "Ant Bee"),
        ("Company LIKE '%50\\%'", "Cat"),
        ("Company LIKE '%\\_1'", "dog"),
        ("Company = 'O\\'Neil_1'", "dog"),
        ("Company = 'Back\\\\slash'", "Eel"),
        ("Company LIKE 'Back\\\\%'", "Eel"),
        ("DoNotCall = true", "dog"),
        ("DoNotCall = null", "Ant Bee Cat Eel"),
        ("DoNotCall != FALSE", "dog"),
        ("LastName IN ('ant', 'EEL')", "Ant Eel"),
        ("LastName NOT IN ('Ant', 'Eel')", "Bee Cat dog"),
        ("Industry NOT IN ('Banking')", "Bee Cat dog Eel"),
        ("Industry IN ('Banking', null)", "Ant Cat Eel"),
        ("Email = 'CAT@example.com'", "Cat"),
        ("Lead.LastName = 'Ant' OR LastName = 'Bee'", "Ant Bee"),
        ("(LastName = 'Ant' OR LastName = 'Bee') AND NumberOfEmployees = 20", "Bee"),
        ("LastName = 'Ant' AND (NOT Company = 'x')", "Ant"),
        ("Owner.Name LIKE 'crm%' AND LastName = 'Cat'", "Cat"),
        ("Owner.Type = 'User' AND LastName = 'Cat'", "Cat"),
        ("CreatedDate = TODAY AND LastName = 'Cat'", "Cat"),
        ("CreatedDate > LAST_N_DAYS:1", ""),
        ("CreatedDate >= LAST_N_DAYS:1 AND LastName = 'Ant'", "Ant"),
        ("CreatedDate < TODAY", ""),
        ("SystemModstamp >= 2026-03-02T12:03:00Z", "dog Eel"),
        ("SystemModstamp > 2026-03-02T12:03:00.000Z", "Eel"),
        ("SystemModstamp < 2026-03-02T13:01:00+01:00", "Ant"),
        (
            "SystemModstamp >= 2026-03-02T12:01:00Z AND SystemModstamp < 2026-03-02T12:03:00Z",
            "Bee Cat",
        ),
        ("LastActivityDate = null", "Ant Bee Cat dog Eel"),
        ("LastActivityDate > 2026-01-01", ""),
    ],
)  # fmt: skip
def test_conditions_select_rows(people: Org, where: str, names: str) -> None:
    found = people.records(f"SELECT LastName FROM Lead WHERE {where} ORDER BY CreatedDate")
    assert [row["LastName"] for row in found] == names.split()


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("LastName", "Ant Bee Cat dog Eel"),
        ("LastName DESC", "Eel dog Cat Bee Ant"),
        ("NumberOfEmployees, LastName", "Cat dog Ant Bee Eel"),
        ("NumberOfEmployees DESC, LastName", "Cat dog Eel Bee Ant"),
        ("NumberOfEmployees ASC NULLS LAST, LastName", "Ant Bee Eel Cat dog"),
        ("NumberOfEmployees DESC NULLS LAST, LastName", "Eel Bee Ant Cat dog"),
        ("Industry NULLS LAST, LastName", "Bee Ant dog Cat Eel"),
        ("Company, LastName LIMIT 2", "Ant Bee"),
        ("LastName LIMIT 2 OFFSET 2", "Cat dog"),
    ],
)
def test_order_limit_and_offset(people: Org, order: str, names: str) -> None:
    found = people.records(f"SELECT LastName FROM Lead ORDER BY {order}")
    assert [row["LastName"] for row in found] == names.split()


def test_keyset_paging_by_stamp_and_id_meets_every_row_once(people: Org) -> None:
    for _ in range(5):
        people.lead()
    seen: list[str] = []
    condition = ""
    while True:
        found = people.records(
            f"SELECT Id, SystemModstamp FROM Lead {condition} ORDER BY SystemModstamp, Id LIMIT 3"
        )
        if not found:
            break
        seen += [row["Id"] for row in found]
        stamp, last = found[-1]["SystemModstamp"].replace("+0000", "Z"), found[-1]["Id"]
        condition = (
            f"WHERE (SystemModstamp = {stamp} AND Id > '{last}') OR SystemModstamp > {stamp}"
        )
    assert len(seen) == len(set(seen)) == 10


def test_names_are_answered_in_their_exact_spelling_in_the_order_asked(people: Org) -> None:
    page = people.query("select LASTNAME, l.company, id from lead l where l.lastname='Ant'")
    record = page["records"][0]
    assert list(record) == ["attributes", "LastName", "Company", "Id"]
    assert page["totalSize"] == 1
    assert page["done"] is True
    assert "nextRecordsUrl" not in page


def test_parents_nest_and_missing_parents_are_null(org: Org) -> None:
    account = org.create("Account", Name="Acme", Industry="Banking")
    org.create("Contact", LastName="Ant", AccountId=account)
    org.create("Contact", LastName="Bee")
    soql = (
        "SELECT LastName, Account.Name, Account.Owner.Name, Account.Id FROM Contact "
        "ORDER BY LastName"
    )
    ant, bee = org.records(soql)
    assert ant["Account"]["attributes"]["type"] == "Account"
    assert ant["Account"]["Owner"]["Name"] == "crmbridge Integration"
    assert ant["Account"]["Id"] == account
    assert bee["Account"] is None
    by_parent = "SELECT LastName FROM Contact WHERE Account.Industry = {} ORDER BY LastName"
    assert len(org.records(by_parent.format("'banking'"))) == 1
    assert [row["LastName"] for row in org.records(by_parent.format("null"))] == ["Bee"]


def test_polymorphic_parents_answer_as_name_objects(org: Org) -> None:
    queue = org.admin("queues", Name="Inbound Leads")["id"]
    lead = org.lead(OwnerId=queue)
    org.create("Task", Subject="Call", WhoId=lead)
    row = org.records("SELECT Owner.Name, Owner.Type FROM Lead")[0]
    assert row["Owner"] == {
        "attributes": {"type": "Name", "url": f"{org.root}/sobjects/Group/{queue}"},
        "Name": "Inbound Leads",
        "Type": "Group",
    }
    task = org.records("SELECT Who.Name, Who.Type, What.Name FROM Task")[0]
    assert task["Who"]["Type"] == "Lead"
    assert task["What"] is None


def test_typeof_chooses_fields_by_the_parents_type(org: Org) -> None:
    queue = org.admin("queues", Name="Inbound")["id"]
    org.lead(LastName="Ant")
    org.lead(LastName="Bee", OwnerId=queue)
    soql = (
        "SELECT TYPEOF Owner WHEN User THEN Email WHEN Group THEN DeveloperName END "
        "FROM Lead ORDER BY LastName"
    )
    ant, bee = org.records(soql)
    assert ant["Owner"]["Email"] == "crmbridge@example.com"
    assert bee["Owner"]["DeveloperName"] == "Inbound"


def test_children_come_as_a_nested_answer_or_null(org: Org) -> None:
    lead, lonely = org.lead(LastName="Ant"), org.lead(LastName="Bee")
    for subject in ("one", "two", "three"):
        org.create("Task", Subject=subject, WhoId=lead)
    soql = (
        "SELECT Id, (SELECT Subject, Owner.Name FROM Tasks WHERE Subject != 'two' "
        "ORDER BY Subject LIMIT 5) FROM Lead ORDER BY LastName"
    )
    first, second = org.records(soql)
    assert first["Tasks"]["totalSize"] == 2
    assert first["Tasks"]["done"] is True
    assert [row["Subject"] for row in first["Tasks"]["records"]] == ["one", "three"]
    assert second == {"Id": lonely, "Tasks": None}


def test_semi_joins_restrict_by_another_object(org: Org) -> None:
    campaign = org.create("Campaign", Name="Spring")
    member, other = org.lead(LastName="Ant"), org.lead(LastName="Bee")
    org.create("CampaignMember", CampaignId=campaign, LeadId=member)
    soql = (
        "SELECT Id FROM Lead WHERE Id {} (SELECT LeadId FROM CampaignMember "
        f"WHERE CampaignId = '{campaign}')"
    )
    assert org.records(soql.format("IN")) == [{"Id": member}]
    assert org.records(soql.format("NOT IN")) == [{"Id": other}]


def test_counts_and_groups(people: Org) -> None:
    count = people.query("SELECT COUNT() FROM Lead WHERE NumberOfEmployees != null")
    assert count == {"totalSize": 3, "done": True, "records": []}
    page = people.query(
        "SELECT Industry, COUNT(Id), MAX(NumberOfEmployees) most FROM Lead GROUP BY Industry "
        "HAVING COUNT(Id) >= 1 ORDER BY COUNT(Id) DESC, Industry NULLS LAST"
    )
    assert page["records"][0] == {
        "attributes": {"type": "AggregateResult"},
        "Industry": None,
        "expr0": 2,
        "most": 30,
    }
    assert [row["Industry"] for row in page["records"][1:]] == ["Apparel", "Banking", "Unlisted"]
    everything = people.records(
        "SELECT COUNT(NumberOfEmployees), SUM(NumberOfEmployees), AVG(NumberOfEmployees) FROM Lead"
    )
    assert everything == [{"expr0": 3, "expr1": 60, "expr2": 20.0}]


def test_a_query_of_no_rows_still_answers_an_aggregate(org: Org) -> None:
    assert org.records("SELECT COUNT(Id) n, MAX(CreatedDate) FROM Lead") == [
        {"n": 0, "expr0": None}
    ]


def test_fields_functions_need_a_limit_unless_standard(org: Org) -> None:
    org.add_field("Lead.Note__c")
    org.lead(Note__c="x")
    custom = org.records("SELECT FIELDS(CUSTOM) FROM Lead LIMIT 200")
    assert custom == [{"Note__c": "x"}]
    standard = org.records("SELECT FIELDS(STANDARD) FROM Lead")[0]
    assert "Company" in standard
    assert "Note__c" not in standard


def test_pages_follow_next_records_url_to_the_end(org: Org) -> None:
    body = [{"attributes": {"type": "Account"}, "Name": f"A{n}"} for n in range(150)]
    for _ in range(3):
        org.post("composite/sobjects", {"records": body})
    options = {"Sforce-Query-Options": "batchSize=200"}
    page = org.query("SELECT Id FROM Account ORDER BY Id", "queryAll", **options)
    found = [row["Id"] for row in page["records"]]
    sizes = [len(found)]
    while not page["done"]:
        assert page["totalSize"] == 450
        assert page["nextRecordsUrl"].startswith(f"{org.root}/query/01g")
        page = org.get(page["nextRecordsUrl"]).json()
        sizes.append(len(page["records"]))
        found += [row["Id"] for row in page["records"]]
    assert sizes == [200, 200, 50]
    assert len(set(found)) == 450
    assert found == sorted(found)


def test_later_pages_show_rows_as_they_are_then(org: Org) -> None:
    body = [{"attributes": {"type": "Account"}, "Name": "old"} for _ in range(200)]
    org.post("composite/sobjects", {"records": body})
    last = org.create("Account", Name="old")
    options = {"Sforce-Query-Options": "batchSize=200"}
    page = org.query("SELECT Name FROM Account WHERE Name = 'old' ORDER BY Id", **options)
    org.change("Account", last, Name="new")
    assert org.get(page["nextRecordsUrl"]).json()["records"][0]["Name"] == "new"


def test_dead_and_foreign_locators_are_refused(org: Org) -> None:
    body = [{"attributes": {"type": "Account"}, "Name": "A"} for _ in range(200)]
    org.post("composite/sobjects", {"records": body})
    org.create("Account", Name="A")
    options = {"Sforce-Query-Options": "batchSize=200"}
    url = org.query("SELECT Id FROM Account", **options)["nextRecordsUrl"]
    stranger = org.acting_as(org.user("Rita Rep"))
    for answer in (stranger.get(url), org.get("query/01g5g00000Um000EAB-200"), org.get("query/x")):
        assert answer.status_code == 400
        assert answer.json()[0]["errorCode"] == "INVALID_QUERY_LOCATOR"
    org.advance(timedelta(days=2, seconds=1).total_seconds())
    assert org.get(url).status_code == 400


@pytest.mark.parametrize(
    ("word", "days"),
    [
        ("TODAY", [0]),
        ("YESTERDAY", [-1]),
        ("TOMORROW", [1]),
        ("LAST_N_DAYS:2", [-2, -1, 0]),
        ("NEXT_N_DAYS:2", [1, 2]),
        ("N_DAYS_AGO:7", [-7]),
        ("THIS_WEEK", [-1, 0, 1, 2, 5]),
        ("LAST_WEEK", [-8, -7, -2]),
        ("THIS_MONTH", [-1, 0, 1, 2, 5]),
        ("LAST_MONTH", [-8, -7, -2]),
        ("LAST_N_MONTHS:1", [-8, -7, -2]),
        ("N_MONTHS_AGO:2", [-60]),
        ("THIS_QUARTER", [-60, -8, -7, -2, -1, 0, 1, 2, 5]),
        ("LAST_YEAR", [-90]),
        ("THIS_YEAR", [-60, -8, -7, -2, -1, 0, 1, 2, 5]),
        ("LAST_90_DAYS", [-90, -60, -8, -7, -2, -1, 0]),
    ],
)
def test_date_words_are_ranges_of_days(org: Org, word: str, days: list[int]) -> None:
    """The org's today is Monday 2 March 2026."""
    today = org.world.now().date()
    for offset in (-90, -60, -8, -7, -2, -1, 0, 1, 2, 5):
        close = (today + timedelta(days=offset)).isoformat()
        org.create("Opportunity", Name=str(offset), StageName="Prospecting", CloseDate=close)
    soql = f"SELECT Name FROM Opportunity WHERE CloseDate = {word} ORDER BY CloseDate"
    assert [int(row["Name"]) for row in org.records(soql)] == days


def test_date_words_follow_the_users_time_zone(org: Org) -> None:
    org.lead()
    auckland = org.acting_as(org.user("Kiwi", TimeZoneSidKey="Pacific/Auckland"))
    soql = "SELECT Id FROM Lead WHERE CreatedDate = TODAY"
    assert len(auckland.records(soql)) == 1
    org.advance(6 * 3600)
    # 18:00 UTC is already the next morning in Auckland, and noon UTC was 1 a.m. there.
    assert len(auckland.records(soql)) == 1
    london = org.acting_as(org.user("Londoner", TimeZoneSidKey="Europe/London"))
    org.advance(7 * 3600)
    assert len(london.records(soql)) == 0
    assert len(auckland.records(soql)) == 1


def test_rows_and_ids_can_be_found_by_15_characters(org: Org) -> None:
    lead = org.lead()
    assert full_id(lead[:15]) == lead
    assert org.records(f"SELECT Id FROM Lead WHERE Id = '{lead[:15]}'") == [{"Id": lead}]
    owner = org.world.integration_user_id[:15]
    assert len(org.records(f"SELECT Id FROM Lead WHERE OwnerId IN ('{owner}')")) == 1


def test_incremental_polling_stays_fast_with_ten_thousand_rows(org: Org) -> None:
    for number in range(10_000):
        org.world.insert(
            "Lead", org.world.integration_user_id, {"LastName": f"L{number}", "Company": "Acme"}
        )
    org.advance(60)
    org.lead(LastName="Newest")
    soql = (
        "SELECT Id, LastName FROM Lead WHERE SystemModstamp >= 2026-03-02T12:01:00Z "
        "ORDER BY SystemModstamp, Id"
    )
    org.records(soql)
    started = time.perf_counter()
    for _ in range(20):
        assert [row["LastName"] for row in org.records(soql)] == ["Newest"]
    assert time.perf_counter() - started < 1.0
