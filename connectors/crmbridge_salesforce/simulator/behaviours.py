"""What saving a record of each object brings with it, before and after it is stored.

A hook gets the record as it was (None for a new one) and as it will be; the hooks before may
still change the latter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from crmbridge_salesforce.simulator import (
    activities,
    campaigns,
    history,
    leads,
    opportunities,
    people,
    permissions,
    person_accounts,
)

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.actor import Actor
    from crmbridge_salesforce.simulator.table import Row
    from crmbridge_salesforce.simulator.world import SalesforceWorld

Hook = Callable[["SalesforceWorld", "Actor", "Row | None", "Row"], None]

_BEFORE: dict[str, tuple[Hook, ...]] = {
    "CampaignMember": (campaigns.before_member,),
    "Contact": (person_accounts.refuse_contact, people.join_name, people.flag_bounce),
    "Event": (activities.before_activity, activities.before_event),
    "FieldPermissions": (permissions.before_field_permission,),
    "Lead": (people.join_name, leads.before_lead),
    "Opportunity": (opportunities.before_opportunity,),
    "PermissionSetAssignment": (permissions.before_assignment,),
    "Task": (activities.before_activity, activities.before_task),
    "User": (people.join_name,),
}
_AFTER: dict[str, tuple[Hook, ...]] = {
    "Account": (person_accounts.hand_to_contact,),
    "Contact": (history.record_contact,),
    "Event": (activities.roll_up,),
    "Lead": (history.record_lead,),
    "Opportunity": (history.record_opportunity, opportunities.after_opportunity),
    "OpportunityContactRole": (opportunities.after_contact_role,),
    "Task": (activities.roll_up,),
}


def before_save(
    world: SalesforceWorld, actor: Actor, sobject: str, old: Row | None, row: Row
) -> None:
    """Check and complete a record that is about to be stored."""
    for hook in _BEFORE.get(sobject, ()):
        hook(world, actor, old, row)


def after_save(
    world: SalesforceWorld, actor: Actor, sobject: str, old: Row | None, row: Row
) -> None:
    """Do to other records what storing this one causes."""
    for hook in _AFTER.get(sobject, ()):
        hook(world, actor, old, row)
