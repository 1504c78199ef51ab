"""Converts a lead the way its button does; REST has no resource for it. Contract §12."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from crmbridge_salesforce.simulator import history
from crmbridge_salesforce.simulator.actor import Actor
from crmbridge_salesforce.simulator.behaviours import after_save
from crmbridge_salesforce.simulator.errors import ApiError, converted_lead
from crmbridge_salesforce.simulator.rows import create_record, live_record
from crmbridge_salesforce.simulator.table import Row, live
from crmbridge_salesforce.simulator.times import json_value

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.world import SalesforceWorld

_ACCOUNT_FIELDS = {
    "Company": "Name",
    "Phone": "Phone",
    "Fax": "Fax",
    "Website": "Website",
    "Industry": "Industry",
    "AnnualRevenue": "AnnualRevenue",
    "NumberOfEmployees": "NumberOfEmployees",
    "LeadSource": "AccountSource",
    "Street": "BillingStreet",
    "City": "BillingCity",
    "State": "BillingState",
    "PostalCode": "BillingPostalCode",
    "Country": "BillingCountry",
}
_CONTACT_FIELDS = {
    **{
        name: name
        for name in (
            "FirstName",
            "LastName",
            "Salutation",
            "Title",
            "Email",
            "Phone",
            "MobilePhone",
            "Fax",
            "LeadSource",
            "Description",
            "HasOptedOutOfEmail",
            "HasOptedOutOfFax",
            "DoNotCall",
        )
    },
    "Street": "MailingStreet",
    "City": "MailingCity",
    "State": "MailingState",
    "PostalCode": "MailingPostalCode",
    "Country": "MailingCountry",
}
_MAPPABLE = ("Account", "Contact", "Opportunity")
_TIME_TO_CLOSE = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """What the user fills into the conversion dialogue; None leaves the default."""

    lead_id: str
    user_id: str
    create_opportunity: bool = True
    opportunity_name: str | None = None
    amount: float | None = None
    status: str | None = None
    account_id: str | None = None
    contact_id: str | None = None
    stage: str | None = None
    close_date: date | None = None


def convert_lead(world: SalesforceWorld, wish: Conversion) -> dict[str, str | None]:
    """Make account, contact and opportunity of a lead; answers their ids.

    A contact that is there already keeps what it says, and its account is taken.
    Custom fields go where the admin's mapping of lead fields says, and nowhere without one. Open
    and closed activities and campaign memberships move to the contact. Raises ``ApiError``.
    """
    lead = live_record(world, world.schema.known("Lead"), wish.lead_id)
    if lead["IsConverted"]:
        raise converted_lead()
    actor = Actor(user_id=wish.user_id)
    owner = lead["OwnerId"] if lead["OwnerId"].startswith("005") else wish.user_id
    with world.store.transaction():
        known = world.store.table("Contact").get(wish.contact_id) if wish.contact_id else None
        account = (
            wish.account_id
            or (known or {}).get("AccountId")
            or _make(world, actor, "Account", _mapped(lead, _ACCOUNT_FIELDS), owner)
        )
        contact = wish.contact_id or _make_contact(world, actor, lead, account, owner)
        opportunity = None
        if wish.create_opportunity:
            opportunity = _make_opportunity(world, actor, wish, lead, owner, account, contact)
        ids = {"Account": account, "Contact": contact, "Opportunity": opportunity}
        _carry(world, lead, ids)
        _close(world, actor, wish, lead, owner, ids)
        _move_children(world, lead["Id"], contact)
    return {
        "account_id": account,
        "contact_id": contact,
        "opportunity_id": opportunity,
        "lead_id": lead["Id"],
    }


def _mapped(lead: Row, mapping: dict[str, str]) -> dict[str, Any]:
    return {target: lead[source] for source, target in mapping.items() if lead[source] is not None}


def _make(
    world: SalesforceWorld, actor: Actor, name: str, values: dict[str, Any], owner: str
) -> str:
    body = {field: json_value(value) for field, value in values.items()}
    return create_record(world, actor, world.schema.known(name), {**body, "OwnerId": owner})


def _make_contact(world: SalesforceWorld, actor: Actor, lead: Row, account: str, owner: str) -> str:
    values = {**_mapped(lead, _CONTACT_FIELDS), "AccountId": account}
    return _make(world, actor, "Contact", values, owner)


def map_lead_fields(world: SalesforceWorld, mapping: Mapping[str, tuple[str, str]]) -> None:
    """Have conversions carry these custom fields of the lead to a field of the account, the
    contact or the opportunity; raises ``ApiError`` for one that is not there or cannot be.
    """
    checked: dict[str, tuple[str, str]] = {}
    for source, (name, target) in mapping.items():
        field = world.schema.known("Lead").field(source)
        to = world.schema.known(name).field(target) if name in _MAPPABLE else None
        if field is None or to is None or not field.custom or field.type != to.type:
            message = f"Lead.{source} cannot be mapped to {name}.{target}"
            raise ApiError(400, "FIELD_INTEGRITY_EXCEPTION", message)
        checked[field.name] = (name, to.name)
    world.lead_mapping = checked


def _carry(world: SalesforceWorld, lead: Row, ids: Mapping[str, str | None]) -> None:
    """The mapping works whether or not the user sees the fields, and fills empty ones only."""
    for name, record_id in ids.items():
        row = world.store.table(name).get(record_id) if record_id else None
        if row is None:
            continue
        carried = {
            target: lead[source]
            for source, (to, target) in world.lead_mapping.items()
            if to == name and lead.get(source) is not None and not row.get(target)
        }
        if carried:
            world.store.put(name, {**row, **carried})


def _make_opportunity(
    world: SalesforceWorld,
    actor: Actor,
    wish: Conversion,
    lead: Row,
    owner: str,
    account: str,
    contact: str,
) -> str:
    stages = sorted(
        world.store.table("OpportunityStage").rows(), key=lambda stage: stage["SortOrder"]
    )
    first_open = next(stage["ApiName"] for stage in stages if not stage["IsClosed"])
    values = {
        "Name": wish.opportunity_name or f"{lead['Company']}-",
        "AccountId": account,
        "ContactId": contact,
        "StageName": wish.stage or first_open,
        "CloseDate": wish.close_date or (world.now() + _TIME_TO_CLOSE).date(),
        "Amount": wish.amount,
        "LeadSource": lead["LeadSource"],
    }
    return _make(world, actor, "Opportunity", values, owner)


def _close(
    world: SalesforceWorld,
    actor: Actor,
    wish: Conversion,
    lead: Row,
    owner: str,
    ids: dict[str, str | None],
) -> None:
    statuses = world.store.table("LeadStatus").rows()
    converted = [row["ApiName"] for row in statuses if row["IsConverted"]]
    if wish.status and wish.status not in converted:
        message = f"invalid convertedStatus: {wish.status}"
        raise ApiError(400, "INVALID_STATUS", message, ["Status"])
    zone = ZoneInfo(str(world.user(wish.user_id)["TimeZoneSidKey"]))
    stamps = world.stamps(wish.user_id)
    closed = {
        **lead,
        **{name: stamps[name] for name in ("LastModifiedDate", "LastModifiedById")},
        "SystemModstamp": stamps["SystemModstamp"],
        "IsConverted": True,
        "ConvertedDate": world.now().astimezone(zone).date(),
        "Status": wish.status or converted[0],
        "OwnerId": owner,
        **{f"Converted{name}Id": record_id for name, record_id in ids.items()},
    }
    world.store.put("Lead", closed)
    after_save(world, actor, "Lead", lead, closed)
    history.record_event(world, actor, "Lead", closed, "leadConverted")


def _move_children(world: SalesforceWorld, lead_id: str, contact_id: str) -> None:
    contact = world.store.table("Contact").get(contact_id) or {}
    account = contact.get("AccountId")
    for name in ("Task", "Event"):
        for row in live(world.store.children(name, "WhoId", lead_id)):
            world.touch(name, row, {"WhoId": contact_id, "AccountId": account})
    for member in live(world.store.children("CampaignMember", "LeadId", lead_id)):
        moved = {"ContactId": contact_id, "LeadOrContactId": contact_id}
        world.touch("CampaignMember", member, moved)
