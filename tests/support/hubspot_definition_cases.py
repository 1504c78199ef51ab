"""Example calls about object types and kinds of association, with the client's models."""

from __future__ import annotations

from typing import Any

from hubspot_case import Case, case, gone, unmodelled

_S, _s = "/crm-object-schemas/v3/schemas", "/crm-object-schemas/v3/schemas/car"
_L, _l = "/crm/v4/associations/{from}/{to}/labels", "/crm/v4/associations/contacts/companies/labels"
_SCHEMAS, _SCHEMA = "crm.schemas", "ObjectSchema"
_LABELS = "crm.associations.v4.schema"
_ALL = "CollectionResponseAssociationSpecWithLabelNoPaging"
_BOAT: dict[str, Any] = {
    "name": "boat",
    "labels": {"singular": "Boat", "plural": "Boats"},
    "properties": [{"name": "sail", "label": "Sail", "type": "string", "fieldType": "text"}],
    "requiredProperties": ["sail"],
    "associatedObjects": ["COMPANY"],
}
_JOIN = {"fromObjectTypeId": "{car}", "toObjectTypeId": "0-2", "name": "car_to_owner"}

_E, _e = "/events/v3/event-definitions", "/events/v3/event-definitions/trial"
_UNKNOWN = "the client sends and reads events only"
_EVENT = {"label": "Watched", "propertyDefinitions": [{"label": "Minutes", "type": "number"}]}

DEFINITION_CASES: dict[tuple[str, str], Case] = {
    ("GET", _S): case(_S, _SCHEMAS, "CollectionResponseObjectSchemaNoPaging"),
    ("POST", _S): case(_S, _SCHEMAS, _SCHEMA, _BOAT, 201),
    ("GET", f"{_S}/{{object_type}}"): case(_s, _SCHEMAS, _SCHEMA),
    ("PATCH", f"{_S}/{{object_type}}"): case(
        _s, _SCHEMAS, "ObjectTypeDefinition", {"description": "What they drive"}
    ),
    ("DELETE", f"{_S}/{{object_type}}"): gone(_s),
    ("POST", f"{_S}/{{object_type}}/associations"): case(
        f"{_s}/associations", _SCHEMAS, "AssociationDefinition", _JOIN, 201
    ),
    ("DELETE", f"{_S}/{{object_type}}/associations/{{association_id}}"): gone(
        f"{_s}/associations/car_to_contact"
    ),
    ("GET", _L): case(_l, _LABELS, _ALL),
    ("POST", _L): case(_l, _LABELS, _ALL, {"name": "payer", "label": "Pays for"}),
    ("PUT", _L): gone(_l, {"associationTypeId": "{label}", "label": "Advises"}),
    ("DELETE", f"{_L}/{{type_id}}"): gone(f"{_l}/{{label}}"),
    ("GET", _E): unmodelled(_E, _UNKNOWN),
    ("POST", _E): unmodelled(_E, _UNKNOWN, _EVENT),
    ("GET", f"{_E}/{{name}}"): unmodelled(_e, _UNKNOWN),
    ("PATCH", f"{_E}/{{name}}"): unmodelled(_e, _UNKNOWN, {"label": "Trial begun"}),
    ("DELETE", f"{_E}/{{name}}"): gone(_e),
    ("POST", f"{_E}/{{name}}/property"): unmodelled(
        f"{_e}/property", _UNKNOWN, {"label": "Plan", "type": "string"}
    ),
}
