"""What a contract test needs of the CRM behind a connector: people at work in it, and its faults.

Each connector's tests implement ``Portal`` over its simulator's own HTTP API, as a person with the
CRM's screens would cause it; nothing goes through the connector under test.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from crmbridge.core.model import ObjectType
from crmbridge.ports import Connector


class Skill(StrEnum):
    """What not every CRM can do."""

    RESTORE = "restore a deleted record"
    LISTS = "lists of people"
    OBJECTIONS = "objections to marketing"
    SEES_DELETES = "show in a poll that a record was deleted"


class Portal(Protocol):
    """One CRM account with a connector to it; a fresh one for each test."""

    connector: Connector
    person: ObjectType
    """The type of record that people are, where the connector writes."""
    people: str
    """The stream in which they are read."""
    idle: int
    """Calls that a poll of that stream costs where nothing changed."""
    batch: int
    """Operations that one call writes."""
    writing: str
    """A pattern of the paths by which such operations are written."""
    owner: str
    """Somebody who may own records and tasks; the empty text where nobody need."""
    lacks: Mapping[Skill, str]
    """Skill → why this vendor does not have it, with the section of its contract."""

    def stranger(self) -> Connector:
        """A connector with credentials that the CRM does not know; their secret is ``sesame``."""
        ...

    def nowhere(self) -> Connector:
        """A connector to a host that does not answer."""
        ...

    def arrive(self, count: int = 1, *, together: bool = False) -> list[str]:
        """Make people; their ids, in order. ``together`` they bear one modification stamp."""
        ...

    def address(self, identity: str) -> str:
        """The e-mail address of somebody who was made."""
        ...

    def edit(self, identity: str, title: str) -> None:
        """Change a job title by hand."""
        ...

    def do(self, identity: str) -> None:
        """Let something happen that the connector tells as a fact."""
        ...

    def delete(self, identity: str) -> None:
        """Put a record into the recycle bin."""
        ...

    def restore(self, identity: str) -> None:
        """Take it out again."""
        ...

    def merge(self, winner: str, loser: str) -> str:
        """Unite two people; the id that the united one has."""
        ...

    def hide_stage(self) -> None:
        """Take the stage of people from the connector's sight."""
        ...

    def shown(self, identity: str, field: str) -> str | None:
        """What the CRM shows for a canonical field, as text."""
        ...

    def everybody(self) -> list[str]:
        """The ids of all people that are there."""
        ...

    def members(self, name: str) -> list[str]:
        """Who is on a list, in order."""
        ...

    def tasks(self) -> int:
        """How many tasks there are."""
        ...

    def wait(self, seconds: float) -> None:
        """Let time pass in the CRM."""
        ...

    def fault(self, action: str, path: str = "", **rule: object) -> None:
        """Arm a fault of the simulator against the connector's calls, for one call."""
        ...
