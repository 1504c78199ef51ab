"""Folders of lists: ``/crm/v3/lists/folders``. HubSpot contract §12 and §14."""

from __future__ import annotations

from crmbridge_hubspot.simulator.errors import validation_error
from crmbridge_hubspot.simulator.json_fields import require_texts
from crmbridge_hubspot.simulator.list_folders import ROOT, ListFolder
from crmbridge_hubspot.simulator.routing import Answer, ApiCall, ApiRoute
from crmbridge_hubspot.simulator.world import HubSpotWorld


def read_folder(world: HubSpotWorld, call: ApiCall) -> Answer:
    """A folder (the root if none is named) with all folders below it. HubSpot contract §14."""
    return _shown(world, world.folders.get(call.text("folderId") or ROOT))


def create_folder(world: HubSpotWorld, call: ApiCall) -> Answer:
    """A new folder; answers 200, as the creation of a list does. HubSpot contract §14."""
    body = call.object()
    require_texts(body, "name")
    parent = world.folders.get(body.get("parentFolderId") or ROOT)
    user, now = call.caller.source.user_id, world.clock.now()
    return _shown(world, world.folders.create(str(body["name"]), parent, user, now))


def rename_folder(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Give a folder another name. HubSpot contract §14."""
    folder, name = world.folders.get(call.path["id"]), call.text("newFolderName")
    if not name:
        raise validation_error("newFolderName is required")
    return _shown(world, world.folders.rename(folder, name, world.clock.now()))


def move_folder(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Put a folder into another one. HubSpot contract §14."""
    folder, parent = (world.folders.get(call.path[name]) for name in ("id", "parent_id"))
    return _shown(world, world.folders.move(folder, parent, world.clock.now()))


def move_list(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Put a list into a folder. HubSpot contract §14."""
    body = call.object()
    require_texts(body, "listId", "newFolderId")
    found = world.lists.get(str(body["listId"]))
    found.folder_id = world.folders.get(body["newFolderId"]).id
    return Answer(status=204)


def delete_folder(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Remove an empty folder. HubSpot contract §14."""
    folder = world.folders.get(call.path["id"])
    world.folders.delete(folder, filled=bool(_lists_in(world, folder)))
    return Answer(status=204)


def _lists_in(world: HubSpotWorld, folder: ListFolder) -> list[int]:
    return [one.id for one in world.lists.all() if one.folder_id == folder.id]


def _shown(world: HubSpotWorld, folder: ListFolder) -> Answer:
    return Answer(body={"folder": world.folders.to_json(folder, _lists_in(world, folder))})


_BASE = "/crm/v3/lists/folders"
_READ = ("crm.lists.read",)
_WRITE = ("crm.lists.write",)

ROUTES = (
    ApiRoute(method="GET", path=_BASE, handler=read_folder, scopes=_READ),
    ApiRoute(method="POST", path=_BASE, handler=create_folder, scopes=_WRITE),
    ApiRoute(method="PUT", path=f"{_BASE}/move-list", handler=move_list, scopes=_WRITE),
    ApiRoute(method="PUT", path=f"{_BASE}/{{id}}/rename", handler=rename_folder, scopes=_WRITE),
    ApiRoute(
        method="PUT",
        path=f"{_BASE}/{{id}}/move/{{parent_id}}",
        handler=move_folder,
        scopes=_WRITE,
    ),
    ApiRoute(method="DELETE", path=f"{_BASE}/{{id}}", handler=delete_folder, scopes=_WRITE),
)
