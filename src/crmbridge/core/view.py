"""Everything ``decide`` may know about one person, assembled by the shell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from crmbridge.core.facts import Fact
from crmbridge.core.model import ListState, ObjectType, Owner, Record, Side, SideView, Value
from crmbridge.core.standing import Standing


class Surface(Protocol):
    """How values look once a CRM holds them; every connector is one."""

    def project(self, object_type: ObjectType, field: str, value: Value) -> Value:
        """What the CRM would give back after ``value`` was written."""
        ...

    def writable(self, object_type: ObjectType) -> frozenset[str]:
        """The canonical fields that may be written on records of this type."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Another contact of the same company domain: their fit, since when they are known, from
    when to when (both included) they count as active, their name and what they did last. People
    who are blocked or object to marketing are never handed in."""

    uid: str
    fit: float
    known_since: datetime
    active_from: datetime
    active_until: datetime
    name: str = ""
    latest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """When a field got its value, ``None`` where the CRM cannot tell, and who or what gave it, in
    the CRM's own words; empty where it does not say."""

    at: datetime | None
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flips:
    """How many times a field was put right, each soon after the last, and the last time."""

    times: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """One person at the moment of a decision.

    ``facts`` are all facts of the person in any order; ``fresh`` the keys of those that no
    earlier decision folded into ``standing``. ``accounts`` are the company records of each
    side, ``owners`` the users and queues of each side by id, ``deals`` the opportunities that
    belong to the person. Facts and states from before ``go_live`` only prepare the ground: no
    event arises from them. A side without an entry in ``surfaces`` is not connected.
    ``our_users`` are the user ids under which crmbridge itself writes: their acts say nothing.
    ``paused`` are the fields that are not to be written for now, by side: field → who said so.
    ``colleagues`` are the other contacts of the person's company domain, as far as they have
    been active; ``issued`` the keys of tasks that a CRM has acknowledged.

    ``edits`` say of some fields, side by side, when they got the value they have. ``mapped_since``
    is since when a field is kept equal in both CRMs, ``mapped_whole`` which fields are to become
    equal whatever was there before. ``flips`` counts how often crmbridge has put a field right
    that somebody changed again.
    """

    uid: str
    go_live: datetime
    surfaces: Mapping[Side, Surface]
    marketing: SideView | None = None
    sales: SideView | None = None
    accounts: Mapping[Side, Record] = field(default_factory=dict)
    owners: Mapping[Side, Mapping[str, Owner]] = field(default_factory=dict)
    deals: tuple[Record, ...] = ()
    lists: ListState = field(default_factory=ListState)
    facts: tuple[Fact, ...] = ()
    fresh: frozenset[str] = frozenset()
    standing: Standing | None = None
    our_users: frozenset[str] = frozenset()
    colleagues: tuple[Colleague, ...] = ()
    issued: frozenset[str] = frozenset()
    edits: Mapping[Side, Mapping[str, Edit]] = field(default_factory=dict)
    mapped_since: Mapping[str, datetime] = field(default_factory=dict)
    mapped_whole: frozenset[str] = frozenset()
    flips: Mapping[Side, Mapping[str, Flips]] = field(default_factory=dict)
    paused: Mapping[Side, Mapping[str, str]] = field(default_factory=dict)

    def side(self, side: Side) -> SideView | None:
        """The person's records on ``side``."""
        return self.marketing if side is Side.MARKETING else self.sales
