"""One example call per operation of the simulator, with the client's model of its answer."""

from __future__ import annotations

from hubspot_case import Case, case, gone, unmodelled
from hubspot_consent_cases import CONSENT_CASES
from hubspot_definition_cases import DEFINITION_CASES

_O, _B = "/crm/v3/objects/{type}", "/crm/v3/objects/{type}/batch"
_P, _L = "/crm/v3/properties/{type}", "/crm/v3/lists"
_A, _AB = "/crm/v4/objects/{from}/{id}/associations", "/crm/v4/associations/{from}/{to}/batch"
_CONTACTS, _LISTS, _PROPS = "crm.contacts", "crm.lists", "crm.properties"
_ASSOC = "crm.associations.v4"
_PAIR = {"from": {"id": "{contact}"}, "to": {"id": "{company}"}}
_TYPES = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}]
_NEW = {"properties": {"email": "new@example.com"}, "associations": []}
_UPSERT = {"id": "up@example.com", "idProperty": "email", "properties": {"city": "Bonn"}}
_CUSTOM = {
    "name": "grade",
    "label": "Grade",
    "groupName": "contactinformation",
    "type": "string",
    "fieldType": "text",
}


_c, _l = "/crm/v3/objects/contacts", "/crm/v3/lists/{list}"
_p = "/crm/v3/properties/contacts"
_a = "/crm/v4/objects/contacts/{contact}/associations"
_ab = "/crm/v4/associations/contacts/companies/batch"
_ONE, _MANY = "SimplePublicObject", "BatchResponseSimplePublicObject"
_ACCOUNT = "the client has no account-info models"
_CHANGED, _LINKED = "MembershipsUpdateResponse", "BatchResponsePublicDefaultAssociation"
_JOINED = "ApiCollectionResponseJoinTimeAndRecordId"
_READ = {
    "inputs": [{"id": "{contact}"}],
    "properties": ["city"],
    "propertiesWithHistory": ["email"],
}

_APP = {"client_id": "{client_id}", "client_secret": "{client_secret}"}
_REFRESH = {**_APP, "grant_type": "refresh_token", "refresh_token": "{refresh}"}
_TOKEN = {**_APP, "token": "{access}"}

_f = f"{_L}/folders/{{folder}}"
_FOLDER = "ListFolderFetchResponse"
PLACE_CASES: dict[tuple[str, str], Case] = {
    ("GET", f"{_L}/folders"): case(f"{_L}/folders?folderId={{folder}}", _LISTS, _FOLDER),
    ("POST", f"{_L}/folders"): case(
        f"{_L}/folders",
        _LISTS,
        "ListFolderCreateResponse",
        {"name": "Archive", "parentFolderId": "{folder}"},
    ),
    ("PUT", f"{_L}/folders/move-list"): gone(
        f"{_L}/folders/move-list", {"listId": "{list}", "newFolderId": "{folder}"}
    ),
    ("PUT", f"{_L}/folders/{{id}}/rename"): case(
        f"{_f}/rename?newFolderName=Other", _LISTS, _FOLDER
    ),
    ("PUT", f"{_L}/folders/{{id}}/move/{{parent_id}}"): case(
        f"{_f}/move/{{parent}}", _LISTS, _FOLDER
    ),
    ("DELETE", f"{_L}/folders/{{id}}"): gone(_f),
    ("GET", f"{_L}/idmapping"): case(
        f"{_L}/idmapping?legacyListId=7001", _LISTS, "PublicMigrationMapping"
    ),
    ("POST", f"{_L}/idmapping"): case(
        f"{_L}/idmapping", _LISTS, "PublicBatchMigrationMapping", ["7001", "1"]
    ),
}
CASES: dict[tuple[str, str], Case] = {
    **DEFINITION_CASES,
    **CONSENT_CASES,
    **PLACE_CASES,
    ("POST", f"{_O}/search"): case(
        f"{_c}/search",
        _CONTACTS,
        "CollectionResponseWithTotalSimplePublicObjectForwardPaging",
        {"limit": 1, "properties": ["email", "city"]},
    ),
    ("POST", f"{_B}/read"): case(f"{_c}/batch/read", _CONTACTS, _MANY, _READ),
    ("POST", f"{_B}/create"): case(f"{_c}/batch/create", _CONTACTS, _MANY, {"inputs": [_NEW]}, 201),
    ("POST", f"{_B}/update"): case(
        f"{_c}/batch/update",
        _CONTACTS,
        _MANY + "WithErrors",
        {"inputs": [{"id": i, "properties": {"city": "Bonn"}} for i in ("{contact}", "9")]},
        207,
    ),
    ("POST", f"{_B}/upsert"): case(
        f"{_c}/batch/upsert",
        _CONTACTS,
        "BatchResponseSimplePublicUpsertObject",
        {"inputs": [_UPSERT]},
    ),
    ("POST", f"{_B}/archive"): gone(f"{_c}/batch/archive", {"inputs": [{"id": "{contact}"}]}),
    ("POST", f"{_O}/merge"): case(
        f"{_c}/merge",
        _CONTACTS,
        _ONE,
        {"primaryObjectId": "{contact}", "objectIdToMerge": "{other}"},
    ),
    ("POST", f"{_O}/gdpr-delete"): gone(f"{_c}/gdpr-delete", {"objectId": "{contact}"}),
    ("GET", _O): case(
        f"{_c}?limit=1&properties=city",
        _CONTACTS,
        "CollectionResponseSimplePublicObjectWithAssociationsForwardPaging",
    ),
    ("POST", _O): case(_c, _CONTACTS, _ONE, _NEW, 201),
    ("GET", f"{_O}/{{id}}"): case(
        f"{_c}/{{contact}}?propertiesWithHistory=email&associations=companies",
        _CONTACTS,
        "SimplePublicObjectWithAssociations",
    ),
    ("PATCH", f"{_O}/{{id}}"): case(
        f"{_c}/{{contact}}", _CONTACTS, _ONE, {"properties": {"city": "Bonn"}}
    ),
    ("DELETE", f"{_O}/{{id}}"): gone(f"{_c}/{{contact}}"),
    ("PUT", f"{_A}/default/{{to}}/{{to_id}}"): case(
        f"{_a}/default/companies/{{company}}", _ASSOC, _LINKED
    ),
    ("GET", f"{_A}/{{to}}"): case(
        f"{_a}/companies",
        _ASSOC,
        "CollectionResponseMultiAssociatedObjectWithLabelForwardPaging",
    ),
    ("PUT", f"{_A}/{{to}}/{{to_id}}"): case(
        f"{_a}/companies/{{company}}", _ASSOC, "LabelsBetweenObjectPair", _TYPES, 201
    ),
    ("DELETE", f"{_A}/{{to}}/{{to_id}}"): gone(f"{_a}/companies/{{company}}"),
    ("POST", f"{_AB}/read"): case(
        f"{_ab}/read",
        _ASSOC,
        "BatchResponsePublicAssociationMultiWithLabel",
        {"inputs": [{"id": "{contact}"}]},
    ),
    ("POST", f"{_AB}/create"): case(
        f"{_ab}/create",
        _ASSOC,
        "BatchResponseLabelsBetweenObjectPair",
        {"inputs": [{**_PAIR, "types": _TYPES}]},
        201,
    ),
    ("POST", f"{_AB}/associate/default"): case(
        f"{_ab}/associate/default", _ASSOC, _LINKED, {"inputs": [_PAIR]}
    ),
    ("POST", f"{_AB}/archive"): gone(
        f"{_ab}/archive", {"inputs": [{**_PAIR, "to": [_PAIR["to"]]}]}
    ),
    ("POST", f"{_AB}/labels/archive"): gone(
        f"{_ab}/labels/archive", {"inputs": [{**_PAIR, "types": _TYPES}]}
    ),
    ("GET", _P): case(_p, _PROPS, "CollectionResponsePropertyNoPaging"),
    ("POST", _P): case(_p, _PROPS, "ModelProperty", _CUSTOM, 201),
    ("POST", f"{_P}/batch/create"): case(
        f"{_p}/batch/create", _PROPS, "BatchResponseProperty", {"inputs": [_CUSTOM]}, 201
    ),
    ("POST", f"{_P}/batch/read"): case(
        f"{_p}/batch/read", _PROPS, "BatchResponseProperty", {"inputs": [{"name": "email"}]}
    ),
    ("POST", f"{_P}/batch/archive"): gone(f"{_p}/batch/archive", {"inputs": [{"name": "mine"}]}),
    ("GET", f"{_P}/groups"): case(
        f"{_p}/groups", _PROPS, "CollectionResponsePropertyGroupNoPaging"
    ),
    ("POST", f"{_P}/groups"): case(
        f"{_p}/groups", _PROPS, "PropertyGroup", {"name": "more", "label": "More"}, 201
    ),
    ("GET", f"{_P}/groups/{{name}}"): case(f"{_p}/groups/own", _PROPS, "PropertyGroup"),
    ("PATCH", f"{_P}/groups/{{name}}"): case(
        f"{_p}/groups/own", _PROPS, "PropertyGroup", {"label": "Ours"}
    ),
    ("DELETE", f"{_P}/groups/{{name}}"): gone(f"{_p}/groups/own"),
    ("GET", f"{_P}/{{name}}"): case(f"{_p}/lifecyclestage", _PROPS, "ModelProperty"),
    ("PATCH", f"{_P}/{{name}}"): case(f"{_p}/mine", _PROPS, "ModelProperty", {"label": "Ours"}),
    ("DELETE", f"{_P}/{{name}}"): gone(f"{_p}/mine"),
    ("GET", "/crm/v3/limits/custom-properties"): unmodelled(
        "/crm/v3/limits/custom-properties", "the client has no limits models"
    ),
    ("POST", f"{_L}/records/memberships/batch/read"): unmodelled(
        f"{_L}/records/memberships/batch/read",
        "the client has no call for it",
        {"inputs": [{"objectTypeId": "0-1", "recordId": "{contact}"}]},
    ),
    ("GET", f"{_L}/records/{{object_type_id}}/{{record_id}}/memberships"): case(
        f"{_L}/records/0-1/{{contact}}/memberships",
        _LISTS,
        "ApiCollectionResponseRecordListMembershipNoPaging",
    ),
    ("GET", f"{_L}/{{id}}/memberships"): case(f"{_l}/memberships", _LISTS, _JOINED),
    ("GET", f"{_L}/{{id}}/memberships/join-order"): case(
        f"{_l}/memberships/join-order", _LISTS, _JOINED
    ),
    ("PUT", f"{_L}/{{id}}/memberships/add"): case(
        f"{_l}/memberships/add", _LISTS, _CHANGED, ["{other}", "9"]
    ),
    ("PUT", f"{_L}/{{id}}/memberships/remove"): case(
        f"{_l}/memberships/remove", _LISTS, _CHANGED, ["{contact}"]
    ),
    ("PUT", f"{_L}/{{id}}/memberships/add-and-remove"): case(
        f"{_l}/memberships/add-and-remove",
        _LISTS,
        _CHANGED,
        {"recordIdsToAdd": ["{other}"], "recordIdsToRemove": ["{contact}"]},
    ),
    ("PUT", f"{_L}/{{id}}/memberships/add-from/{{source_id}}"): gone(
        f"{_l}/memberships/add-from/{{dynamic}}"
    ),
    ("DELETE", f"{_L}/{{id}}/memberships"): gone(f"{_l}/memberships"),
    ("POST", _L): case(
        _L,
        _LISTS,
        "ListCreateResponse",
        {"name": "More", "objectTypeId": "0-1", "processingType": "MANUAL"},
    ),
    ("GET", _L): case(f"{_L}?listIds={{list}}", _LISTS, "ListsByIdResponse"),
    ("POST", f"{_L}/search"): case(f"{_L}/search", _LISTS, "ListSearchResponse", {"query": "own"}),
    ("GET", f"{_L}/object-type-id/{{object_type_id}}/name/{{name:path}}"): case(
        f"{_L}/object-type-id/0-1/name/Own", _LISTS, "ListFetchResponse"
    ),
    ("GET", f"{_L}/{{id}}"): case(_l, _LISTS, "ListFetchResponse"),
    ("DELETE", f"{_L}/{{id}}"): gone(_l),
    ("PUT", f"{_L}/{{id}}/update-list-name"): case(
        f"{_l}/update-list-name?listName=Other", _LISTS, "ListUpdateResponse"
    ),
    ("PUT", f"{_L}/{{id}}/update-list-filters"): case(
        f"{_L}/{{dynamic}}/update-list-filters",
        _LISTS,
        "ListUpdateResponse",
        {"filterBranch": "{branch}"},
    ),
    ("PUT", f"{_L}/{{id}}/restore"): gone(f"{_L}/{{deleted}}/restore"),
    ("GET", "/crm/v3/owners"): case(
        "/crm/v3/owners", "crm.owners", "CollectionResponsePublicOwnerForwardPaging"
    ),
    ("GET", "/crm/v3/owners/{id}"): case("/crm/v3/owners/{owner}", "crm.owners", "PublicOwner"),
    ("GET", "/account-info/v3/details"): unmodelled("/account-info/v3/details", _ACCOUNT),
    ("GET", "/account-info/v3/api-usage/daily/private-apps"): unmodelled(
        "/account-info/v3/api-usage/daily/private-apps", _ACCOUNT
    ),
    ("GET", "/events/v3/events"): case(
        "/events/v3/events?objectType=contact&eventType=pe424242_intent",
        "events",
        "CollectionResponseExternalUnifiedEvent",
    ),
    ("GET", "/events/v3/events/event-types"): case(
        "/events/v3/events/event-types", "events", "VisibleExternalEventTypeNames"
    ),
    ("POST", "/events/v3/send"): gone(
        "/events/v3/send", {"eventName": "pe424242_intent", "objectId": "{contact}"}
    ),
    ("POST", "/events/v3/send/batch"): gone(
        "/events/v3/send/batch",
        {"inputs": [{"eventName": "pe424242_intent", "email": "bob@example.com"}]},
    ),
    ("POST", "/oauth/v1/token"): Case(
        url="/oauth/v1/token", package="oauth", model="TokenResponseIF", body=_REFRESH, form=True
    ),
    ("POST", "/oauth/v3/token"): Case(
        url="/oauth/v3/token", package="oauth", model="TokenResponseIF", body=_REFRESH, form=True
    ),
    ("POST", "/oauth/v3/token/introspect"): Case(
        url="/oauth/v3/token/introspect", body=_TOKEN, form=True, reason="the client has OAuth v1"
    ),
    ("POST", "/oauth/v3/token/revoke"): Case(
        url="/oauth/v3/token/revoke", body=_TOKEN, form=True, status=204
    ),
    ("GET", "/oauth/v1/access-tokens/{token}"): case(
        "/oauth/v1/access-tokens/{access}", "oauth", "AccessTokenInfoResponse"
    ),
    ("GET", "/oauth/v1/refresh-tokens/{token}"): case(
        "/oauth/v1/refresh-tokens/{refresh}", "oauth", "RefreshTokenInfoResponse"
    ),
    ("DELETE", "/oauth/v1/refresh-tokens/{token}"): gone("/oauth/v1/refresh-tokens/{refresh}"),
}
