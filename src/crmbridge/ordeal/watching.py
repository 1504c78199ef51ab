"""Looks over the bridge's shoulder as it writes: nobody's edit may be trampled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType, Ref
from crmbridge.core.operations import Operation, OperationKind, Outcome, Receipt
from crmbridge.sandbox.seeding import API
from crmbridge.simulation import SimulatorClient

_SHARED: Mapping[tuple[str, ObjectType], Mapping[str, str]] = {
    ("salesforce", ObjectType.LEAD): {f.STATUS: "Status", f.OWNER_ID: "OwnerId"},
    ("hubspot", ObjectType.CONTACT): {
        f.LIFECYCLE: "lifecyclestage",
        f.LEAD_STATUS: "hs_lead_status",
    },
}
"""The fields that people edit as well."""

Seen = dict[str, dict[str, Any]]
"""Operation key → what the shared fields of its record held just before."""


class Watch:
    """Compares what was written with what stood there. ``edits`` counts how often somebody edited
    between a decision and its writing."""

    def __init__(self, portal: SimulatorClient, org: SimulatorClient) -> None:
        self._portal = portal
        self._org = org
        self._waiting: Callable[[], bool] | None = None
        self.edits = 0
        self.trampled: list[str] = []

    def interfere(self, act: Callable[[], bool]) -> None:
        """Let somebody do something just before the next write."""
        self._waiting = act

    def before(self, operations: Sequence[Operation]) -> Seen:
        """What stands there; to be called before a write."""
        act, self._waiting = self._waiting, None
        if act is not None:
            self.edits += act()
        seen: Seen = {}
        targets: set[Ref] = set()
        for operation in operations:
            target = operation.target
            if operation.kind is not OperationKind.UPDATE or target is None or target in targets:
                continue
            targets.add(target)
            shared = self._read(target)
            if shared:
                seen[operation.key] = shared
        return seen

    def after(
        self, operations: Sequence[Operation], receipts: Sequence[Receipt], seen: Seen
    ) -> None:
        """Whether a write that was done relied on what stood there."""
        for operation, receipt in zip(operations, receipts, strict=True):
            if receipt.outcome is not Outcome.DONE:
                continue
            for field, stood in seen.get(operation.key, {}).items():
                allowed = {operation.expected.get(field, stood), operation.values.get(field, stood)}
                if stood not in allowed:
                    self.trampled.append(
                        f"{operation.target}: {field} was {stood} when a write relied on "
                        f"{operation.expected[field]}"
                    )

    def _read(self, target: Ref) -> dict[str, Any]:
        names = _SHARED.get((target.system, target.object_type))
        if names is None:
            return {}
        if target.system == "hubspot":
            path = f"/crm/v3/objects/contacts/{target.id}"
            answer = self._portal.get(path, properties=",".join(names.values()))
            row = answer.json().get("properties", {})
        else:
            row = self._org.get(f"{API}/sobjects/Lead/{target.id}").json()
        if not isinstance(row, dict):
            return {}  # it is gone
        return {field: row[name] or None for field, name in names.items() if name in row}
