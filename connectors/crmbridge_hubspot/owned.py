"""The properties crmbridge brings into a portal, as data, and how HubSpot defines them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from crmbridge.marking import mark, unmarked
from crmbridge_hubspot import mapping
from crmbridge_hubspot.layout import PROPERTIES
from crmbridge_hubspot.mapping import Kind
from crmbridge_hubspot.tasks import KEY_PROPERTY

GROUP: Final = "crmbridge"
GROUP_LABEL: Final = "crmbridge"
TASK_PROPERTIES: Final = "/crm/v3/properties/tasks"

_FIELD_TYPES: Final = {Kind.TEXT: "text", Kind.NUMBER: "number", Kind.INSTANT: "date"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """One property of ours on an ``object``, whose properties are at ``path``."""

    object: str
    path: str
    name: str
    kind: Kind
    label: str
    about: str
    unique: bool = False

    @property
    def title(self) -> str:
        """What setup calls it, such as ``contact.crmbridge_score``."""
        return f"{self.object}.{self.name}"


OWNED: Final = (
    *(
        Owned(
            object="contact",
            path=PROPERTIES,
            name=row.name,
            kind=row.kind,
            label=row.label,
            about=row.about,
            unique=row.name == mapping.UID_PROPERTY,
        )
        for row in mapping.OWNED
    ),
    Owned(
        object="task",
        path=TASK_PROPERTIES,
        name=KEY_PROPERTY,
        kind=Kind.TEXT,
        label="crmbridge key",
        about="Marks crmbridge's own task, so that it is made once.",
        unique=True,
    ),
)
"""Everything ``setup`` creates besides groups and lists."""


def definition(owned: Owned) -> dict[str, Any]:
    """The property as HubSpot takes it. HubSpot contract §11."""
    return {
        "groupName": GROUP,
        "name": owned.name,
        "label": owned.label,
        "description": mark(owned.about),
        "type": owned.kind.value,
        "fieldType": _FIELD_TYPES[owned.kind],
        "hasUniqueValue": owned.unique,
    }


def described(found: Mapping[str, Any]) -> dict[str, str]:
    """What setup looks at in a property, wanted or found, for people."""
    return {
        "label": str(found.get("label") or ""),
        "help": unmarked(str(found.get("description") or "")),
        "type": str(found.get("type") or ""),
        "unique values": "yes" if found.get("hasUniqueValue") else "no",
        "shown": "no" if found.get("hidden") else "yes",
    }
