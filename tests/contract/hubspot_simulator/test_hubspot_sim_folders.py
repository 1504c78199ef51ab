"""The folders that lists lie in."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.simulation import SimulatorClient

LISTS, FOLDERS = "/crm/v3/lists", "/crm/v3/lists/folders"


def folder(portal: SimulatorClient, name: str, parent: int = 0) -> dict[str, Any]:
    answer = portal.post(FOLDERS, {"name": name, "parentFolderId": str(parent)})
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()["folder"]
    return made


def names(node: dict[str, Any]) -> dict[str, Any]:
    """The tree below a folder, by name."""
    return {one["name"]: names(one) for one in node["childNodes"]}


def root(portal: SimulatorClient, **query: Any) -> dict[str, Any]:
    found: dict[str, Any] = portal.get(FOLDERS, **query).json()["folder"]
    return found


def test_folders_make_a_tree_that_can_be_rebuilt(portal: SimulatorClient) -> None:
    nurture = folder(portal, "Nurture")
    old = folder(portal, "Old", nurture["id"])
    assert names(root(portal)) == {"Nurture": {"Old": {}}}
    moved = portal.call("PUT", f"{FOLDERS}/{old['id']}/move/0").json()["folder"]
    assert moved["parentFolderId"] == 0
    portal.call("PUT", f"{FOLDERS}/{old['id']}/rename?newFolderName=Older")
    assert names(root(portal)) == {"Nurture": {}, "Older": {}}
    portal.call("PUT", f"{FOLDERS}/{nurture['id']}/move/{old['id']}")
    circle = portal.call("PUT", f"{FOLDERS}/{old['id']}/move/{nurture['id']}")
    assert (circle.status_code, circle.json()["category"]) == (400, "VALIDATION_ERROR")
    assert portal.call("DELETE", f"{FOLDERS}/{old['id']}").status_code == 400
    assert portal.call("DELETE", f"{FOLDERS}/{nurture['id']}").status_code == 204
    assert portal.call("DELETE", f"{FOLDERS}/{old['id']}").status_code == 204
    assert names(root(portal)) == {}
    assert portal.get(FOLDERS, folderId=old["id"]).status_code == 404


def test_lists_lie_in_folders(portal: SimulatorClient) -> None:
    here, there = folder(portal, "Here")["id"], folder(portal, "There")["id"]
    body = {"name": "A", "objectTypeId": "0-1", "processingType": "MANUAL"}
    made = portal.post(LISTS, {**body, "listFolderId": here}).json()["list"]["listId"]
    assert root(portal, folderId=here)["childLists"] == [int(made)]
    assert root(portal)["childLists"] == []
    move = {"listId": made, "newFolderId": str(there)}
    assert portal.call("PUT", f"{FOLDERS}/move-list", move).status_code == 204
    assert root(portal, folderId=there)["childLists"] == [int(made)]
    assert portal.call("DELETE", f"{FOLDERS}/{here}").status_code == 204
    assert portal.call("DELETE", f"{FOLDERS}/{there}").status_code == 400
    portal.call("DELETE", f"{LISTS}/{made}")
    assert portal.call("DELETE", f"{FOLDERS}/{there}").status_code == 204
    dated = portal.get("/crm/lists/2026-09/folders").json()["folder"]
    assert dated == root(portal)


@pytest.mark.parametrize(
    ("method", "url", "body", "status"),
    [
        ("POST", FOLDERS, {}, 400),
        ("POST", FOLDERS, {"name": "x", "parentFolderId": "9"}, 404),
        ("PUT", f"{FOLDERS}/0/rename?newFolderName=x", None, 400),
        ("PUT", f"{FOLDERS}/9/rename?newFolderName=x", None, 404),
        ("PUT", f"{FOLDERS}/0/move/0", None, 400),
        ("PUT", f"{FOLDERS}/move-list", {"listId": "9", "newFolderId": "0"}, 404),
        ("DELETE", f"{FOLDERS}/0", None, 400),
        ("DELETE", f"{FOLDERS}/x", None, 404),
        ("POST", LISTS, {"name": "x", "objectTypeId": "0-1", "processingType": "MANUAL",
                         "listFolderId": 9}, 404),
    ],
)  # fmt: skip
def test_senseless_wishes_are_refused(
    portal: SimulatorClient, method: str, url: str, body: Any, status: int
) -> None:
    assert portal.call(method, url, body).status_code == status
