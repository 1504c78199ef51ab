"""Responses to campaigns: engagements that marketing's people or tools enter in Salesforce."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time

from crmbridge.core.facts import EngagementDetail, Evidence, Fact, FactKind
from crmbridge.core.model import ObjectType, Ref
from crmbridge_salesforce.payload import Row, instant, read_day, read_flag, read_text
from crmbridge_salesforce.records import SYSTEM, ref_of


def campaign_facts(row: Row) -> list[Fact]:
    """The response of a campaign member, once; whoever was only sent something did nothing.

    ``name`` is the campaign's, ``target`` its type and the member's status (``Webinar:
    Attended``), so that the rule book's patterns can look at all three. A membership that
    moves to the contact on conversion stays the response it was.
    """
    person = _person(row)
    if person is None or read_flag(row.get("IsDeleted")) or not read_flag(row.get("HasResponded")):
        return []
    campaign = row.get("Campaign")
    shown: Mapping[str, object] = campaign if isinstance(campaign, Mapping) else {}
    kind, status = read_text(shown.get("Type")), read_text(row.get("Status"))
    return [
        Fact(
            key=f"{SYSTEM}:campaign_member:{row['Id']}:response",
            ref=person,
            kind=FactKind.ENGAGEMENT,
            at=_responded_at(row),
            detail=EngagementDetail(
                evidence=Evidence.CAMPAIGN,
                name=read_text(shown.get("Name")) or "",
                target=": ".join(part for part in (kind, status) if part),
            ),
        )
    ]


def _person(row: Row) -> Ref | None:
    contact, lead = read_text(row.get("ContactId")), read_text(row.get("LeadId"))
    if contact:
        return ref_of(ObjectType.CONTACT, contact)
    return ref_of(ObjectType.LEAD, lead) if lead else None


def _responded_at(row: Row) -> datetime:
    """``FirstRespondedDate`` is a mere day (contract §12): the last edit where that was on the
    day, else noon of it, and never before there was a membership."""
    edited, day = instant(row, "LastModifiedDate"), read_day(row.get("FirstRespondedDate"))
    if day is None or edited.date() == day:
        return edited
    return max(datetime.combine(day, time(12), UTC), instant(row, "CreatedDate"))
