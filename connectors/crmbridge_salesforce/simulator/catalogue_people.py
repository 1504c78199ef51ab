"""Lead, Contact and Account as a fresh org has them. Salesforce contract §12."""

from __future__ import annotations

from crmbridge_salesforce.simulator import fields as f
from crmbridge_salesforce.simulator.schema import Field, SObject

LEAD_SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")
RATINGS = ("Hot", "Warm", "Cold")
LEAD_STATUSES = (
    "Open - Not Contacted",
    "Working - Contacted",
    "Closed - Converted",
    "Closed - Not Converted",
)
INDUSTRIES = (
    "Agriculture",
    "Apparel",
    "Banking",
    "Biotechnology",
    "Chemicals",
    "Communications",
    "Construction",
    "Consulting",
    "Education",
    "Electronics",
    "Energy",
    "Engineering",
    "Entertainment",
    "Environmental",
    "Finance",
    "Food & Beverage",
    "Government",
    "Healthcare",
    "Hospitality",
    "Insurance",
    "Machinery",
    "Manufacturing",
    "Media",
    "Not For Profit",
    "Recreation",
    "Retail",
    "Shipping",
    "Technology",
    "Telecommunications",
    "Transportation",
    "Utilities",
    "Other",
)


def _fill(sobject: SObject, *groups: list[Field]) -> SObject:
    for group in groups:
        for added in group:
            sobject.put_field(added)
    return sobject


def _last_seen() -> list[Field]:
    return [
        f.day("LastActivityDate", "Last Activity", **f.READ_ONLY),
        f.instant("LastViewedDate", "Last Viewed Date", **f.READ_ONLY),
        f.instant("LastReferencedDate", "Last Referenced Date", **f.READ_ONLY),
    ]


def lead() -> SObject:
    """A lead: a person not yet tied to an account."""
    sobject = SObject(
        name="Lead",
        label="Lead",
        label_plural="Leads",
        key_prefix="00Q",
        mergeable=True,
        history_object="LeadHistory",
    )
    person = [
        f.text("Title", "Title", 128),
        f.text("Company", "Company", 255, nillable=False, permissionable=False),
        *f.address("", ""),
        f.phone("Phone", "Phone"),
        f.phone("MobilePhone", "Mobile Phone"),
        f.phone("Fax", "Fax"),
        f.email(id_lookup=True),
        f.url("Website", "Website"),
        f.textarea("Description", "Description", 32000),
        f.picklist("LeadSource", "Lead Source", LEAD_SOURCES),
        f.picklist(
            "Status",
            "Status",
            LEAD_STATUSES,
            nillable=False,
            defaulted=True,
            default=LEAD_STATUSES[0],
            permissionable=False,
        ),
        f.picklist("Industry", "Industry", INDUSTRIES),
        f.picklist("Rating", "Rating", RATINGS),
        f.number("AnnualRevenue", "Annual Revenue", type="currency"),
        f.integer("NumberOfEmployees", "Employees"),
        f.owner(("Group", "User")),
        f.boolean("HasOptedOutOfEmail", "Email Opt Out"),
        f.boolean("HasOptedOutOfFax", "Fax Opt Out"),
        f.boolean("DoNotCall", "Do Not Call"),
    ]
    conversion = [
        f.boolean("IsConverted", "Converted", updateable=False, permissionable=False),
        f.day("ConvertedDate", "Converted Date", **f.READ_ONLY),
        *(
            f.reference(
                f"Converted{target}Id",
                f"Converted {target} ID",
                (target,),
                f"Converted{target}",
                **f.READ_ONLY,
            )
            for target in ("Account", "Contact", "Opportunity")
        ),
        f.boolean("IsUnreadByOwner", "Unread By Owner", permissionable=False, default=True),
    ]
    bounced = [
        f.text("EmailBouncedReason", "Email Bounced Reason", 255, createable=False),
        f.instant("EmailBouncedDate", "Email Bounced Date", createable=False),
    ]
    identity = [f.record_id("Lead ID"), f.deleted_flag(), f.master_record("Lead")]
    return _fill(
        sobject, identity, f.person_name(), person, conversion, f.audit(), _last_seen(), bounced
    )


def contact() -> SObject:
    """A contact: a person of an account; it has no status of its own."""
    sobject = SObject(
        name="Contact",
        label="Contact",
        label_plural="Contacts",
        key_prefix="003",
        mergeable=True,
        history_object="ContactHistory",
    )
    person = [
        f.reference(
            "AccountId",
            "Account ID",
            ("Account",),
            "Account",
            child_name="Contacts",
            cascade_delete=True,
        ),
        *f.address("Other", "Other"),
        *f.address("Mailing", "Mailing"),
        f.phone("Phone", "Business Phone"),
        f.phone("Fax", "Business Fax"),
        f.phone("MobilePhone", "Mobile Phone"),
        f.phone("HomePhone", "Home Phone"),
        f.phone("OtherPhone", "Other Phone"),
        f.reference("ReportsToId", "Reports To ID", ("Contact",), "ReportsTo"),
        f.email(id_lookup=True),
        f.text("Title", "Title", 128),
        f.text("Department", "Department", 80),
        f.picklist("LeadSource", "Lead Source", LEAD_SOURCES),
        f.day("Birthdate", "Birthdate"),
        f.textarea("Description", "Contact Description", 32000),
        f.owner(),
        f.boolean("HasOptedOutOfEmail", "Email Opt Out"),
        f.boolean("HasOptedOutOfFax", "Fax Opt Out"),
        f.boolean("DoNotCall", "Do Not Call"),
    ]
    bounced = [
        f.text("EmailBouncedReason", "Email Bounced Reason", 255),
        f.instant("EmailBouncedDate", "Email Bounced Date"),
        f.boolean("IsEmailBounced", "Is Email Bounced", **f.READ_ONLY),
    ]
    identity = [f.record_id("Contact ID"), f.deleted_flag(), f.master_record("Contact")]
    return _fill(sobject, identity, f.person_name(), person, f.audit(), _last_seen(), bounced)


def account() -> SObject:
    """A company."""
    sobject = SObject(
        name="Account",
        label="Account",
        label_plural="Accounts",
        key_prefix="001",
        mergeable=True,
    )
    types = (
        "Prospect",
        "Customer - Direct",
        "Customer - Channel",
        "Channel Partner / Reseller",
        "Installation Partner",
        "Technology Partner",
        "Other",
    )
    company = [
        f.text("Name", "Account Name", 255, nillable=False, name_field=True, permissionable=False),
        f.picklist("Type", "Account Type", types, 40),
        f.reference(
            "ParentId", "Parent Account ID", ("Account",), "Parent", child_name="ChildAccounts"
        ),
        *f.address("Billing", "Billing"),
        *f.address("Shipping", "Shipping"),
        f.phone("Phone", "Account Phone"),
        f.phone("Fax", "Account Fax"),
        f.text("AccountNumber", "Account Number", 40),
        f.url("Website", "Website"),
        f.text("Sic", "SIC Code", 20),
        f.picklist("Industry", "Industry", INDUSTRIES, 40),
        f.number("AnnualRevenue", "Annual Revenue", type="currency"),
        f.integer("NumberOfEmployees", "Employees"),
        f.picklist("Ownership", "Ownership", ("Public", "Private", "Subsidiary", "Other"), 40),
        f.text("TickerSymbol", "Ticker Symbol", 20),
        f.textarea("Description", "Account Description", 32000),
        f.picklist("Rating", "Account Rating", RATINGS, 40),
        f.text("Site", "Account Site", 80),
        f.owner(),
        f.picklist("AccountSource", "Account Source", LEAD_SOURCES, 40),
    ]
    identity = [f.record_id("Account ID"), f.deleted_flag(), f.master_record("Account")]
    return _fill(sobject, identity, company, f.audit(), _last_seen())
