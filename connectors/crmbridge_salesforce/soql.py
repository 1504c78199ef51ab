"""Builds the queries; every value goes through the SDK's escaping. Salesforce contract §4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from simple_salesforce.format import format_soql

from crmbridge.core.model import ObjectType
from crmbridge_salesforce.mapping import OBJECT_TYPES
from crmbridge_salesforce.owned import KEY_FIELD
from crmbridge_salesforce.person_accounts import CONTACT_OF, FLAG

if TYPE_CHECKING:
    from crmbridge_salesforce.layout import Layout
    from crmbridge_salesforce.schema import OrgSchema

_AUDIT: Final = (
    "Id",
    "IsDeleted",
    "CreatedDate",
    "CreatedById",
    "LastModifiedDate",
    "LastModifiedById",
    "SystemModstamp",
)
_MEMBER: Final = (
    *_AUDIT,
    "LeadId",
    "ContactId",
    "Status",
    "HasResponded",
    "FirstRespondedDate",
)
_EXTRA: Final = {
    "Lead": ("MasterRecordId",),
    "Contact": ("MasterRecordId", FLAG),
    "Account": ("MasterRecordId", FLAG),
    "Opportunity": ("ContactId", "LastStageChangeDate"),
    "Task": (
        "WhoId",
        "OwnerId",
        "Subject",
        "Type",
        "TaskSubtype",
        "IsClosed",
        "CompletedDateTime",
        KEY_FIELD,
    ),
    "Event": (
        "WhoId",
        "OwnerId",
        "Subject",
        "IsAllDayEvent",
        "ActivityDate",
        "EndDateTime",
        "EndDate",
        "IsChild",
        KEY_FIELD,
    ),
}
_HISTORY = (
    "(SELECT Id, Field, OldValue, NewValue, CreatedById, CreatedDate FROM Histories "
    "WHERE Field IN {fields} ORDER BY CreatedDate, Id)"
)
_STAGE_HISTORY = (
    "(SELECT Id, StageName, CreatedById, CreatedDate FROM OpportunityHistories "
    "ORDER BY CreatedDate, Id)"
)
_ROLES = (
    "(SELECT ContactId FROM OpportunityContactRoles WHERE IsDeleted = false "
    "ORDER BY IsPrimary DESC, CreatedDate, Id)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyset:
    """The last row that was read; ties of its stamp are told apart by id."""

    stamp: datetime
    id: str


def build(template: str, **values: object) -> str:
    """``template`` with every value quoted; ``{name:literal}`` is for our own words only."""
    return format_soql(template, **values)


def query_url(root: str, soql: str, *, deleted: bool = False) -> str:
    """The host-relative address that runs ``soql``, over deleted rows too if wanted."""
    return f"{root}/{'queryAll' if deleted else 'query'}?q={quote(soql, safe='')}"


def changed_rows(
    schema: OrgSchema, sobject: str, since: datetime, after: Keyset | None = None
) -> str:
    """Rows changed from ``since`` on, in order of stamp and id; those ``after`` a row only."""
    where = build("SystemModstamp >= {since}", since=since)
    if sobject == "Event":
        # An event becomes a touch by ending, which changes nothing on it.
        where = (
            f"({where} OR "
            + build("(EndDateTime >= {since} AND EndDateTime <= TODAY)", since=since)
            + " OR "
            + build("(ActivityDate >= {day} AND ActivityDate <= TODAY))", day=since.date())
        )
    if after is not None:
        where += build(
            " AND (SystemModstamp > {stamp} OR (SystemModstamp = {stamp} AND Id > {id}))",
            stamp=after.stamp,
            id=after.id,
        )
    return f"{select(schema, sobject)} WHERE {where} ORDER BY SystemModstamp, Id"


def rows_by_id(schema: OrgSchema, sobject: str, ids: Sequence[str]) -> str:
    """The rows with these ids, of which there must be at least one."""
    return f"{select(schema, sobject)} WHERE " + build("Id IN {ids}", ids=list(ids))


def select(schema: OrgSchema, sobject: str) -> str:
    """``SELECT … FROM`` with every wanted field the org shows, parents and children."""
    if sobject == "OpportunityContactRole":
        return f"SELECT Id, OpportunityId, SystemModstamp FROM {sobject}"
    if sobject == "CampaignMember":
        shown = schema.present(sobject, _MEMBER)
        return f"SELECT {', '.join(shown)}, Campaign.Name, Campaign.Type FROM {sobject}"
    items = list(schema.present(sobject, column_names(schema.layout, sobject)))
    if sobject == "Contact":
        parents = schema.present("Account", column_names(schema.layout, "Account"))
        items += [f"Account.{name}" for name in parents]
    tracked = schema.layout.tracked(sobject)
    if tracked and schema.has_children(sobject, "Histories"):
        items.append(build(_HISTORY, fields=list(tracked)))
    if sobject == "Opportunity":
        items.append(_ROLES)
        if schema.has("Account", CONTACT_OF):
            items.append(f"Account.{CONTACT_OF}")
        if schema.has_children(sobject, "OpportunityHistories"):
            items.append(_STAGE_HISTORY)
    return f"SELECT {', '.join(items)} FROM {sobject}"


def column_names(layout: Layout, sobject: str) -> tuple[str, ...]:
    """Every field we would like to read of this object."""
    object_type: ObjectType | None = OBJECT_TYPES.get(sobject)
    mapped = [column.name for column in layout.columns(object_type)] if object_type else []
    return tuple(dict.fromkeys([*_AUDIT, *_EXTRA[sobject], *mapped]))
