"""Campaigns and their members. Salesforce contract §12."""

from __future__ import annotations

from typing import Any

from crmbridge_salesforce.simulator import fields as f
from crmbridge_salesforce.simulator.schema import SObject

MEMBER_STATUSES = ("Sent", "Responded")


def campaign() -> SObject:
    """A marketing campaign."""
    fields = [
        f.record_id("Campaign ID"),
        f.deleted_flag(),
        f.text("Name", "Name", 80, nillable=False, name_field=True, permissionable=False),
        f.reference("ParentId", "Parent Campaign ID", ("Campaign",), "Parent"),
        f.picklist("Type", "Type", ("Conference", "Webinar", "Email", "Other"), 40),
        f.picklist("Status", "Status", ("Planned", "In Progress", "Completed", "Aborted"), 40),
        f.day("StartDate", "Start Date"),
        f.day("EndDate", "End Date"),
        f.boolean("IsActive", "Active"),
        f.textarea("Description", "Description", 32000),
        f.owner(),
        *f.audit(),
    ]
    return f.make("Campaign", "Campaign", "Campaigns", "701", fields)


def campaign_member() -> SObject:
    """A lead or contact in a campaign; one row per person and campaign."""
    link: dict[str, Any] = {"child_name": "CampaignMembers", "cascade_delete": True}
    fields = [
        f.record_id("Campaign Member ID"),
        f.deleted_flag(),
        f.reference(
            "CampaignId",
            "Campaign ID",
            ("Campaign",),
            "Campaign",
            nillable=False,
            updateable=False,
            **link,
        ),
        f.reference("LeadId", "Lead ID", ("Lead",), "Lead", updateable=False, **link),
        f.reference("ContactId", "Contact ID", ("Contact",), "Contact", updateable=False, **link),
        f.reference(
            "LeadOrContactId",
            "Related Record ID",
            ("Contact", "Lead"),
            "LeadOrContact",
            **f.READ_ONLY,
        ),
        f.picklist(
            "Status",
            "Status",
            MEMBER_STATUSES,
            40,
            nillable=False,
            defaulted=True,
            default=MEMBER_STATUSES[0],
        ),
        f.boolean("HasResponded", "Responded", **f.READ_ONLY),
        f.day("FirstRespondedDate", "First Responded Date", **f.READ_ONLY),
        *f.audit(),
    ]
    return f.make("CampaignMember", "Campaign Member", "Campaign Members", "00v", fields)
