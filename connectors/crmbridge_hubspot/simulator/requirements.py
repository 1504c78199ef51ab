"""Properties that the portal's administrators require, which younger paths enforce.

HubSpot contract §1: from version 2026-09 on a write without one is refused, with a code of its
own where the requirement depends on another property. What HubSpot does with a change that
touches neither is not documented; it passes here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crmbridge_hubspot.simulator.errors import HubSpotError
from crmbridge_hubspot.simulator.object_types import ObjectType
from crmbridge_hubspot.simulator.records import Record

_ENFORCED_FROM = "2026-09"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """``name`` must be filled: always, or where ``condition`` has the value ``value``."""

    name: str
    condition: str = ""
    value: str = ""

    @property
    def code(self) -> str:
        """How the refusal calls it."""
        kind = "CONDITIONAL_REQUIRED" if self.condition else "REQUIRED"
        return f"MISSING_{kind}_PROPERTY"

    def broken_by(self, values: Mapping[str, str], record: Record | None) -> bool:
        """Whether a write of ``values`` to ``record`` (None for a new one) breaks it."""
        if record and self.name not in values and self.condition not in values:
            return False

        def after(name: str) -> str:
            return values.get(name, record.value(name) if record else "")

        applies = not self.condition or after(self.condition) == self.value
        return applies and not after(self.name)


class Requirements:
    """All requirements of the portal."""

    def __init__(self) -> None:
        self._by_type: dict[str, list[Requirement]] = {}

    def add(self, kind: ObjectType, requirement: Requirement) -> None:
        """Require one more property."""
        self._by_type.setdefault(kind.id, []).append(requirement)

    def clear(self) -> None:
        """Require nothing any more."""
        self._by_type.clear()

    def check(
        self, kind: ObjectType, values: Mapping[str, str], record: Record | None, version: str
    ) -> None:
        """400 for a write through a path of ``version`` ("" for a numbered one) that breaks one."""
        if version < _ENFORCED_FROM:
            return
        broken = [one for one in self._by_type.get(kind.id, ()) if one.broken_by(values, record)]
        if broken:
            raise HubSpotError(
                400,
                "Some required properties were not set.",
                category="VALIDATION_ERROR",
                errors=[
                    {
                        "message": f"The property {one.name} is required.",
                        "code": one.code,
                        "context": {"propertyName": [one.name]},
                    }
                    for one in broken
                ],
            )
