"""The CRM object types this portal has and the names HubSpot knows them by."""

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
    text_search: tuple[str, ...] = ()
    mergeable: bool = False
    activity: bool = False

    @property
    def created_property(self) -> str:
        """Activities stamp their creation under another name than the CRM's older objects."""
        return "hs_createdate" if self.activity else "createdate"

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
TICKETS = ObjectType(
    id="0-5",
    plural="tickets",
    singular="ticket",
    modified_property="hs_lastmodifieddate",
    default_properties=("subject", "content", "hs_pipeline", "hs_pipeline_stage"),
    text_search=("subject", "content"),
)


def _activity(id_: str, singular: str, *text_search: str) -> ObjectType:
    return ObjectType(
        id=id_,
        plural=f"{singular}s",
        singular=singular,
        modified_property="hs_lastmodifieddate",
        default_properties=(),
        required_any=("hs_timestamp",),
        text_search=text_search,
        activity=True,
    )


TASKS = _activity("0-27", "task", "hs_task_subject", "hs_task_body")
NOTES = _activity("0-46", "note", "hs_note_body")
MEETINGS = _activity("0-47", "meeting", "hs_meeting_title", "hs_meeting_body")
CALLS = _activity("0-48", "call", "hs_call_title", "hs_call_body")
EMAILS = _activity("0-49", "email", "hs_email_subject", "hs_email_text")
OBJECT_TYPES = (CONTACTS, COMPANIES, DEALS, TICKETS, TASKS, NOTES, MEETINGS, CALLS, EMAILS)
_BY_NAME = {
    name: object_type
    for object_type in OBJECT_TYPES
    for name in (object_type.id, object_type.plural, object_type.singular)
}


def object_type_named(name: str) -> ObjectType | None:
    """The type called ``contacts``, ``contact`` or ``0-1``, else None."""
    return _BY_NAME.get(name.lower())
