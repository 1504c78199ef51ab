"""What people outside do, as HubSpot's tracking turns it into properties. HubSpot contract §7.

Each act changes the read-only engagement properties of one contact, with the history source
that HubSpot gives it. All acts happen at the world clock's now.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from crmbridge_hubspot.simulator.instants import iso, milliseconds, parse_milliseconds
from crmbridge_hubspot.simulator.object_types import CONTACTS
from crmbridge_hubspot.simulator.records import Record, Source
from crmbridge_hubspot.simulator.subscriptions import (
    SUBSCRIPTION_TYPES,
    SubscriptionState,
    SubscriptionStatus,
    SubscriptionType,
)
from crmbridge_hubspot.simulator.world import HubSpotWorld
from crmbridge_hubspot.simulator.writing import (
    check_new,
    check_values,
    create_record,
    update_record,
    write_internally,
)

_SESSION = timedelta(minutes=30)
_MOST_SUBMISSIONS = 1_000
_ANALYTICS = Source(type="ANALYTICS", id="WebAnalyticsPropertyCalculation")
_EMAIL = Source(type="EMAIL", id="EmailPropertyCalculation")
_MEETINGS = Source(type="MEETINGS", id="MeetingsPropertyCalculation")
_SCREENS = Source(type="CRM_UI")
BOUNCE_REASONS = ("CONTENT", "MAILBOX_FULL", "OTHER", "POLICY", "SPAM", "UNKNOWN_USER")


def submit_form(
    world: HubSpotWorld,
    contact: Record | None,
    *,
    email: str,
    form: str,
    fields: Mapping[str, object],
    traffic_source: str,
    page_url: str | None = None,
) -> Record:
    """A form submission; makes the contact if there is none. Answers the contact.

    With ``page_url`` the visit of that page is recorded first. ``form`` becomes the
    conversion event's name verbatim. HubSpot drops what exceeds 1,000 submissions of one contact.
    """
    if contact and int(contact.value("num_conversion_events") or 0) >= _MOST_SUBMISSIONS:
        return contact
    source = Source(type="FORM", id=form, label=form)
    if contact is None:
        values = check_values(world, CONTACTS, {**fields, "email": email}, None)
        check_new(world, CONTACTS, values)
        origin = {"hs_analytics_source": traffic_source, "hs_latest_source": traffic_source}
        contact = create_record(world, CONTACTS, {**origin, **values}, source)
    elif fields:
        update_record(world, contact, check_values(world, CONTACTS, fields, contact), source)
    if page_url:
        view_page(world, contact, url=page_url)
    now = iso(world.clock.now())
    names = {
        version.value for version in contact.history.get("recent_conversion_event_name", [])
    } | {form}
    changes = {
        "num_conversion_events": _one_more(contact, "num_conversion_events"),
        "num_unique_conversion_events": str(len(names)),
        "recent_conversion_date": now,
        "recent_conversion_event_name": form,
        "hs_latest_source": traffic_source,
        "hs_latest_source_timestamp": now,
    }
    if not contact.value("first_conversion_date"):
        changes |= {"first_conversion_date": now, "first_conversion_event_name": form}
    write_internally(world, contact, changes, source)
    return contact


def view_page(
    world: HubSpotWorld, contact: Record, *, url: str, traffic_source: str = "DIRECT_TRAFFIC"
) -> None:
    """One page view; a new session when the last one was more than 30 minutes ago.

    ``traffic_source`` is where a new session came from.
    """
    now = world.clock.now()
    changes = {
        "hs_analytics_num_page_views": _one_more(contact, "hs_analytics_num_page_views"),
        "hs_analytics_last_url": url,
        "hs_analytics_last_timestamp": iso(now),
    }
    seen = parse_milliseconds(contact.value("hs_analytics_last_timestamp"))
    if seen is None:
        changes |= {"hs_analytics_first_url": url, "hs_analytics_first_timestamp": iso(now)}
    if seen is None or milliseconds(now - _SESSION) > seen:
        changes |= {
            "hs_analytics_num_visits": _one_more(contact, "hs_analytics_num_visits"),
            "hs_analytics_last_visit_timestamp": iso(now),
            "hs_latest_source": traffic_source,
            "hs_latest_source_timestamp": iso(now),
        }
    write_internally(world, contact, changes, _ANALYTICS)


def receive_email(world: HubSpotWorld, contact: Record, *, campaign: str | None) -> None:
    """A marketing e-mail reaches the contact."""
    changes = _email_event(world, contact, "delivered", "send", campaign)
    changes["hs_email_sends_since_last_engagement"] = _one_more(
        contact, "hs_email_sends_since_last_engagement"
    )
    write_internally(world, contact, changes, _EMAIL)


def engage_with_email(
    world: HubSpotWorld, contact: Record, *, counter: str, campaign: str | None
) -> None:
    """The contact opens, clicks in or replies to a marketing e-mail (``counter`` says which)."""
    stem = {"replied": "reply"}.get(counter, counter)
    changes = _email_event(world, contact, counter, stem, campaign)
    changes["hs_email_sends_since_last_engagement"] = "0"
    write_internally(world, contact, changes, _EMAIL)


def bounce_email(world: HubSpotWorld, contact: Record, *, reason: str) -> None:
    """A marketing e-mail comes back for good, for one of ``BOUNCE_REASONS``."""
    changes = {
        "hs_email_bounce": _one_more(contact, "hs_email_bounce"),
        "hs_email_hard_bounce_reason_enum": reason,
    }
    if reason == "UNKNOWN_USER":
        changes["hs_email_bad_address"] = "true"
    write_internally(world, contact, changes, _EMAIL)


def quarantine(world: HubSpotWorld, contact: Record) -> None:
    """HubSpot holds marketing e-mail to a suspicious address back."""
    write_internally(world, contact, {"hs_email_quarantined": "true"}, _EMAIL)


def mark_marketing(world: HubSpotWorld, contact: Record, *, marketing: bool) -> None:
    """A marketer makes the contact one that may be mailed and is paid for, or not."""
    value = "true" if marketing else "false"
    write_internally(world, contact, {"hs_marketable_status": value}, _SCREENS)


def book_meeting(world: HubSpotWorld, contact: Record, *, page: str) -> None:
    """The contact books a meeting through a meetings page."""
    now = iso(world.clock.now())
    changes = {
        "engagements_last_meeting_booked_source": page,
        "engagements_last_meeting_booked": now,
        "hs_latest_meeting_activity": now,
        "hs_last_sales_activity_timestamp": now,
    }
    write_internally(world, contact, changes, _MEETINGS)


def opt_out(world: HubSpotWorld, email: str, *, source: Source) -> SubscriptionStatus:
    """Unsubscribe an address from everything; the contact that has it shows it at once."""
    status = world.subscriptions.opt_out(email, at=world.clock.now(), source=source.type)
    _show_opt_out(world, email, source)
    return status


def subscribe(
    world: HubSpotWorld,
    email: str,
    *,
    subscription: SubscriptionType,
    state: SubscriptionState,
    source: Source,
    legal_basis: str | None = None,
    legal_basis_explanation: str | None = None,
) -> SubscriptionStatus:
    """Set an address's status for one subscription type; subscribing ends an opt-out."""
    status = SubscriptionStatus(
        state=state,
        at=world.clock.now(),
        source=source.type,
        subscription=subscription,
        legal_basis=legal_basis,
        legal_basis_explanation=legal_basis_explanation,
    )
    world.subscriptions.set_status(email, status)
    _show_opt_out(world, email, source)
    return status


def unsubscribe_in_email(
    world: HubSpotWorld, contact: Record, subscription: SubscriptionType | None
) -> None:
    """The contact unsubscribes in an e-mail: from one type, or from everything if none is given."""
    if subscription is None:
        opt_out(world, contact.value("email"), source=_EMAIL)
        return
    subscribe(
        world,
        contact.value("email"),
        subscription=subscription,
        state=SubscriptionState.UNSUBSCRIBED,
        source=_EMAIL,
    )


def resubscribe_in_email(world: HubSpotWorld, contact: Record) -> None:
    """The contact opts in again to all subscription types, on the preferences page."""
    for kind in SUBSCRIPTION_TYPES:
        subscribe(
            world,
            contact.value("email"),
            subscription=kind,
            state=SubscriptionState.SUBSCRIBED,
            source=_EMAIL,
        )


def _show_opt_out(world: HubSpotWorld, email: str, source: Source) -> None:
    contact = world.store(CONTACTS).find("email", email)
    if contact is None or contact.value("email") != email.lower():
        return
    shown = contact.value("hs_email_optout")
    if world.subscriptions.opted_out(email):
        wanted = "true"
    else:
        wanted = "false" if shown == "true" else shown
    if shown != wanted:
        write_internally(world, contact, {"hs_email_optout": wanted}, source)


def _email_event(
    world: HubSpotWorld, contact: Record, counter: str, stem: str, campaign: str | None
) -> dict[str, str]:
    now = iso(world.clock.now())
    changes = {
        f"hs_email_{counter}": _one_more(contact, f"hs_email_{counter}"),
        f"hs_email_last_{stem}_date": now,
    }
    if not contact.value(f"hs_email_first_{stem}_date"):
        changes[f"hs_email_first_{stem}_date"] = now
    if campaign:
        changes["hs_email_last_email_name"] = campaign
    return changes


def _one_more(contact: Record, counter: str) -> str:
    return str(int(contact.value(counter) or 0) + 1)
