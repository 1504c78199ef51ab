"""A plan as one HTML page without anything around it, to be sent to those who have to say yes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crmbridge.core.explaining import instant
from crmbridge.core.model import Value
from crmbridge.core.operations import Operation, OperationKind

_WORDS: Mapping[OperationKind, str] = {
    OperationKind.UPDATE: "changed records",
    OperationKind.CREATE: "new records",
    OperationKind.TASK: "new tasks",
    OperationKind.ENROL: "people put on a list",
    OperationKind.WITHDRAW: "people taken off a list",
    OperationKind.OPT_OUT: "objections carried over",
    OperationKind.OPT_IN: "objections taken back by the person",
    OperationKind.DELETE: "records of our own removed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field, as people read its values."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One write in words."""

    what: str
    where: str
    why: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPage:
    """Everything that the page shows."""

    accounts: tuple[str, ...]
    at: str
    version: str
    scope: str
    people: int
    known: int
    writes: int
    limits: tuple[str, ...]
    stages: tuple[tuple[str, int], ...]
    kinds: tuple[tuple[str, str, int], ...]
    shown: tuple[Write, ...]
    left_out: int


def plan_page(
    operations: Sequence[Operation],
    *,
    at: datetime,
    version: str,
    scope: str,
    accounts: Iterable[str],
    stages: Mapping[str, int],
    limits: tuple[str, ...],
    limit: int,
) -> PlanPage:
    """The page for these writes; the first ``limit`` of them one by one. ``scope`` says whom they
    are about, ``stages`` how many people would stand where."""
    kinds = Counter((each.side.value, _WORDS[each.kind]) for each in operations)
    return PlanPage(
        accounts=tuple(accounts),
        at=instant(at),
        version=version,
        scope=scope,
        people=len({each.uid for each in operations}),
        known=sum(stages.values()),
        writes=len(operations),
        limits=limits,
        stages=tuple((stage, count) for stage, count in stages.items() if count),
        kinds=tuple((side, what, count) for (side, what), count in sorted(kinds.items())),
        shown=tuple(_write(each) for each in operations[:limit]),
        left_out=max(len(operations) - limit, 0),
    )


def render(page: PlanPage) -> str:
    """The page as HTML; whatever a CRM holds is escaped."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("crmbridge.reports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    return environment.get_template("plan.html").render(page=page)


def _write(operation: Operation) -> Write:
    where = operation.target or f"new {operation.object_type} in {operation.side}"
    return Write(
        what=f"{operation.kind} {operation.list_name or ''}".strip(),
        where=str(where),
        why=operation.reason,
        changes=tuple(
            Change(field=each.field, before=_said(each.before), after=_said(each.after))
            for each in operation.changes
        ),
    )


def _said(value: Value) -> str:
    if value is None:
        return "(empty)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return instant(value) if isinstance(value, datetime) else str(value)
