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
ACCOUNT_TYPES = (
    "Prospect",
    "Customer - Direct",
    "Customer - Channel",
    "Channel Partner / Reseller",
    "Installation Partner",
    "Technology Partner",
    "Other",
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


def _last_seen() -> list[Field]:
    return [
        f.day("LastActivityDate", "Last Activity", **f.READ_ONLY),
        f.instant("LastViewedDate", "Last Viewed Date", **f.READ_ONLY),
        f.instant("LastReferencedDate", "Last Referenced Date", **f.READ_ONLY),
    ]


def lead() -> SObject:
    """A lead: a person not yet tied to an account."""
    bounced = [
        f.text("EmailBouncedReason", "Email Bounced Reason", 255, createable=False),
        f.instant("EmailBouncedDate", "Email Bounced Date", createable=False),
    ]
    fields = [
        f.record_id("Lead ID"),
        f.deleted_flag(),
        f.master_record("Lead"),
        *f.person_name(),
        *_lead_person(),
        *_lead_state(),
        *f.audit(),
        *_last_seen(),
        *bounced,
    ]
    return f.make(
        "Lead", "Lead", "Leads", "00Q", fields, mergeable=True, history_object="LeadHistory"
    )


def _lead_person() -> list[Field]:
    return [
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
        f.picklist("Industry", "Industry", INDUSTRIES),
        f.picklist("Rating", "Rating", RATINGS),
        f.number("AnnualRevenue", "Annual Revenue", type="currency"),
        f.integer("NumberOfEmployees", "Employees"),
        *_consent(),
    ]


def _lead_state() -> list[Field]:
    status = {"nillable": False, "defaulted": True, "permissionable": False}
    links = [
        f.reference(
            f"Converted{target}Id",
            f"Converted {target} ID",
            (target,),
            f"Converted{target}",
            **f.READ_ONLY,
        )
        for target in ("Account", "Contact", "Opportunity")
    ]
    return [
        f.picklist("Status", "Status", LEAD_STATUSES, default=LEAD_STATUSES[0], **status),
        f.owner(("Group", "User")),
        f.boolean("IsConverted", "Converted", updateable=False, permissionable=False),
        f.day("ConvertedDate", "Converted Date", **f.READ_ONLY),
        *links,
        f.boolean("IsUnreadByOwner", "Unread By Owner", permissionable=False, default=True),
    ]


def _consent() -> list[Field]:
    return [
        f.boolean("HasOptedOutOfEmail", "Email Opt Out"),
        f.boolean("HasOptedOutOfFax", "Fax Opt Out"),
        f.boolean("DoNotCall", "Do Not Call"),
    ]


def contact() -> SObject:
    """A contact: a person of an account; it has no status of its own."""
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
        *_consent(),
    ]
    bounced = [
        f.text("EmailBouncedReason", "Email Bounced Reason", 255),
        f.instant("EmailBouncedDate", "Email Bounced Date"),
        f.boolean("IsEmailBounced", "Is Email Bounced", **f.READ_ONLY),
    ]
    fields = [
        f.record_id("Contact ID"),
        f.deleted_flag(),
        f.master_record("Contact"),
        *f.person_name(),
        *person,
        *f.audit(),
        *_last_seen(),
        *bounced,
    ]
    options = {"mergeable": True, "history_object": "ContactHistory"}
    return f.make("Contact", "Contact", "Contacts", "003", fields, **options)


def account() -> SObject:
    """A company."""
    company = [
        f.text("Name", "Account Name", 255, nillable=False, name_field=True, permissionable=False),
        f.picklist("Type", "Account Type", ACCOUNT_TYPES, 40),
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
    fields = [
        f.record_id("Account ID"),
        f.deleted_flag(),
        f.master_record("Account"),
        *company,
        *f.audit(),
        *_last_seen(),
    ]
    return f.make("Account", "Account", "Accounts", "001", fields, mergeable=True)
