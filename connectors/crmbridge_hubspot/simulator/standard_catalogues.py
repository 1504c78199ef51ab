"""Which properties each of HubSpot's object types has in a fresh portal."""

from __future__ import annotations

from crmbridge_hubspot.simulator.catalogue import Catalogue
from crmbridge_hubspot.simulator.catalogue_activities import (
    call_catalogue,
    email_catalogue,
    meeting_catalogue,
    note_catalogue,
    task_catalogue,
)
from crmbridge_hubspot.simulator.catalogue_companies import company_catalogue
from crmbridge_hubspot.simulator.catalogue_contacts import contact_catalogue
from crmbridge_hubspot.simulator.catalogue_sales import (
    deal_catalogue,
    lead_catalogue,
    ticket_catalogue,
)
from crmbridge_hubspot.simulator.object_types import (
    CALLS,
    COMPANIES,
    CONTACTS,
    DEALS,
    EMAILS,
    LEADS,
    MEETINGS,
    NOTES,
    TASKS,
    TICKETS,
    ObjectType,
)


def standard_catalogues(*, native_connector: bool) -> list[tuple[ObjectType, Catalogue]]:
    """Every object type with its properties, the native Salesforce connector's if it is there."""
    return [
        (CONTACTS, contact_catalogue(native_connector=native_connector)),
        (COMPANIES, company_catalogue(native_connector=native_connector)),
        (DEALS, deal_catalogue(native_connector=native_connector)),
        (TASKS, task_catalogue()),
        (NOTES, note_catalogue()),
        (CALLS, call_catalogue()),
        (EMAILS, email_catalogue()),
        (MEETINGS, meeting_catalogue()),
        (TICKETS, ticket_catalogue()),
        (LEADS, lead_catalogue()),
    ]
