"""The object types that every portal has and the names HubSpot knows them by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectType:
    """One kind of CRM record. HubSpot contract §3, §5 and §10."""

    id: str
    plural: str
    singular: str
    modified_property: str
    default_properties: tuple[str, ...]
    required_any: tuple[str, ...] = ()
    required_all: tuple[str, ...] = ()
    text_search: tuple[str, ...] = ()
    mergeable: bool = False
    activity: bool = False
    qualified_name: str = ""
    """Of a custom object: its name with the portal in front (``p424242_cars``)."""

    @property
    def created_property(self) -> str:
        """Younger objects stamp their creation under another name than the CRM's older ones."""
        older = ("contacts", "companies", "deals", "tickets")
        return "createdate" if self.plural in older else "hs_createdate"

    @property
    def custom(self) -> bool:
        """Whether the portal defined the type itself."""
        return bool(self.qualified_name)

    @property
    def scope_area(self) -> str:
        """What scopes call it; activities fall under contacts."""
        if self.custom:
            return "custom"
        return "contacts" if self.activity else self.plural

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that a path may call it."""
        if not self.custom:
            return (self.id, self.plural, self.singular)
        return (self.id, self.qualified_name, f"p_{self.singular}", self.singular)

    @property
    def always_returned(self) -> tuple[str, ...]:
        """Properties in every answer, whatever was asked for."""
        return (self.created_property, self.modified_property, "hs_object_id")


CONTACTS = ObjectType(
    id="0-1",
    plural="contacts",
    singular="contact",
    modified_property="lastmodifieddate",
    default_properties=("email", "firstname", "lastname"),
    required_any=("email", "firstname", "lastname"),
    text_search=("firstname", "lastname", "email", "phone", "company", "hs_additional_emails"),
    mergeable=True,
)
COMPANIES = ObjectType(
    id="0-2",
    plural="companies",
    singular="company",
    modified_property="hs_lastmodifieddate",
    default_properties=("domain", "name"),
    text_search=("name", "domain", "website", "phone"),
    mergeable=True,
)
DEALS = ObjectType(
    id="0-3",
    plural="deals",
    singular="deal",
    modified_property="hs_lastmodifieddate",
    default_properties=("amount", "closedate", "dealname", "dealstage", "pipeline"),
    text_search=("dealname", "description"),
)
TASKS = ObjectType(
    id="0-27",
    plural="tasks",
    singular="task",
    modified_property="hs_lastmodifieddate",
    default_properties=(),
    required_any=("hs_timestamp",),
    activity=True,
    text_search=("hs_task_subject", "hs_task_body"),
)
NOTES = ObjectType(
    id="0-46",
    plural="notes",
    singular="note",
    modified_property="hs_lastmodifieddate",
    default_properties=(),
    required_any=("hs_timestamp",),
    activity=True,
    text_search=("hs_note_body",),
)
CALLS = ObjectType(
    id="0-48",
    plural="calls",
    singular="call",
    modified_property="hs_lastmodifieddate",
    default_properties=(),
    required_any=("hs_timestamp",),
    activity=True,
    text_search=("hs_call_title", "hs_call_body"),
)
EMAILS = ObjectType(
    id="0-49",
    plural="emails",
    singular="email",
    modified_property="hs_lastmodifieddate",
    default_properties=(),
    required_any=("hs_timestamp",),
    activity=True,
    text_search=("hs_email_subject",),
)
MEETINGS = ObjectType(
    id="0-47",
    plural="meetings",
    singular="meeting",
    modified_property="hs_lastmodifieddate",
    default_properties=(),
    required_any=("hs_timestamp",),
    activity=True,
    text_search=("hs_meeting_title", "hs_meeting_body"),
)
TICKETS = ObjectType(
    id="0-5",
    plural="tickets",
    singular="ticket",
    modified_property="hs_lastmodifieddate",
    default_properties=("content", "hs_pipeline", "hs_pipeline_stage", "subject"),
    required_all=("hs_pipeline_stage",),
    text_search=("subject", "content"),
)
LEADS = ObjectType(
    id="0-136",
    plural="leads",
    singular="lead",
    modified_property="hs_lastmodifieddate",
    default_properties=(),
    required_all=("hs_lead_name",),
    text_search=("hs_lead_name",),
)
STANDARD_TYPES = (
    CONTACTS,
    COMPANIES,
    DEALS,
    TASKS,
    NOTES,
    CALLS,
    EMAILS,
    MEETINGS,
    TICKETS,
    LEADS,
)
