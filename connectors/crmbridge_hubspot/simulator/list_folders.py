"""The folders that lists lie in. HubSpot contract §12 (``listFolderId``) and §14 (coverage).

The root always exists; ids are numbers, as the vendor's client declares them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from crmbridge_hubspot.simulator.errors import HubSpotError, validation_error
from crmbridge_hubspot.simulator.instants import iso

ROOT = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFolder:
    """One folder; the root is its own parent."""

    id: int
    name: str
    parent_id: int
    created_at: datetime
    updated_at: datetime
    user_id: int | None = None


class FolderStore:
    """The portal's tree of folders."""

    def __init__(self, made_at: datetime) -> None:
        root = ListFolder(
            id=ROOT, name="Root", parent_id=ROOT, created_at=made_at, updated_at=made_at
        )
        self._folders = {ROOT: root}
        self._next_id = 1

    def get(self, raw: object) -> ListFolder:
        """The folder with this id, given as a number or its text; 404 if there is none."""
        text = str(raw)
        found = self._folders.get(int(text)) if text.isdecimal() else None
        if found is None:
            raise HubSpotError(
                404, f"Folder does not exist with ID {text}.", category="OBJECT_NOT_FOUND"
            )
        return found

    def create(self, name: str, parent: ListFolder, user: int | None, at: datetime) -> ListFolder:
        """A new folder in another one."""
        made = ListFolder(
            id=self._next_id,
            name=name,
            parent_id=parent.id,
            created_at=at,
            updated_at=at,
            user_id=user,
        )
        self._next_id += 1
        return self._keep(made)

    def rename(self, folder: ListFolder, name: str, at: datetime) -> ListFolder:
        """Give a folder another name; 400 for the root."""
        self._refuse_root(folder)
        return self._keep(replace(folder, name=name, updated_at=at))

    def move(self, folder: ListFolder, parent: ListFolder, at: datetime) -> ListFolder:
        """Put a folder into another one; 400 into itself or something within it."""
        self._refuse_root(folder)
        place = parent
        while place.id != ROOT:
            if place.id == folder.id:
                raise validation_error(f"Folder {folder.id} cannot be moved into itself.")
            place = self._folders[place.parent_id]
        return self._keep(replace(folder, parent_id=parent.id, updated_at=at))

    def delete(self, folder: ListFolder, *, filled: bool) -> None:
        """Remove an empty folder; 400 for the root and while anything lies in it."""
        self._refuse_root(folder)
        if filled or self.within(folder):
            raise validation_error(f"Folder {folder.id} is not empty.")
        del self._folders[folder.id]

    def within(self, folder: ListFolder) -> list[ListFolder]:
        """The folders that lie directly in one."""
        return [
            one for one in self._folders.values() if one.id != ROOT and one.parent_id == folder.id
        ]

    def to_json(self, folder: ListFolder, list_ids: Iterable[int] = ()) -> dict[str, Any]:
        """The folder with everything below it; lists are told of the folder itself only."""
        shown: dict[str, Any] = {
            "id": folder.id,
            "name": folder.name,
            "parentFolderId": folder.parent_id,
            "childNodes": [self.to_json(one) for one in self.within(folder)],
            "childLists": list(list_ids),
            "createdAt": iso(folder.created_at),
            "updatedAt": iso(folder.updated_at),
        }
        if folder.user_id is not None:
            shown["userId"] = folder.user_id
        return shown

    def made(self) -> tuple[int, list[ListFolder]]:
        """The next folder's id and all folders, to be kept."""
        return self._next_id, list(self._folders.values())

    def go_on_from(self, next_id: int, folders: Iterable[ListFolder]) -> None:
        """Begin with what was kept."""
        self._next_id = next_id
        self._folders = {one.id: one for one in folders}

    def _keep(self, folder: ListFolder) -> ListFolder:
        self._folders[folder.id] = folder
        return folder

    def _refuse_root(self, folder: ListFolder) -> None:
        if folder.id == ROOT:
            raise validation_error("The root folder cannot be changed.")
