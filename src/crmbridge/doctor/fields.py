"""Whether our fields, lists and permissions are as ``setup`` makes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from crmbridge.findings import Finding, error, fine, unseen, warning
from crmbridge.ports import Connector, SetupItem, SetupState

_APPLY: Final = "run `crmbridge setup apply`"
_SHOWN: Final = 5
_HARMLESS: Final = frozenset({"label", "help", "description", "shown", "history"})
"""What may be out of date without any write failing."""


def examine_fields(connector: Connector, lists: Mapping[str, str]) -> Iterator[Finding]:
    """Each item that is not as it should be, one line for all that are missing, and one for all
    that are right."""
    counted = 0
    missing: list[str] = []
    for item in connector.inspect(lists):
        finding = _finding(connector.name, item)
        if finding is not None:
            yield finding
        elif item.state is SetupState.MISSING:
            missing.append(f"{item.kind} {item.name}")
        counted += item.state is SetupState.THERE
    if missing:
        named = ", ".join(missing[:_SHOWN])
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        says = f"{named}{more} {'is' if len(missing) == 1 else 'are'} missing"
        yield error("set-up", connector.name, says, _APPLY)
    if counted:
        yield fine("set-up", connector.name, f"{counted} fields, lists and permissions are right")


def _finding(system: str, item: SetupItem) -> Finding | None:
    what = f"{item.kind} {item.name}"
    match item.state:
        case SetupState.BLOCKED:
            return error("set-up", system, f"{what} {item.problem}", item.remedy)
        case SetupState.DIFFERENT:
            before = item.before or {}
            changes = "; ".join(
                f"{name} is {before.get(name) or '(none)'}, should be {item.after[name]}"
                for name in item.changes
            )
            kind = warning if _HARMLESS.issuperset(item.changes) else error
            return kind("set-up", system, f"{what}: {changes}", _APPLY)
        case SetupState.BY_HAND:
            return unseen("set-up", system, f"{what} is set by hand", item.remedy)
        case _:
            return unseen("set-up", system, f"{what} {item.note}") if item.note else None
