"""Every engagement property comes about by an act of somebody outside, with its history.

One row per signal of HubSpot contract §7, "where each signal can be read", and one per property
of its lists of engagement properties.
"""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.clock import WorldClock
from crmbridge.simulation import SimulatorClient
from crmbridge_hubspot.simulator import HubSpotWorld, create_app

CONTACTS = "/crm/v3/objects/contacts"
EMAIL = "ada@example.com"
NOW = "2026-03-02T09:01:00.000Z"
URL = "https://www.example.com/pricing"

SIGNALS: dict[str, tuple[str, dict[str, Any], dict[str, str]]] = {
    "form": (
        "form",
        {"form": "Demo request"},
        {
            "recent_conversion_event_name": "Demo request",
            "recent_conversion_date": NOW,
            "first_conversion_date": NOW,
            "num_conversion_events": "1",
            "num_unique_conversion_events": "1",
        },
    ),
    "webinar": ("webinar", {"name": "SLA"}, {"recent_conversion_event_name": "SLA"}),
    "sent": (
        "send",
        {},
        {
            "hs_email_delivered": "1",
            "hs_email_last_send_date": NOW,
            "hs_email_sends_since_last_engagement": "1",
        },
    ),
    "opened": ("open", {}, {"hs_email_open": "1", "hs_email_last_open_date": NOW}),
    "clicked": ("click", {}, {"hs_email_click": "1", "hs_email_last_click_date": NOW}),
    "replied": ("reply", {}, {"hs_email_last_reply_date": NOW}),
    "bounced": (
        "bounce",
        {"reason": "UNKNOWN_USER"},
        {
            "hs_email_bounce": "1",
            "hs_email_bad_address": "true",
            "hs_email_hard_bounce_reason_enum": "UNKNOWN_USER",
        },
    ),
    "quarantined": ("quarantine", {}, {"hs_email_quarantined": "true"}),
    "opted out": ("unsubscribe", {}, {"hs_email_optout": "true"}),
    "marketing contact": ("marketing", {"on": True}, {"hs_marketable_status": "true"}),
    "page": (
        "page",
        {"url": URL, "source": "PAID_SEARCH"},
        {
            "hs_analytics_num_page_views": "1",
            "hs_analytics_num_visits": "1",
            "hs_analytics_last_url": URL,
            "hs_analytics_last_timestamp": NOW,
            "hs_analytics_last_visit_timestamp": NOW,
            "hs_latest_source": "PAID_SEARCH",
        },
    ),
    "sales mail sent": (
        "sales_send",
        {},
        {
            "notes_last_contacted": NOW,
            "notes_last_updated": NOW,
            "num_contacted_notes": "1",
            "num_notes": "1",
            "hs_first_outreach_date": NOW,
            "hs_sa_first_engagement_date": NOW,
            "hs_time_to_first_engagement": "60000",
            "hs_is_unworked": "false",
        },
    ),
    "sales mail opened": (
        "sales_open",
        {},
        {"hs_sales_email_last_opened": NOW, "hs_last_sales_activity_timestamp": NOW},
    ),
    "sales mail clicked": ("sales_click", {}, {"hs_sales_email_last_clicked": NOW}),
    "sales mail answered": ("sales_reply", {}, {"hs_sales_email_last_replied": NOW}),
    "called": ("call", {}, {"notes_last_contacted": NOW, "num_contacted_notes": "1"}),
    "meeting": (
        "meeting",
        {"page": "Intro"},
        {
            "engagements_last_meeting_booked": NOW,
            "engagements_last_meeting_booked_source": "Intro",
            "hs_latest_meeting_activity": NOW,
        },
    ),
    "sequence": ("enroll", {}, {"hs_sequences_is_enrolled": "true"}),
    "sequence left": ("unenroll", {}, {"hs_sequences_is_enrolled": "false"}),
    "scored": (
        "score",
        {"hubspotscore": 42, "hs_predictivecontactscore_v2": 7.5},
        {"hubspotscore": "42", "hs_predictivecontactscore_v2": "7.5"},
    ),
}


@pytest.fixture
def contact(portal: SimulatorClient) -> str:
    made = portal.post(CONTACTS, {"properties": {"email": EMAIL}})
    portal.sim("clock", {"advance_seconds": 60})
    return f"{CONTACTS}/{made.json()['id']}"


def values(portal: SimulatorClient, url: str, *names: str) -> list[str | None]:
    shown = portal.get(url, properties=",".join(names)).json()["properties"]
    return [shown[name] for name in names]


@pytest.mark.parametrize(("act", "body", "expected"), SIGNALS.values(), ids=SIGNALS)
def test_an_act_changes_properties_and_their_history(
    portal: SimulatorClient, contact: str, act: str, body: dict[str, Any], expected: dict[str, str]
) -> None:
    portal.sim(f"visitor/{act}", {"email": EMAIL, **body})
    read = portal.get(contact, propertiesWithHistory=",".join(expected)).json()
    assert {name: read["properties"][name] for name in expected} == expected
    for name, value in expected.items():
        newest = read["propertiesWithHistory"][name][0]
        assert (newest["value"], newest["timestamp"]) == (value, NOW)
        assert newest["sourceType"] not in ("API", "")
    assert read["updatedAt"] == NOW
    (polled,) = portal.post(f"{CONTACTS}/search", {"properties": list(expected)}).json()["results"]
    assert {name: polled["properties"][name] for name in expected} == expected


def test_no_token_may_write_what_an_act_changes(portal: SimulatorClient, contact: str) -> None:
    names = {name for _, _, expected in SIGNALS.values() for name in expected}
    refused = portal.call("PATCH", contact, {"properties": dict.fromkeys(names, "1")})
    assert refused.status_code == 400
    told = {one["context"]["propertyName"][0]: one["code"] for one in refused.json()["errors"]}
    assert told == dict.fromkeys(names, "READ_ONLY_VALUE")


def test_a_custom_event_is_read_where_events_are(portal: SimulatorClient, contact: str) -> None:
    portal.sim("visitor/event", {"email": EMAIL, "name": "intent"})
    found = portal.get("/events/v3/events", eventType="pe424242_intent").json()["results"]
    assert [one["occurredAt"] for one in found] == [NOW]
    many = {"eventName": "pe424242_intent", "email": EMAIL, "properties": {}}
    many["properties"] = {f"p{n}": "1" for n in range(51)}
    assert portal.post("/events/v3/send", many).status_code == 400


def test_a_booth_is_a_static_list_or_a_property_of_the_portals_own(
    portal: SimulatorClient, marketer: SimulatorClient, contact: str
) -> None:
    body = {"name": "Booth", "objectTypeId": "0-1", "processingType": "MANUAL"}
    made = marketer.post("/crm/v3/lists", body).json()["list"]["listId"]
    contact_id = contact.rpartition("/")[2]
    marketer.call("PUT", f"/crm/v3/lists/{made}/memberships/add", [contact_id])
    (member,) = portal.get(f"/crm/v3/lists/{made}/memberships").json()["results"]
    assert member == {"recordId": contact_id, "membershipTimestamp": NOW}


def test_more_than_a_thousand_submissions_are_dropped(
    portal: SimulatorClient, contact: str
) -> None:
    portal.sim("write", {"email": EMAIL, "properties": {"num_conversion_events": "999"}})
    for form in ("Last", "Dropped"):
        fields = {"jobtitle": form}
        portal.sim("visitor/form", {"email": EMAIL, "form": form, "fields": fields})
    names = ("num_conversion_events", "recent_conversion_event_name", "jobtitle")
    assert values(portal, contact, *names) == ["1000", "Last", "Last"]


def test_counters_belong_to_the_address_of_the_moment(
    portal: SimulatorClient, contact: str
) -> None:
    for act in ("send", "open", "open", "click"):
        portal.sim(f"visitor/{act}", {"email": EMAIL})
    names = ("hs_email_open", "hs_email_click", "hs_email_bounce", "hs_email_last_open_date")
    portal.call("PATCH", contact, {"properties": {"email": EMAIL.upper(), "city": "Bonn"}})
    assert values(portal, contact, *names) == ["2", "1", None, NOW]
    portal.call("PATCH", contact, {"properties": {"email": "ada@new.example"}})
    assert values(portal, contact, *names) == ["0", "0", None, NOW]


def test_a_new_session_has_a_source_and_the_next_page_has_none(
    portal: SimulatorClient, contact: str
) -> None:
    for source in ("SOCIAL_MEDIA", "REFERRALS"):
        portal.sim("visitor/page", {"email": EMAIL, "url": URL, "source": source})
    assert values(portal, contact, "hs_latest_source") == ["SOCIAL_MEDIA"]
    wrong = {"email": EMAIL, "url": URL, "source": "TELEPATHY"}
    assert portal.call("POST", "/__sim__/visitor/page", wrong).status_code == 400


def test_one_type_of_mail_is_unsubscribed_from_in_an_email(
    portal: SimulatorClient, contact: str
) -> None:
    portal.sim("visitor/unsubscribe", {"email": EMAIL, "subscription": 10841064})
    url = f"/communication-preferences/v4/statuses/{EMAIL}?channel=EMAIL"
    states = [one["status"] for one in portal.get(url).json()["results"]]
    assert states == ["NOT_SPECIFIED", "UNSUBSCRIBED", "NOT_SPECIFIED"]
    assert values(portal, contact, "hs_email_optout") == [None]
    wrong = {"email": EMAIL, "subscription": 1}
    assert portal.call("POST", "/__sim__/visitor/unsubscribe", wrong).status_code == 400


def test_logged_calls_count_as_contact_and_an_earlier_one_is_not_the_last(
    portal: SimulatorClient, contact: str
) -> None:
    spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 194}]
    link = [{"to": {"id": contact.rpartition("/")[2]}, "types": spec}]
    for at in ("2026-03-01T08:00:00.000Z", "2026-02-01T08:00:00.000Z"):
        body = {"properties": {"hs_timestamp": at}, "associations": link}
        assert portal.post("/crm/v3/objects/calls", body).status_code == 201
    names = ("notes_last_contacted", "num_contacted_notes", "num_notes", "hs_first_outreach_date")
    day = "2026-03-01T08:00:00.000Z"
    assert values(portal, contact, *names) == [day, "2", "2", day]


def test_a_new_owner_has_not_worked_the_contact_yet(portal: SimulatorClient, contact: str) -> None:
    owner = portal.sim("owners", {"email": "rep@example.com"})["id"]
    portal.call("PATCH", contact, {"properties": {"hubspot_owner_id": owner}})
    assert values(portal, contact, "hs_is_unworked") == ["true"]
    portal.sim("visitor/call", {"email": EMAIL})
    assert values(portal, contact, "hs_is_unworked", "hs_time_to_first_engagement") == [
        "false",
        "0",
    ]


def test_the_native_connector_stamps_what_it_synchronizes(stage: Any, served: Any) -> None:
    world = HubSpotWorld(WorldClock(), native_connector=True)
    stage.app = create_app(world)
    with SimulatorClient(served.base_url, world.token("crmbridge")) as portal:
        made = portal.post(CONTACTS, {"properties": {"email": EMAIL}}).json()["id"]
        given = {"salesforceleadid": "00Q1", "hs_lead_status": "OPEN"}
        portal.sim("native-sync", {"email": EMAIL, "properties": given})
        names = "salesforcelastsynctime,hs_lead_status,salesforceleadid"
        read = portal.get(f"{CONTACTS}/{made}", propertiesWithHistory=names).json()
    stamp = read["propertiesWithHistory"]["salesforcelastsynctime"][0]
    assert stamp["sourceType"] == "SALESFORCE"
    assert stamp["value"].isdecimal()
    assert read["properties"]["salesforcelastsynctime"] == stamp["timestamp"]
    assert read["propertiesWithHistory"]["hs_lead_status"][0]["sourceType"] == "SALESFORCE"
    assert read["properties"]["salesforceleadid"] == "00Q1"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("visitor/marketing", {"on": "yes"}),
        ("visitor/score", {"hubspotscore": "high"}),
        ("visitor/score", {}),
        ("native-sync", {}),
    ],
)
def test_senseless_acts_are_refused(
    portal: SimulatorClient, contact: str, path: str, body: dict[str, Any]
) -> None:
    answer = portal.call("POST", f"/__sim__/{path}", {"email": EMAIL, **body})
    assert answer.status_code == 400
