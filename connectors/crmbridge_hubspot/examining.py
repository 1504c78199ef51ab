"""What only a portal itself can tell about its fitness: scopes, HubSpot's own Salesforce sync."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from crmbridge.errors import AuthError, RejectedRecord
from crmbridge.findings import Finding, Wanted, error, fine, warning
from crmbridge_hubspot.batch_reading import read_batch
from crmbridge_hubspot.blind_clicks import examine_clicks
from crmbridge_hubspot.client import HubSpotClient
from crmbridge_hubspot.layout import PROPERTIES
from crmbridge_hubspot.mapping import OWNED, SYSTEM
from crmbridge_hubspot.nurture_mail import examine_mail
from crmbridge_hubspot.owned import TASK_PROPERTIES
from crmbridge_hubspot.settings import PathFamily

_CONTACTS: Final = "/crm/v3/objects/contacts"
_SYNC_TIME: Final = "salesforcelastsynctime"
_LOOKED_AT: Final = 20
_SALESFORCE: Final = "SALESFORCE"
_NUMBERED_UNTIL: Final = date(2027, 3, 30)
"""From when on v4 paths are unsupported. HubSpot contract §1."""
_SOON: Final = timedelta(days=90)

_Call = tuple[str, str, str, Any]
_PROBES: Final[tuple[_Call, ...]] = (
    ("reading contacts", "POST", f"{_CONTACTS}/batch/read", {"properties": [], "inputs": []}),
    ("writing contacts", "POST", f"{_CONTACTS}/batch/update", {"inputs": []}),
    ("reading companies", "POST", "/crm/v3/objects/companies/search", {"limit": 1}),
    ("reading owners", "GET", "/crm/v3/owners", None),
    ("reading lists", "POST", "/crm/v3/lists/search", {"query": "NL-", "count": 20}),
    ("writing lists", "PUT", "/crm/v3/lists/0/memberships/add", []),
    ("reading properties", "GET", PROPERTIES, None),
    ("`crmbridge setup`", "POST", f"{PROPERTIES}/batch/create", {"inputs": []}),
    ("writing tasks", "POST", "/crm/v3/objects/tasks/batch/upsert", {"inputs": []}),
    ("reading properties of tasks", "GET", TASK_PROPERTIES, None),
)
"""Purpose → a call that answers 403 without the scope and does nothing with it: those that could
write are given nothing to write."""


def examine(client: HubSpotClient, family: PathFamily, wanted: Wanted) -> Iterator[Finding]:
    """Scopes one by one, the native sync, mail and clicks, and the family of paths; about 15
    calls."""
    missing = dict(_missing_scopes(client))
    for purpose, refused in missing.items():
        yield error(
            "scopes",
            SYSTEM,
            f"no scope for {purpose}: {refused}",
            "add the scope to the service key or app in HubSpot under Settings > Integrations",
        )
    if not missing:
        yield fine("scopes", SYSTEM, "every scope that was asked for is there")
    if missing.keys().isdisjoint({"reading contacts", "reading properties"}):
        reply = client.get(PROPERTIES)
        names = {str(item["name"]) for item in reply.body.get("results") or ()}
        yield _native_sync(client, names)
        yield examine_mail(client, names)
        yield from examine_clicks(client, names, wanted.burst)
        yield _paths(family, reply.at.date())


def _missing_scopes(client: HubSpotClient) -> Iterator[tuple[str, str]]:
    """Purpose → how HubSpot refuses it."""
    for purpose, method, path, body in _PROBES:
        try:
            client.call(method, path, body=body)
        except AuthError as refused:
            yield purpose, str(refused)
        except RejectedRecord:
            # It was let in, and found nothing to do.
            continue


def _native_sync(client: HubSpotClient, names: set[str]) -> Finding:
    if _SYNC_TIME not in names:
        return fine("native sync", SYSTEM, "HubSpot's own Salesforce sync is not installed")
    fought = sorted(_written_by_sync(client, sorted({row.name for row in OWNED} & names)))
    if not fought:
        return fine("native sync", SYSTEM, "HubSpot's own Salesforce sync leaves our fields alone")
    return error(
        "native sync",
        SYSTEM,
        f"HubSpot's own Salesforce sync writes {', '.join(fought)}",
        "take these fields out of its field mappings (Settings > Integrations > Connected Apps > "
        "Salesforce): crmbridge owns them",
    )


def _written_by_sync(client: HubSpotClient, ours: list[str]) -> set[str]:
    """Which of our properties the sync has written on the contacts that it touched last."""
    if not ours:
        return set()
    search = {
        "filterGroups": [{"filters": [{"propertyName": _SYNC_TIME, "operator": "HAS_PROPERTY"}]}],
        "sorts": [{"propertyName": _SYNC_TIME, "direction": "DESCENDING"}],
        "properties": [_SYNC_TIME],
        "limit": _LOOKED_AT,
    }
    found = client.post(f"{_CONTACTS}/search", search).body.get("results") or ()
    ids = [str(item["id"]) for item in found]
    if not ids:
        return set()
    read = read_batch(client, _CONTACTS, ids, properties=(), history=ours)
    return {
        name
        for item in read.items
        for name, versions in (item.get("propertiesWithHistory") or {}).items()
        if any(each.get("sourceType") == _SALESFORCE for each in versions)
    }


def _paths(family: PathFamily, today: date) -> Finding:
    if family is PathFamily.NUMBERED and today >= _NUMBERED_UNTIL - _SOON:
        return warning(
            "API version",
            SYSTEM,
            f"HubSpot stops supporting numbered paths on {_NUMBERED_UNTIL}",
            f"set hubspot.path_family to `{PathFamily.SEPTEMBER_2026}`",
        )
    return fine("API version", SYSTEM, f"paths of the family {family}")
