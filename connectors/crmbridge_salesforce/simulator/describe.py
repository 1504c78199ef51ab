"""What objects and fields there are, for this user. Salesforce contract §5."""

from __future__ import annotations

from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from crmbridge_salesforce.simulator.access import Right
from crmbridge_salesforce.simulator.call import Call, Reply
from crmbridge_salesforce.simulator.errors import ApiError
from crmbridge_salesforce.simulator.field_description import describe_field
from crmbridge_salesforce.simulator.record_types import record_type_infos
from crmbridge_salesforce.simulator.records import sobject_named

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.schema import ChildRelationship, SObject
    from crmbridge_salesforce.simulator.world import SalesforceWorld

_RESOURCES = ("composite", "limits", "query", "queryAll", "sobjects", "tooling")


def resources(world: SalesforceWorld, call: Call) -> Reply:
    """The resources below this API version. Contract §1."""
    return Reply(body={name: f"{call.root}/{name}" for name in _RESOURCES})


def global_describe(world: SalesforceWorld, call: Call) -> Reply:
    """All objects, in short. Contract §5."""
    objects = [
        _summary(world, call, sobject)
        for sobject in world.schema.objects()
        if sobject.queryable and world.schema.object(sobject.name)
    ]
    body = {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects}
    return _if_modified(world, call, body)


def basic_information(world: SalesforceWorld, call: Call, name: str) -> Reply:
    """One object in short. Contract §5."""
    sobject = sobject_named(world, name)
    return Reply(body={"objectDescribe": _summary(world, call, sobject), "recentItems": []})


def describe(world: SalesforceWorld, call: Call, name: str) -> Reply:
    """One object with its fields and relationships; 304 if unchanged. Contract §5."""
    sobject = sobject_named(world, name)
    children = [
        _child(child)
        for child in world.schema.children_of(sobject)
        if world.access.can_read(call.user_id, child.sobject, child.field)
    ]
    summary = _summary(world, call, sobject)
    fields = [
        _limited(describe_field(field), summary)
        for field in world.access.readable(call.user_id, sobject)
    ]
    body = {
        **summary,
        "actionOverrides": [],
        "childRelationships": children,
        "compactLayoutable": True,
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": fields,
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": record_type_infos(world, sobject, call.root),
        "searchLayoutable": True,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [
            {"label": f"All {sobject.label_plural.lower()}", "name": "everything"},
            {"label": f"My {sobject.label_plural.lower()}", "name": "mine"},
        ],
    }
    return _if_modified(world, call, dict(sorted(body.items())))


def _limited(field: dict[str, Any], summary: dict[str, Any]) -> dict[str, Any]:
    """No field can be set where no record can."""
    return {
        **field,
        "createable": field["createable"] and summary["createable"],
        "updateable": field["updateable"] and summary["updateable"],
    }


def _if_modified(world: SalesforceWorld, call: Call, body: dict[str, Any]) -> Reply:
    changed = world.schema_changed_at
    headers = {
        "Last-Modified": format_datetime(changed, usegmt=True),
        "ETag": f'"{int(changed.timestamp()):x}"',
    }
    since = call.headers.get("if-modified-since")
    if since:
        try:
            known = parsedate_to_datetime(since)
        except ValueError:
            raise ApiError(400, "INVALID_HEADER", f"not a date: {since}") from None
        if known >= changed:
            return Reply(status=304, headers=headers)
    return Reply(body=body, headers=headers)


def _summary(world: SalesforceWorld, call: Call, sobject: SObject) -> dict[str, Any]:
    base = f"{call.root}/sobjects/{sobject.name}"
    creates, edits = (world.access.may(call.user_id, sobject, right) for right in Right)
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": sobject.createable and creates,
        "custom": False,
        "customSetting": False,
        "deepCloneable": False,
        "deletable": sobject.deletable,
        "deprecatedAndHidden": False,
        "feedEnabled": False,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": sobject.key_prefix,
        "label": sobject.label,
        "labelPlural": sobject.label_plural,
        "layoutable": sobject.createable,
        "mergeable": sobject.mergeable,
        "mruEnabled": sobject.mergeable,
        "name": sobject.name,
        "queryable": sobject.queryable,
        "replicateable": sobject.replicateable,
        "retrieveable": True,
        "searchable": sobject.createable,
        "triggerable": sobject.createable,
        "undeletable": sobject.deletable,
        "updateable": sobject.updateable and edits,
        "urls": {
            "describe": f"{base}/describe",
            "rowTemplate": f"{base}/{{ID}}",
            "sobject": base,
        },
    }


def _child(child: ChildRelationship) -> dict[str, Any]:
    return {
        "cascadeDelete": child.field.cascade_delete,
        "childSObject": child.sobject.name,
        "deprecatedAndHidden": False,
        "field": child.field.name,
        "junctionIdListNames": [],
        "junctionReferenceTo": [],
        "relationshipName": child.name,
        "restrictedDelete": False,
    }
