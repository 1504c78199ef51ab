"""Lists and their members."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.simulation import SimulatorClient

LISTS = "/crm/v3/lists"
CONTACTS = "/crm/v3/objects/contacts"


def make_list(portal: SimulatorClient, name: str, **more: Any) -> dict[str, Any]:
    body = {"name": name, "objectTypeId": "0-1", "processingType": "MANUAL", **more}
    answer = portal.post(f"{LISTS}/", body)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()["list"]
    return made


@pytest.fixture
def people(portal: SimulatorClient) -> list[str]:
    ids = []
    for n in range(5):
        body = {"properties": {"email": f"p{n}@example.com", "city": "Bonn" if n < 2 else ""}}
        ids.append(portal.post(CONTACTS, body).json()["id"])
    return ids


@pytest.fixture
def members(portal: SimulatorClient) -> str:
    """The membership URL of a fresh manual list."""
    return f"{LISTS}/{make_list(portal, 'Nurture: timing')['listId']}/memberships"


def test_create_answers_200_with_the_list(portal: SimulatorClient) -> None:
    made = make_list(portal, "Nurture: timing")
    assert made["processingStatus"] == "COMPLETE"
    assert (made["listVersion"], made["size"]) == (1, 0)
    assert made["objectTypeId"] == "0-1"
    assert portal.get(f"{LISTS}/{made['listId']}").json()["list"] == made


def test_a_duplicate_name_is_400_with_its_sub_category(portal: SimulatorClient) -> None:
    make_list(portal, "Nurture: timing")
    body = {"name": "nurture: TIMING", "objectTypeId": "0-1", "processingType": "MANUAL"}
    answer = portal.post(f"{LISTS}/", body)
    assert answer.status_code == 400
    assert answer.json()["category"] == "VALIDATION_ERROR"
    assert answer.json()["subCategory"] == "ILS.DUPLICATE_LIST_NAMES"


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x"},
        {"name": "x", "objectTypeId": "0-1", "processingType": "MAGIC"},
        {"name": "x", "objectTypeId": "0-1", "processingType": "DYNAMIC"},
        {
            "name": "x",
            "objectTypeId": "0-1",
            "processingType": "DYNAMIC",
            "filterBranch": {"filterBranchType": "ASSOCIATION"},
        },
    ],
)
def test_impossible_lists_are_400(portal: SimulatorClient, body: dict[str, Any]) -> None:
    assert portal.post(f"{LISTS}/", body).status_code == 400


def test_a_wrong_object_type_has_its_sub_category(portal: SimulatorClient) -> None:
    body = {"name": "x", "objectTypeId": "contacts", "processingType": "MANUAL"}
    answer = portal.post(f"{LISTS}/", body)
    assert answer.json()["subCategory"] == "ListError.INVALID_OBJECT_TYPE_FOR_LIST"


def test_found_by_name_ids_and_search(portal: SimulatorClient) -> None:
    made = [make_list(portal, f"Nurture: {name}") for name in ("timing", "budget / cost")]
    make_list(portal, "Customers")
    by_name = portal.get(f"{LISTS}/object-type-id/0-1/name/Nurture%3A%20budget%20%2F%20cost")
    assert by_name.json()["list"]["listId"] == made[1]["listId"]
    assert portal.get(f"{LISTS}/object-type-id/0-1/name/none").status_code == 404
    ids = "&".join(f"listIds={one['listId']}" for one in made)
    assert portal.get(f"{LISTS}?{ids}&listIds=99").json()["lists"] == made
    found = portal.post(f"{LISTS}/search", {"query": "nurture", "count": 1}).json()
    assert (found["total"], found["hasMore"], found["offset"]) == (2, True, 1)
    assert found["lists"][0]["additionalProperties"]["hs_list_size"] == "0"
    rest = portal.post(f"{LISTS}/search", {"query": "nurture", "offset": 1}).json()
    assert (len(rest["lists"]), rest["hasMore"]) == (1, False)
    assert portal.post(f"{LISTS}/search", {"count": 501}).status_code == 400


def test_renamed_deleted_restored(portal: SimulatorClient) -> None:
    first, second = make_list(portal, "A"), make_list(portal, "B")
    url = f"{LISTS}/{second['listId']}"
    assert portal.call("PUT", f"{url}/update-list-name?listName=A").status_code == 400
    renamed = portal.call("PUT", f"{url}/update-list-name?listName=C").json()["updatedList"]
    assert (renamed["name"], renamed["listVersion"]) == ("C", 2)
    assert portal.call("DELETE", f"{LISTS}/{first['listId']}").status_code == 204
    assert portal.get(f"{LISTS}/{first['listId']}").status_code == 404
    assert portal.call("PUT", f"{LISTS}/{first['listId']}/restore").status_code == 204
    assert portal.get(f"{LISTS}/{first['listId']}").status_code == 200
    portal.call("DELETE", f"{LISTS}/{first['listId']}")
    portal.sim("clock", {"advance_seconds": 91 * 86400})
    assert portal.call("PUT", f"{LISTS}/{first['listId']}/restore").status_code == 404


def test_adding_twice_is_harmless_and_unknown_ids_are_told(
    portal: SimulatorClient, people: list[str], members: str
) -> None:
    added = portal.call("PUT", f"{members}/add", [people[0], people[1], "999"])
    assert added.status_code == 200
    assert added.json() == {
        "recordsIdsAdded": people[:2],
        "recordIdsRemoved": [],
        "recordIdsMissing": ["999"],
    }
    again = portal.call("PUT", f"{members}/add", people[:3]).json()
    assert again["recordsIdsAdded"] == [people[2]]
    removed = portal.call("PUT", f"{members}/remove", [people[0], people[4]]).json()
    assert removed["recordIdsRemoved"] == [people[0]]


def test_add_and_remove_at_once(portal: SimulatorClient, people: list[str], members: str) -> None:
    portal.call("PUT", f"{members}/add", people[:2])
    body = {"recordIdsToAdd": [people[2]], "recordIdsToRemove": [people[0]]}
    answer = portal.call("PUT", f"{members}/add-and-remove", body).json()
    assert (answer["recordsIdsAdded"], answer["recordIdsRemoved"]) == ([people[2]], [people[0]])


def test_a_membership_body_must_be_a_bare_array(portal: SimulatorClient, members: str) -> None:
    assert portal.call("PUT", f"{members}/add", {"ids": ["1"]}).status_code == 400


def test_members_are_paged_by_record_id_with_an_opaque_cursor(
    portal: SimulatorClient, people: list[str], members: str
) -> None:
    portal.call("PUT", f"{members}/add", [people[3]])
    portal.sim("clock", {"advance_seconds": 60})
    portal.call("PUT", f"{members}/add", people)
    first = portal.get(members, limit=2).json()
    assert [one["recordId"] for one in first["results"]] == people[:2]
    assert first["total"] == 5
    after = first["paging"]["next"]["after"]
    assert not after.isdigit()
    rest = portal.get(members, limit=250, after=after).json()
    assert [one["recordId"] for one in rest["results"]] == people[2:]
    assert rest["results"][1]["membershipTimestamp"] == "2026-03-02T09:00:00.000Z"
    joined = portal.get(f"{members}/join-order").json()["results"]
    assert joined[0]["recordId"] == people[3]
    assert portal.get(members, limit=251).status_code == 400
    assert portal.get(members, after="?").status_code == 400


def test_pages_go_back_too(portal: SimulatorClient, people: list[str], members: str) -> None:
    portal.call("PUT", f"{members}/add", people)
    first = portal.get(members, limit=2).json()["paging"]
    assert "prev" not in first
    second = portal.get(members, limit=2, after=first["next"]["after"]).json()
    before = second["paging"]["prev"]["before"]
    back = portal.get(members, limit=1, before=before).json()
    assert [one["recordId"] for one in back["results"]] == [people[1]]
    further = portal.get(members, before=back["paging"]["prev"]["before"]).json()
    assert [one["recordId"] for one in further["results"]] == [people[0]]
    assert "prev" not in further["paging"]
    forward = portal.get(members, after=further["paging"]["next"]["after"], before=before).json()
    assert [one["recordId"] for one in forward["results"]] == people[1:]
    whole = portal.get(
        members, before=portal.get(members, limit=4).json()["paging"]["next"]["after"]
    )
    assert [one["recordId"] for one in whole.json()["results"]] == people[2::-1]


def test_a_cursor_by_time_survives_the_removal_of_its_record(
    portal: SimulatorClient, people: list[str], members: str
) -> None:
    for one in reversed(people):
        portal.call("PUT", f"{members}/add", [one])
        portal.sim("clock", {"advance_seconds": 60})
    url = f"{members}/join-order"
    after = portal.get(url, limit=2).json()["paging"]["next"]["after"]
    portal.call("PUT", f"{members}/remove", [people[3]])
    rest = portal.get(url, after=after).json()["results"]
    assert [one["recordId"] for one in rest] == people[2::-1]


def test_a_cursor_survives_the_removal_of_its_record(
    portal: SimulatorClient, people: list[str], members: str
) -> None:
    portal.call("PUT", f"{members}/add", people)
    after = portal.get(members, limit=2).json()["paging"]["next"]["after"]
    portal.call("PUT", f"{members}/remove", [people[1]])
    rest = portal.get(members, after=after).json()["results"]
    assert [one["recordId"] for one in rest] == people[2:]


def test_which_lists_a_record_is_on(
    portal: SimulatorClient, people: list[str], members: str
) -> None:
    portal.call("PUT", f"{members}/add", [people[0]])
    make_list(portal, "Other")
    found = portal.get(f"{LISTS}/records/0-1/{people[0]}/memberships").json()["results"]
    assert [one["listId"] for one in found] == ["1"]
    assert found[0]["lastAddedTimestamp"] == "2026-03-02T09:00:00.000Z"
    body = {"inputs": [{"objectTypeId": "0-1", "recordId": one} for one in people[:2]]}
    batch = portal.post(f"{LISTS}/records/memberships/batch/read", body).json()["results"]
    assert [len(one["recordListMemberships"]) for one in batch] == [1, 0]


def test_archived_contacts_leave_their_lists(
    portal: SimulatorClient, people: list[str], members: str
) -> None:
    portal.call("PUT", f"{members}/add", people[:2])
    portal.call("DELETE", f"{CONTACTS}/{people[0]}")
    assert [one["recordId"] for one in portal.get(members).json()["results"]] == [people[1]]


def branch(operator: str, **operation: Any) -> dict[str, Any]:
    one = {
        "filterType": "PROPERTY",
        "property": "city",
        "operation": {"operationType": "MULTISTRING", "operator": operator, **operation},
    }
    return {
        "filterBranchType": "OR",
        "filterBranches": [{"filterBranchType": "AND", "filters": [one]}],
        "filters": [],
    }


@pytest.mark.parametrize(
    ("filter_branch", "size"),
    [
        (branch("IS_EQUAL_TO", values=["bonn"]), 2),
        (branch("IS_NOT_EQUAL_TO", values=["Bonn"]), 3),
        (branch("IS_KNOWN"), 2),
        (branch("IS_UNKNOWN"), 3),
        (branch("CONTAINS", values=["on"]), 2),
    ],
)
def test_dynamic_lists_work_their_members_out(
    portal: SimulatorClient, people: list[str], filter_branch: dict[str, Any], size: int
) -> None:
    made = make_list(portal, "D", processingType="DYNAMIC", filterBranch=filter_branch)
    assert made["size"] == size
    url = f"{LISTS}/{made['listId']}"
    assert portal.get(f"{url}/memberships").json()["total"] == size
    shown = portal.get(url, includeFilters="true").json()["list"]
    assert shown["filterBranch"] == filter_branch


def test_the_filter_of_a_dynamic_list_can_change(
    portal: SimulatorClient, people: list[str], members: str
) -> None:
    made = make_list(portal, "D", processingType="DYNAMIC", filterBranch=branch("IS_KNOWN"))
    body = {"filterBranch": branch("IS_UNKNOWN")}
    url = f"{LISTS}/{made['listId']}/update-list-filters"
    changed = portal.call("PUT", url, body).json()["updatedList"]
    assert (changed["size"], changed["listVersion"]) == (3, 2)
    manual = members.replace("memberships", "update-list-filters")
    assert portal.call("PUT", manual, body).status_code == 400


def test_members_of_a_dynamic_list_cannot_be_changed_by_hand(
    portal: SimulatorClient, people: list[str]
) -> None:
    made = make_list(portal, "D", processingType="DYNAMIC", filterBranch=branch("IS_KNOWN"))
    answer = portal.call("PUT", f"{LISTS}/{made['listId']}/memberships/add", people)
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


def test_a_snapshot_is_filled_once(portal: SimulatorClient, people: list[str]) -> None:
    made = make_list(portal, "S", processingType="SNAPSHOT", filterBranch=branch("IS_KNOWN"))
    portal.call("PATCH", f"{CONTACTS}/{people[0]}", {"properties": {"city": ""}})
    url = f"{LISTS}/{made['listId']}/memberships"
    assert portal.get(url).json()["total"] == 2
    assert portal.call("PUT", f"{url}/add", [people[4]]).status_code == 200


def test_an_unknown_list_is_404(portal: SimulatorClient) -> None:
    assert portal.get(f"{LISTS}/99").status_code == 404
    assert portal.call("PUT", f"{LISTS}/99/memberships/add", ["1"]).status_code == 404


def test_legacy_ids_of_contact_lists_are_other_ids(portal: SimulatorClient) -> None:
    made = make_list(portal, "A")["listId"]
    make_list(portal, "B", objectTypeId="0-2")
    legacy = str(int(made) + 7000)
    mapped = {"legacyListId": legacy, "listId": made}
    assert portal.get(f"{LISTS}/idmapping", legacyListId=legacy).json() == mapped
    assert portal.get(f"{LISTS}/idmapping", legacyListId=made).status_code == 404
    company_list = str(int(legacy) + 1)
    assert portal.post(f"{LISTS}/idmapping", [legacy, company_list]).json() == {
        "legacyListIdsToIdsMapping": [mapped],
        "missingLegacyListIds": [company_list],
    }
