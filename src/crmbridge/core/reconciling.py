"""Why a CRM shows somebody in a population who does not belong there, or does not show somebody
who does: each difference has exactly one cause, the first in order that holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from crmbridge.core.fields import STAGE
from crmbridge.core.model import Ref, Side, Stage
from crmbridge.core.operations import Operation, OperationKind
from crmbridge.core.rules import Rules
from crmbridge.core.standing import Standing

COMPARED: Final = (Stage.MQL.value, Stage.RECYCLED.value)
"""The stages whose people are compared; RECYCLED people are the MRLs."""

_READ_AGAIN: Final = timedelta(minutes=10)
"""What both CRMs may show so much late is read again by every poll: it is not missed yet."""


class Cause(StrEnum):
    """What explains a difference, in order: the first one that holds is the cause."""

    MISSING_PERMISSION = "missing permission"
    PARKED = "parked"
    HELD = "held"
    PAUSED = "paused"
    RETRY = "retry"
    PENDING = "pending"
    OUT_OF_SCOPE = "out of scope"
    DUPLICATE = "duplicate"
    DELETED = "deleted"
    EDITED_BY_HAND = "edited by hand"
    UNREAD = "unread"
    DRIFT = "drift"


NEEDS_SOMEBODY: Final = frozenset(
    {Cause.MISSING_PERMISSION, Cause.PARKED, Cause.HELD, Cause.DUPLICATE, Cause.DRIFT}
)
"""Drift, though it is mended, because something let it come; all others pass by themselves."""

TOLD_BY_THE_STORE: Final = frozenset(
    {
        Cause.MISSING_PERMISSION,
        Cause.PARKED,
        Cause.HELD,
        Cause.PAUSED,
        Cause.RETRY,
        Cause.PENDING,
    }
)
"""Causes for which no record need be read."""


class WriteState(StrEnum):
    """Where an unsettled write stands."""

    PARKED = "parked"
    HELD = "held"
    RETRY = "retry"
    PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A write that is not settled, and ``why``: the CRM's or the limits' words, if any."""

    operation: Operation
    state: WriteState
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One person, one population, one CRM, and everything that may explain a difference.

    ``uid`` is empty where the record stands for nobody that is known. ``record`` is the living
    record that counts there; ``shown`` are the living ones that show the population, ``gone``
    those that were deleted or merged away. ``shadow`` is why the rule book is not in force,
    ``hidden`` why it cannot be seen what the record shows, if so. ``claimed``: several people
    claim the record. ``adopted``: on a list since before go-live. ``edited``: the CRM holds
    something else than it last acknowledged to us. ``paused`` is who paused the stage there, if
    anybody. ``awaited``: what it shows was not read or
    not decided about yet, and will be.
    """

    population: str
    uid: str
    side: Side
    system: str
    belongs: bool
    shown: tuple[Ref, ...] = ()
    record: Ref | None = None
    gone: tuple[Ref, ...] = ()
    writes: tuple[Write, ...] = ()
    shadow: str = ""
    hidden: str = ""
    claimed: bool = False
    adopted: bool = False
    edited: bool = False
    paused: str = ""
    awaited: bool = False

    @property
    def differs(self) -> bool:
        """Whether the CRM shows anything but the one record that should be there."""
        if self.belongs:
            return self.record is None or self.shown != (self.record,)
        return bool(self.shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A difference with its cause; ``why`` is one plain sentence without personal values."""

    population: str
    uid: str
    system: str
    belongs: bool
    records: tuple[Ref, ...]
    cause: Cause
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """One population in numbers of people: those who belong to it by the lead standard, those
    whom each system shows, those whom every one of these shows, the differences by cause."""

    population: str
    belong: int
    shown: Mapping[str, int] = field(default_factory=dict)
    in_all: int = 0
    causes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """What a comparison at ``at`` found; ``differences`` one by one, in order, where they are
    still known."""

    at: datetime
    tallies: tuple[Tally, ...]
    differences: tuple[Difference, ...] = ()

    @property
    def needs_somebody(self) -> bool:
        """Whether anything does not pass by itself."""
        return any(self.count(cause) for cause in NEEDS_SOMEBODY)

    def count(self, cause: Cause) -> int:
        """How many differences have this cause, over all populations."""
        return sum(each.causes.get(cause.value, 0) for each in self.tallies)


def explain(case: Case) -> Difference | None:
    """The difference with its cause; ``None`` where there is none."""
    if not case.differs:
        return None
    cause, why = next(
        (cause, why) for cause, words in _EXPLANATIONS if (why := words(case)) is not None
    )
    records = dict.fromkeys([*([case.record] if case.record else []), *case.shown, *case.gone])
    return Difference(
        population=case.population,
        uid=case.uid,
        system=case.system,
        belongs=case.belongs,
        records=tuple(records),
        cause=cause,
        why=why,
    )


def tally(
    population: str,
    belonging: AbstractSet[str],
    shown: Mapping[str, AbstractSet[str]],
    differences: Iterable[Difference],
) -> Tally:
    """A population in numbers; ``shown`` is system → people."""
    causes = [each.cause for each in differences if each.population == population]
    everywhere = set.intersection(*(set(people) for people in shown.values())) if shown else set()
    return Tally(
        population=population,
        belong=len(belonging),
        shown={system: len(people) for system, people in shown.items()},
        in_all=len(everywhere),
        causes={cause.value: causes.count(cause) for cause in Cause if cause in causes},
    )


def list_of(standing: Standing, rules: Rules) -> str | None:
    """The nurture list that somebody belongs on, as it was last decided."""
    waiting = standing.recycle
    if standing.stage is not Stage.RECYCLED or waiting is None or standing.opted_out:
        return None
    track = rules.recycling.tracks.get(waiting.track)
    return None if waiting.removed_by_hand or track is None else track.list_name


def may_come(changed_at: datetime, read_until: datetime | None) -> bool:
    """Whether a change may still be shown by a poll, where everything was read up to an instant;
    ``None`` where nothing was."""
    return read_until is None or changed_at > read_until - _READ_AGAIN


def _hidden(case: Case) -> str | None:
    return case.hidden or None


def _wait(state: WriteState, words: str) -> Callable[[Case], str | None]:
    def told(case: Case) -> str | None:
        for write in case.writes:
            if write.state is state and _concerns(case, write.operation):
                return words.format(system=case.system) + (f": {write.why}" if write.why else "")
        return None

    return told


def _concerns(case: Case, operation: Operation) -> bool:
    """Whether the write would put the person into the population, or out of it."""
    if operation.side is not case.side:
        return False
    if operation.kind is OperationKind.CREATE:
        return True
    if operation.list_name is not None:
        return operation.list_name == case.population
    return case.population in COMPARED and STAGE in operation.values


def _paused(case: Case) -> str | None:
    if not case.paused:
        return None
    return f"{case.paused} paused the field: `crmbridge resume --field {STAGE}` has it written"


def _out_of_scope(case: Case) -> str | None:
    if case.shadow:
        return f"the rule book is not in force, so nothing is written: {case.shadow}"
    if case.adopted and not case.belongs:
        return "on the list since before crmbridge went live, and nothing has happened since"
    if case.record is None and not case.gone and not case.shown:
        return f"the person has no record in {case.system} that could show it"
    return None


def _duplicate(case: Case) -> str | None:
    if case.claimed:
        return "several people claim this record: a review waits for somebody to decide"
    extra = [ref for ref in case.shown if ref != case.record]
    if case.record is None or not extra or (case.record in case.shown and not case.belongs):
        return None
    return f"the person has another record there, {extra[0]}; {case.record} is the one that counts"


def _deleted(case: Case) -> str | None:
    if case.record is not None or not case.gone or case.shown:
        return None
    return f"{case.gone[0]} was deleted or merged into another record"


def _edited(case: Case) -> str | None:
    if not (case.edited and case.awaited):
        return None
    return f"somebody changed it in {case.system}, and it has not been decided about yet"


def _unread(case: Case) -> str | None:
    return f"{case.system} changed since it was last read" if case.awaited else None


def _drift(case: Case) -> str:
    return "no poll showed it: it is read again and decided anew in the next cycle"


_EXPLANATIONS: Final[Sequence[tuple[Cause, Callable[[Case], str | None]]]] = (
    (Cause.MISSING_PERMISSION, _hidden),
    (Cause.PARKED, _wait(WriteState.PARKED, "{system} refused the write")),
    (Cause.HELD, _wait(WriteState.HELD, "the write waits for `crmbridge approve`")),
    (Cause.PAUSED, _paused),
    (Cause.RETRY, _wait(WriteState.RETRY, "the write to {system} is tried again")),
    (Cause.PENDING, _wait(WriteState.PENDING, "the write to {system} is on its way")),
    (Cause.OUT_OF_SCOPE, _out_of_scope),
    (Cause.DUPLICATE, _duplicate),
    (Cause.DELETED, _deleted),
    (Cause.EDITED_BY_HAND, _edited),
    (Cause.UNREAD, _unread),
    (Cause.DRIFT, _drift),
)
