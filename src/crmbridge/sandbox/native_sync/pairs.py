"""A contact and its Salesforce record: which fields of the pair are to be passed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crmbridge.sandbox.native_sync.field_rules import (
    FieldMapping,
    Pass,
    SyncRule,
    Values,
    settle,
)
from crmbridge.sandbox.native_sync.org_door import OrgRow
from crmbridge.sandbox.native_sync.portal_door import (
    ACCOUNT_ID,
    CONTACT_ID,
    DELETED,
    LEAD_ID,
    OWNER_ID,
    PortalContact,
)

_OWNER = "hubspot_owner_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owners:
    """Who is who among the owners: by one address in both CRMs."""

    users: Mapping[str, str]
    """HubSpot owner → Salesforce user."""

    @property
    def owners(self) -> dict[str, str]:
        """Salesforce user → HubSpot owner."""
        return {user: owner for owner, user in self.users.items()}


@dataclass(slots=True, kw_only=True)
class Exchange:
    """What a pair passes on, which traces the contact lacks, and what both will hold of the
    fields afterwards."""

    to_hubspot: dict[str, str] = field(default_factory=dict)
    noted: dict[str, str] = field(default_factory=dict)
    to_salesforce: dict[str, str | None] = field(default_factory=dict)
    agreed: dict[str, str] = field(default_factory=dict)


def traces(row: OrgRow) -> dict[str, str]:
    """What the connector notes on the contact of a lead or contact."""
    if row.sobject == "Lead":
        return {LEAD_ID: row.id, OWNER_ID: row.text("OwnerId")}
    return {
        CONTACT_ID: row.id,
        ACCOUNT_ID: row.text("AccountId"),
        OWNER_ID: row.text("OwnerId"),
    }


def exchange(
    contact: PortalContact,
    row: OrgRow,
    mapping: Sequence[FieldMapping],
    owners: Owners,
    agreed: Mapping[str, str],
) -> Exchange:
    """What the rules say of every mapped field and of the owner; traces are brought up to date."""
    made = Exchange()
    later = row.modified_at > contact.modified_at
    for each in mapping:
        name = each.field_of(row.sobject)
        if name is None:
            continue
        values = Values(
            hubspot=contact.values[each.property],
            salesforce=row.text(name),
            agreed=agreed.get(each.property),
            salesforce_is_later=later,
        )
        verdict = settle(each.rule, values)
        held = values.hubspot if verdict is Pass.TO_SALESFORCE else values.salesforce
        made.agreed[each.property] = held
        if verdict is Pass.TO_HUBSPOT:
            made.to_hubspot[each.property] = held
        elif verdict is Pass.TO_SALESFORCE:
            made.to_salesforce[name] = held or None
    _settle_owner(made, contact, row, owners, agreed, later=later)
    noted = {**traces(row), DELETED: ""}
    made.noted |= {n: held for n, held in noted.items() if contact.values[n] != held}
    return made


def _settle_owner(
    made: Exchange,
    contact: PortalContact,
    row: OrgRow,
    owners: Owners,
    agreed: Mapping[str, str],
    *,
    later: bool,
) -> None:
    """Owners go both ways, whoever is known by one address in both CRMs; nobody else does."""
    theirs = owners.users.get(contact.values[_OWNER], "")
    ours = row.text("OwnerId") if row.text("OwnerId") in owners.owners else ""
    if not theirs or not ours:
        return
    values = Values(
        hubspot=theirs,
        salesforce=ours,
        agreed=agreed.get(_OWNER),
        salesforce_is_later=later,
    )
    verdict = settle(SyncRule.TWO_WAY, values)
    made.agreed[_OWNER] = theirs if verdict is Pass.TO_SALESFORCE else ours
    if verdict is Pass.TO_HUBSPOT:
        made.to_hubspot[_OWNER] = owners.owners[ours]
    elif verdict is Pass.TO_SALESFORCE:
        made.to_salesforce["OwnerId"] = theirs


def new_lead(
    contact: PortalContact, mapping: Sequence[FieldMapping], owners: Owners
) -> dict[str, str]:
    """The lead of a contact: every mapped field that may pass to Salesforce and is not blank."""
    passing = (SyncRule.PREFER_SALESFORCE, SyncRule.TWO_WAY)
    values = {
        each.lead: contact.values[each.property]
        for each in mapping
        if each.lead and each.rule in passing and contact.values[each.property]
    }
    # A status of HubSpot's own is none of Salesforce's: the org's default stands for a new lead.
    values.pop("Status", None)
    owner = owners.users.get(contact.values[_OWNER])
    return {**values, "OwnerId": owner} if owner else values


def new_contact(row: OrgRow, mapping: Sequence[FieldMapping]) -> dict[str, str]:
    """The contact of a new lead or contact: every mapped field that may pass to HubSpot."""
    found = {
        each.property: row.text(name)
        for each in mapping
        if each.rule is not SyncRule.NONE and (name := each.field_of(row.sobject))
    }
    return {name: value for name, value in {**found, **traces(row)}.items() if value}
