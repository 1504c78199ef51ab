"""Which fields the native sync maps: as it is installed, and as it is set beside crmbridge.

The installed ones are those of HubSpot's list of default mappings (knowledge base, *Sync Salesforce
leads and contacts to HubSpot*) that both simulators have as text. A default mapping cannot be
deleted, but set to "don't sync". Owners are matched by address and are no row here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crmbridge.sandbox.native_sync.field_rules import FieldMapping, SyncRule


def _both(name: str, field: str) -> FieldMapping:
    return _mapped(name, field, field)


def _mapped(name: str, lead: str | None, contact: str | None) -> FieldMapping:
    return FieldMapping(property=name, lead=lead, contact=contact, rule=SyncRule.PREFER_SALESFORCE)


AS_INSTALLED: tuple[FieldMapping, ...] = (
    _both("email", "Email"),
    _both("salutation", "Salutation"),
    _both("firstname", "FirstName"),
    _both("lastname", "LastName"),
    _both("jobtitle", "Title"),
    _both("phone", "Phone"),
    _mapped("company", "Company", None),
    _mapped("website", "Website", None),
    _mapped("industry", "Industry", None),
    _mapped("address", "Street", "MailingStreet"),
    _mapped("city", "City", "MailingCity"),
    _mapped("state", "State", "MailingState"),
    _mapped("zip", "PostalCode", "MailingPostalCode"),
    _mapped("country", "Country", "MailingCountry"),
    _mapped("hs_lead_status", "Status", None),
)
"""The default mappings with the rule that they are installed with."""

NOT_SYNCED = frozenset({"hs_lead_status"})
"""Properties of these that belong to crmbridge: the table of ownership, as far as it meets them."""

BESIDE: tuple[FieldMapping, ...] = tuple(
    replace(each, rule=SyncRule.NONE) if each.property in NOT_SYNCED else each
    for each in AS_INSTALLED
)
"""The default mappings with crmbridge's own fields left to crmbridge."""

MAPPINGS: Mapping[str, tuple[FieldMapping, ...]] = {"beside": BESIDE, "as-installed": AS_INSTALLED}
"""The tables by the names that the command line has for them."""
