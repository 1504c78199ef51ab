"""The portal's users as owners of records. HubSpot contract §11."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from crmbridge_hubspot.simulator.errors import HubSpotError, validation_error
from crmbridge_hubspot.simulator.instants import iso

_FIRST_OWNER_ID = 41_629_779
_FIRST_USER_ID = 9_586_504


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """One owner; its id is what ``hubspot_owner_id`` holds, its user id something else."""

    id: int
    user_id: int
    email: str
    first_name: str
    last_name: str
    created_at: datetime
    updated_at: datetime
    archived: bool = False
    queue: bool = False
    teams: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The owner as the owners API shows it; an archived one has no user id.

        The first of its teams is its primary one.
        """
        return {
            "id": str(self.id),
            "email": self.email,
            "type": "QUEUE" if self.queue else "PERSON",
            "firstName": self.first_name,
            "lastName": self.last_name,
            "userId": None if self.archived else self.user_id,
            "userIdIncludingInactive": self.user_id,
            "createdAt": iso(self.created_at),
            "updatedAt": iso(self.updated_at),
            "archived": self.archived,
            "teams": [
                {"id": _team_id(name), "name": name, "primary": place == 0}
                for place, name in enumerate(self.teams)
            ],
        }


def _team_id(name: str) -> str:
    return str(zlib.crc32(name.encode()) % 1_000_000)


class OwnerStore:
    """All owners, by id."""

    def __init__(self) -> None:
        self._owners: dict[int, Owner] = {}

    def add(
        self,
        *,
        email: str,
        first_name: str,
        last_name: str,
        at: datetime,
        queue: bool = False,
        teams: tuple[str, ...] = (),
    ) -> Owner:
        """A new owner, a person or a ``queue``; 400 if an active one has that e-mail."""
        address = email.strip().lower()
        if any(owner.email == address for owner in self.all()):
            raise validation_error("An active owner has that e-mail address already.")
        place = len(self._owners)
        owner = Owner(
            id=_FIRST_OWNER_ID + place,
            user_id=_FIRST_USER_ID + place,
            email=address,
            first_name=first_name,
            last_name=last_name,
            created_at=at,
            updated_at=at,
            queue=queue,
            teams=teams,
        )
        self._owners[owner.id] = owner
        return owner

    def made(self) -> list[Owner]:
        """All owners, archived ones too."""
        return list(self._owners.values())

    def go_on_from(self, owners: Iterable[Owner]) -> None:
        """Continue where another portal stopped."""
        self._owners = {owner.id: owner for owner in owners}

    def archive(self, owner_id: int, *, at: datetime) -> Owner:
        """Deactivate an owner, as when the user leaves; 404 if unknown."""
        owner = replace(self.get(str(owner_id)), archived=True, updated_at=at)
        self._owners[owner_id] = owner
        return owner

    def all(self, *, archived: bool = False, email: str | None = None) -> list[Owner]:
        """Active (or archived) owners by id, perhaps only the one with an e-mail."""
        return [
            owner
            for _, owner in sorted(self._owners.items())
            if owner.archived == archived and email in (None, "", owner.email)
        ]

    def get(self, text: str, *, by: str = "id", archived: bool = False) -> Owner:
        """The owner by ``id`` or ``userId``; 404 if there is none."""
        for owner in self.all(archived=archived):
            if text == str(owner.user_id if by == "userId" else owner.id):
                return owner
        raise HubSpotError(404, "resource not found", category="OBJECT_NOT_FOUND")

    def is_active(self, owner_id: str) -> bool:
        """Whether this text is the id of an owner who may own records."""
        return any(str(owner.id) == owner_id for owner in self.all())
