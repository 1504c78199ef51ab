"""What the core wants written where, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from crmbridge.core.handoff_rules import Assignment
from crmbridge.core.model import ObjectType, Ref, Side, Value


class OperationKind(StrEnum):
    """The kinds of writes; every one may be repeated without harm."""

    CREATE = "create"
    UPDATE = "update"
    ENROL = "enrol"
    WITHDRAW = "withdraw"
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    TASK = "task"
    DELETE = "delete"


class Lane(StrEnum):
    """Which writes go first when calls are scarce, first one first; UNDO takes earlier ones back
    and goes out even where all others have to wait."""

    STAGE = "stage"
    NURTURE = "nurture"
    INSIGHT = "insight"
    UNDO = "undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field from ``before`` (as last read) to ``after``, and why in one plain sentence."""

    field: str
    before: Value
    after: Value
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One intended write. ``key`` is unique for the intention: the same key is never done twice.

    CREATE is an upsert on the ``uid`` field among ``changes``; ``target`` is ``None`` and
    ``object_type`` says what comes into being. ``expected`` holds the shared fields whose
    value the decision relied on: the connector re-reads them and answers CONFLICT where one
    differs. ENROL and WITHDRAW name the list in ``list_name`` and the contact in ``target``.
    TASK puts a task about ``target`` before its owner (OWNER_ID, SUBJECT, BODY, DUE) under the
    stable TASK_KEY: the same one is never there twice. OPT_OUT and OPT_IN carry the e-mail
    address in ``changes``. DELETE moves ``target`` to the CRM's bin where it still holds what is
    ``expected`` and nobody else has changed it, a task (of its TASK_KEY) where it is not done.
    """

    key: str
    uid: str
    kind: OperationKind
    side: Side
    object_type: ObjectType
    target: Ref | None
    lane: Lane
    reason: str
    changes: tuple[FieldChange, ...] = ()
    expected: Mapping[str, Value] = field(default_factory=dict)
    list_name: str | None = None
    assignment: Assignment | None = None
    assignment_rule_id: str | None = None

    @property
    def digest(self) -> str:
        """The intention without its instant: the same write wanted twice has the same."""
        return self.key.rsplit("/", 1)[-1]

    @property
    def wanted_at(self) -> datetime:
        """The instant of the decision that wanted it."""
        told = self.key.rsplit("/", 4)[1]
        return datetime.strptime(told, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)

    @property
    def values(self) -> dict[str, Value]:
        """Field → value to be held afterwards."""
        return {change.field: change.after for change in self.changes}


class Outcome(StrEnum):
    """What came of an operation.

    DONE: acknowledged. RETRY: try the same again later. CONFLICT: the record changed since;
    decide again. GONE: the target no longer exists under this id; read it again, then decide.
    PARKED: refused for good; a person must act.
    """

    DONE = "done"
    RETRY = "retry"
    CONFLICT = "conflict"
    GONE = "gone"
    PARKED = "parked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The CRM's answer to the operation with ``key``.

    ``ref`` is the record written (for CREATE the new one). ``held`` are the canonical values
    the CRM now holds for the acknowledged fields. ``message`` and ``hint`` are for operators,
    without personal data. ``modified_at`` is the record's new modification instant where the
    vendor tells it; ``created`` whether an upsert made the record.
    """

    key: str
    outcome: Outcome
    ref: Ref | None = None
    held: Mapping[str, Value] = field(default_factory=dict)
    message: str = ""
    hint: str = ""
    retry_after: float | None = None
    modified_at: datetime | None = None
    created: bool = False
