"""What the work of reps leaves on a contact: activities, sales e-mail, sequences, scores.

HubSpot contract §7 (sales activity). A call, an e-mail and a meeting are contacts made; a note and
a task are activities only.
"""

from __future__ import annotations

from crmbridge_hubspot.simulator.instants import iso, parse_milliseconds
from crmbridge_hubspot.simulator.object_types import CALLS, EMAILS, MEETINGS, TASKS, ObjectType
from crmbridge_hubspot.simulator.records import Record, Source
from crmbridge_hubspot.simulator.world import HubSpotWorld
from crmbridge_hubspot.simulator.writing import write_internally

_CONTACTING = (CALLS, EMAILS, MEETINGS)
_ENGAGEMENTS = Source(type="ENGAGEMENTS", id="EngagementsPropertyCalculation")
_SALES_EMAIL = Source(type="SALES_EMAIL", id="SalesEmailPropertyCalculation")
_SEQUENCES = Source(type="SEQUENCES", id="SequencesPropertyCalculation")
_SCORING = Source(type="CALCULATED", id="ScorePropertyCalculation")


def record_activity(
    world: HubSpotWorld, contact: Record, kind: ObjectType, *, at: str, source: Source
) -> None:
    """An activity of the object type ``kind`` is logged with a contact; ``at`` is its date."""
    changes = {"num_notes": _one_more(contact, "num_notes")}
    if kind is not TASKS:
        changes["notes_last_updated"] = max(at, contact.value("notes_last_updated"))
    if kind in _CONTACTING:
        changes |= {
            "notes_last_contacted": max(at, contact.value("notes_last_contacted")),
            "num_contacted_notes": _one_more(contact, "num_contacted_notes"),
            "hs_is_unworked": "false",
        }
        if not contact.value("hs_first_outreach_date"):
            changes |= {"hs_first_outreach_date": at, "hs_sa_first_engagement_date": at}
            changes["hs_time_to_first_engagement"] = _since(contact, at)
    write_internally(world, contact, changes, source)


def call_contact(world: HubSpotWorld, contact: Record) -> None:
    """A rep calls the contact from HubSpot's screens."""
    _contacted(world, contact, CALLS)


def send_sales_email(world: HubSpotWorld, contact: Record) -> None:
    """A rep mails the contact one to one."""
    _contacted(world, contact, EMAILS)


def answer_sales_email(world: HubSpotWorld, contact: Record, *, how: str) -> None:
    """The contact ``opened``, ``clicked`` in or ``replied`` to a mail that a rep sent."""
    now = iso(world.clock.now())
    changes = {f"hs_sales_email_last_{how}": now, "hs_last_sales_activity_timestamp": now}
    write_internally(world, contact, changes, _SALES_EMAIL)


def set_enrolled(world: HubSpotWorld, contact: Record, *, enrolled: bool) -> None:
    """A rep puts the contact into a sequence, or it leaves one."""
    value = "true" if enrolled else "false"
    write_internally(world, contact, {"hs_sequences_is_enrolled": value}, _SEQUENCES)


def score_contact(world: HubSpotWorld, contact: Record, scores: dict[str, str]) -> None:
    """HubSpot works out its own scores anew; ``scores`` by property name."""
    write_internally(world, contact, scores, _SCORING)


def _contacted(world: HubSpotWorld, contact: Record, kind: ObjectType) -> None:
    record_activity(world, contact, kind, at=iso(world.clock.now()), source=_ENGAGEMENTS)


def _since(contact: Record, at: str) -> str:
    begin = contact.value("hubspot_owner_assigneddate") or contact.value("createdate")
    return str(max(0, (parse_milliseconds(at) or 0) - (parse_milliseconds(begin) or 0)))


def _one_more(contact: Record, counter: str) -> str:
    return str(int(contact.value(counter) or 0) + 1)
