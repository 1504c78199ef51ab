"""The nouns of both CRMs without their vendors: references, records, owners, people.

Connectors turn vendor payloads into these and nothing else; every instant is aware UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

Value = str | int | float | bool | datetime | date | tuple[str, ...] | None
"""What a canonical field may hold; an empty text is ``None``, several values are a tuple."""


class Side(StrEnum):
    """The two departments' systems: the marketing CRM and the sales CRM."""

    MARKETING = "marketing"
    SALES = "sales"


class ObjectType(StrEnum):
    """What a reference points at, in either CRM."""

    CONTACT = "contact"
    LEAD = "lead"
    ACCOUNT = "account"
    DEAL = "deal"
    ACTIVITY = "activity"
    OWNER = "owner"
    LIST = "list"


class Stage(StrEnum):
    """Where a person stands between sales and marketing; RECYCLED is the marketing-ready MRL."""

    LEAD = "LEAD"
    MQL = "MQL"
    ACTIVATION = "ACTIVATION"
    QUALIFICATION = "QUALIFICATION"
    OPPORTUNITY = "OPPORTUNITY"
    CUSTOMER = "CUSTOMER"
    RECYCLED = "RECYCLED"
    DISQUALIFIED = "DISQUALIFIED"


PERSON_TYPES = frozenset({ObjectType.CONTACT, ObjectType.LEAD})
"""The object types that stand for a human being."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Ref:
    """One object in one CRM; ``id`` is the vendor's own, in its longest form."""

    system: str
    object_type: ObjectType
    id: str

    def __str__(self) -> str:
        # A third of what a format costs, and there are several for each record that is read.
        return self.system + ":" + self.object_type + ":" + self.id

    @classmethod
    def parse(cls, text: str) -> Ref:
        """The reference that ``str(ref)`` wrote."""
        system, object_type, identity = text.split(":", 2)
        return cls(system=system, object_type=ObjectType(object_type), id=identity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One CRM object as last read, in canonical field names (see ``core.fields``).

    ``version`` differs whenever the vendor changed the object. ``merged_into`` names the
    surviving object where this one lost a merge; a losing or deleted record is never written.
    """

    ref: Ref
    version: str
    modified_at: datetime
    created_at: datetime | None = None
    fields: Mapping[str, Value] = field(default_factory=dict)
    deleted: bool = False
    merged_into: Ref | None = None


class OwnerKind(StrEnum):
    """Who can own a record or act on it: only a HUMAN's act is a touch."""

    HUMAN = "human"
    QUEUE = "queue"
    AUTOMATION = "automation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A user or queue of one CRM; ``time_zone`` is an IANA name where the CRM knows one."""

    ref: Ref
    name: str
    kind: OwnerKind
    email: str | None = None
    time_zone: str | None = None
    active: bool = True
    manager_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SideView:
    """One person in one CRM: the record that counts, and what was last agreed on it.

    ``base`` holds, per canonical field, the value this CRM acknowledged from us last.
    ``others`` are further records of the same person there (duplicates, a converted Lead);
    they are read for evidence and never written.
    """

    record: Record
    base: Mapping[str, Value] = field(default_factory=dict)
    others: tuple[Record, ...] = ()

    @property
    def writable(self) -> bool:
        """Whether the record still exists under its own id."""
        return not self.record.deleted and self.record.merged_into is None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListState:
    """A person's nurture lists: where they are now, and where we were told they are.

    ``members`` are the lists the CRM shows; ``agreed`` those whose enrolment it last
    acknowledged to us. The difference is the work of a marketer's hand.
    """

    members: frozenset[str] = field(default_factory=frozenset)
    agreed: frozenset[str] = field(default_factory=frozenset)
