"""The same fields and permission sets as ``setup`` makes, as an SFDX project: for admins who deploy
by Salesforce's own tools. With them come list views and a compact layout, which have no other form.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from xml.sax.saxutils import escape

from crmbridge.core.model import Stage
from crmbridge.core.standing import SlaStatus
from crmbridge_salesforce.layout import Layout
from crmbridge_salesforce.metadata import PERMISSION_SETS, Entry, PermissionSet, field_metadata
from crmbridge_salesforce.owned import REASON_FIELD

_VERSION: Final = "67.0"
_NAMESPACE: Final = "http://soap.sforce.com/2006/04/metadata"
_ROOT: Final = "force-app/main/default"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView:
    """A view of leads; ``filters`` are field, operation, value: an empty value is a blank field."""

    name: str
    label: str
    columns: tuple[str, ...]
    filters: tuple[tuple[str, str, str], ...]


_WHO: Final = ("FULL_NAME", "LEAD.COMPANY", "CORE.USERS.ALIAS")
LIST_VIEWS: Final = (
    ListView(
        name="CRMBridge_MQLs_due_today",
        label="MQLs due today",
        columns=(*_WHO, "CRMBridge_SLA_Due__c", "CRMBridge_Grade__c", "CRMBridge_Score_Reason__c"),
        filters=(
            ("CRMBridge_Stage__c", "equals", Stage.MQL.value),
            ("CRMBridge_SLA_Status__c", "equals", SlaStatus.OPEN.value),
            ("CRMBridge_SLA_Due__c", "equals", "TODAY"),
        ),
    ),
    ListView(
        name="CRMBridge_Breached",
        label="Breached",
        columns=(*_WHO, "CRMBridge_SLA_Due__c", "CRMBridge_SLA_Reason__c", "CRMBridge_Stage__c"),
        filters=(
            ("CRMBridge_SLA_Status__c", "equals", SlaStatus.BREACHED.value),
            ("CRMBridge_Stage__c", "equals", Stage.MQL.value),
        ),
    ),
    ListView(
        name="CRMBridge_Feedback_missing",
        label="Feedback missing",
        columns=(*_WHO, "CRMBridge_Stage__c", "CRMBridge_Stage_Reason__c"),
        filters=(
            ("CRMBridge_Stage__c", "equals", Stage.DISQUALIFIED.value),
            (REASON_FIELD, "equals", ""),
        ),
    ),
)

COMPACT_LAYOUT: Final = (
    "Name",
    "Company",
    "CRMBridge_Stage__c",
    "CRMBridge_Score__c",
    "CRMBridge_Grade__c",
    "CRMBridge_SLA_Due__c",
    "CRMBridge_SLA_Status__c",
)


def source_files(layout: Layout) -> dict[str, str]:
    """Path → text of every file, the same for the same rule book and release."""
    fields = tuple(layout.owned())
    files = {
        "sfdx-project.json": _project(),
        "manifest/package.xml": _manifest(fields),
    }
    for entity, field in fields:
        body = {"fullName": field.name, **field_metadata(field)}
        path = f"{_ROOT}/objects/{entity}/fields/{field.name}.field-meta.xml"
        files[path] = _xml("CustomField", body)
    for each in PERMISSION_SETS:
        path = f"{_ROOT}/permissionsets/{each.name}.permissionset-meta.xml"
        files[path] = _xml("PermissionSet", _permission_set(each, fields))
    for view in LIST_VIEWS:
        path = f"{_ROOT}/objects/Lead/listViews/{view.name}.listView-meta.xml"
        files[path] = _xml("ListView", _list_view(view))
    compact = {"fullName": "CRMBridge", "fields": list(COMPACT_LAYOUT), "label": "crmbridge"}
    path = f"{_ROOT}/objects/Lead/compactLayouts/CRMBridge.compactLayout-meta.xml"
    files[path] = _xml("CompactLayout", compact)
    return files


def _project() -> str:
    project = {
        "packageDirectories": [{"path": "force-app", "default": True}],
        "name": "crmbridge",
        "namespace": "",
        "sfdcLoginUrl": "https://login.salesforce.com",
        "sourceApiVersion": _VERSION,
    }
    return json.dumps(project, indent=2) + "\n"


def _manifest(fields: Sequence[Entry]) -> str:
    members = {
        "CompactLayout": ["Lead.CRMBridge"],
        "CustomField": sorted(f"{entity}.{field.name}" for entity, field in fields),
        "ListView": [f"Lead.{view.name}" for view in LIST_VIEWS],
        "PermissionSet": [each.name for each in PERMISSION_SETS],
    }
    types = [{"members": names, "name": name} for name, names in members.items()]
    return _xml("Package", {"types": types, "version": _VERSION})


def _permission_set(permission_set: PermissionSet, fields: Sequence[Entry]) -> dict[str, Any]:
    return {
        "description": permission_set.description,
        "fieldPermissions": [
            {"editable": edit, "field": name, "readable": True}
            for name, edit in sorted(permission_set.grants(fields).items())
        ],
        "hasActivationRequired": False,
        "label": permission_set.label,
    }


def _list_view(view: ListView) -> dict[str, Any]:
    return {
        "fullName": view.name,
        "columns": list(view.columns),
        "filterScope": "Everything",
        "filters": [
            {"field": field, "operation": operation, **({"value": value} if value else {})}
            for field, operation, value in view.filters
        ],
        "label": view.label,
    }


def _xml(root: str, body: Mapping[str, Any]) -> str:
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<{root} xmlns="{_NAMESPACE}">',
        *_elements(body, 1),
        f"</{root}>",
    ]
    return "\n".join(lines) + "\n"


def _elements(body: Mapping[str, Any], depth: int) -> list[str]:
    space = "    " * depth
    lines: list[str] = []
    for name, value in body.items():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, Mapping):
                lines += [
                    f"{space}<{name}>",
                    *_elements(each, depth + 1),
                    f"{space}</{name}>",
                ]
            else:
                text = str(each).lower() if isinstance(each, bool) else str(each)
                lines.append(f"{space}<{name}>{escape(text)}</{name}>")
    return lines
