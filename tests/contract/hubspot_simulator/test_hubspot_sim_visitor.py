"""What people outside do, seen through the API."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.simulation import SimulatorClient

CONTACTS = "/crm/v3/objects/contacts"
EMAIL = "ada@example.com"


@pytest.fixture
def contact(portal: SimulatorClient) -> str:
    made = portal.post(CONTACTS, {"properties": {"email": EMAIL}})
    return f"{CONTACTS}/{made.json()['id']}"


def read(portal: SimulatorClient, url: str, *names: str) -> dict[str, Any]:
    body = portal.get(url, properties=",".join(names)).json()
    values: dict[str, Any] = body["properties"]
    return {name: values[name] for name in names}


def history(portal: SimulatorClient, url: str, name: str) -> list[dict[str, Any]]:
    body = portal.get(url, propertiesWithHistory=name).json()
    versions: list[dict[str, Any]] = body["propertiesWithHistory"][name]
    return versions


def minutes_later(portal: SimulatorClient, minutes: int) -> None:
    portal.sim("clock", {"advance_seconds": 60 * minutes})


def test_a_form_by_an_unknown_address_makes_the_contact(portal: SimulatorClient) -> None:
    body = {"email": EMAIL, "form": "Demo request", "fields": {"jobtitle": "CTO"}}
    url = f"{CONTACTS}/{portal.sim('visitor/form', body)['id']}"
    assert read(
        portal,
        url,
        "email",
        "jobtitle",
        "num_conversion_events",
        "num_unique_conversion_events",
        "recent_conversion_event_name",
        "recent_conversion_date",
        "first_conversion_date",
        "hs_analytics_source",
        "hs_object_source",
        "hs_analytics_num_page_views",
    ) == {
        "email": EMAIL,
        "jobtitle": "CTO",
        "num_conversion_events": "1",
        "num_unique_conversion_events": "1",
        "recent_conversion_event_name": "Demo request",
        "recent_conversion_date": "2026-03-02T09:00:00.000Z",
        "first_conversion_date": "2026-03-02T09:00:00.000Z",
        "hs_analytics_source": "DIRECT_TRAFFIC",
        "hs_object_source": "FORM",
        "hs_analytics_num_page_views": None,
    }


def test_forms_add_up_and_history_has_every_one(portal: SimulatorClient, contact: str) -> None:
    for form in ("Newsletter", "Demo request", "Newsletter"):
        minutes_later(portal, 1)
        portal.sim("visitor/form", {"email": EMAIL, "form": form})
    values = read(
        portal,
        contact,
        "num_conversion_events",
        "num_unique_conversion_events",
        "first_conversion_date",
        "recent_conversion_date",
    )
    assert values == {
        "num_conversion_events": "3",
        "num_unique_conversion_events": "2",
        "first_conversion_date": "2026-03-02T09:01:00.000Z",
        "recent_conversion_date": "2026-03-02T09:03:00.000Z",
    }
    versions = history(portal, contact, "recent_conversion_event_name")
    assert [one["value"] for one in versions] == ["Newsletter", "Demo request", "Newsletter"]
    assert {one["sourceType"] for one in versions} == {"FORM"}


def test_a_form_on_a_page_is_a_page_view_too(portal: SimulatorClient, contact: str) -> None:
    page = "https://www.example.com/demo"
    portal.sim("visitor/form", {"email": EMAIL, "form": "Demo request", "page_url": page})
    values = read(portal, contact, "hs_analytics_num_page_views", "hs_analytics_last_url")
    assert values == {"hs_analytics_num_page_views": "1", "hs_analytics_last_url": page}


def test_a_form_with_a_senseless_field_is_refused(portal: SimulatorClient) -> None:
    body = {"email": EMAIL, "form": "Demo request", "fields": {"nonsense": "1"}}
    assert portal.call("POST", "/__sim__/visitor/form", body).status_code == 400
    assert portal.get(CONTACTS).json()["results"] == []


def test_half_an_hour_of_silence_starts_a_new_session(
    portal: SimulatorClient, contact: str
) -> None:
    for wait, path in ((0, "pricing"), (30, "docs"), (31, "pricing")):
        minutes_later(portal, wait)
        portal.sim("visitor/page", {"email": EMAIL, "url": f"https://www.example.com/{path}"})
    assert read(
        portal,
        contact,
        "hs_analytics_num_page_views",
        "hs_analytics_num_visits",
        "hs_analytics_last_timestamp",
        "hs_analytics_last_visit_timestamp",
        "hs_analytics_first_url",
    ) == {
        "hs_analytics_num_page_views": "3",
        "hs_analytics_num_visits": "2",
        "hs_analytics_last_timestamp": "2026-03-02T10:01:00.000Z",
        "hs_analytics_last_visit_timestamp": "2026-03-02T10:01:00.000Z",
        "hs_analytics_first_url": "https://www.example.com/pricing",
    }
    sources = {one["sourceType"] for one in history(portal, contact, "hs_analytics_last_url")}
    assert sources == {"ANALYTICS"}


def test_mail_is_sent_opened_clicked_and_answered(portal: SimulatorClient, contact: str) -> None:
    campaign = {"email": EMAIL, "campaign": "March news"}
    for act in ("send", "send", "open", "click", "click", "reply"):
        minutes_later(portal, 1)
        portal.sim(f"visitor/{act}", campaign)
        if act == "send":
            waiting = read(portal, contact, "hs_email_sends_since_last_engagement")
    assert waiting == {"hs_email_sends_since_last_engagement": "2"}
    assert read(
        portal,
        contact,
        "hs_email_delivered",
        "hs_email_open",
        "hs_email_click",
        "hs_email_last_click_date",
        "hs_email_first_click_date",
        "hs_email_last_reply_date",
        "hs_email_last_email_name",
        "hs_email_sends_since_last_engagement",
    ) == {
        "hs_email_delivered": "2",
        "hs_email_open": "1",
        "hs_email_click": "2",
        "hs_email_last_click_date": "2026-03-02T09:05:00.000Z",
        "hs_email_first_click_date": "2026-03-02T09:04:00.000Z",
        "hs_email_last_reply_date": "2026-03-02T09:06:00.000Z",
        "hs_email_last_email_name": "March news",
        "hs_email_sends_since_last_engagement": "0",
    }
    assert history(portal, contact, "hs_email_click")[0]["sourceType"] == "EMAIL"


def test_an_address_that_bounces_turns_bad(portal: SimulatorClient, contact: str) -> None:
    portal.sim("visitor/bounce", {"email": EMAIL, "reason": "UNKNOWN_USER"})
    values = read(
        portal, contact, "hs_email_bounce", "hs_email_hard_bounce_reason_enum",
        "hs_email_bad_address",
    )  # fmt: skip
    assert list(values.values()) == ["1", "UNKNOWN_USER", "true"]
    refused = portal.call("POST", "/__sim__/visitor/bounce", {"email": EMAIL, "reason": "no"})
    assert refused.status_code == 400


def test_opting_out_and_in_again(portal: SimulatorClient, contact: str) -> None:
    portal.sim("visitor/unsubscribe", {"email": EMAIL})
    minutes_later(portal, 1)
    portal.sim("visitor/resubscribe", {"email": EMAIL})
    versions = history(portal, contact, "hs_email_optout")
    assert [one["value"] for one in versions] == ["false", "true"]
    assert {one["sourceType"] for one in versions} == {"EMAIL"}
    url = f"/communication-preferences/v4/statuses/{EMAIL}?channel=EMAIL"
    states = {one["status"] for one in portal.get(url).json()["results"]}
    assert states == {"SUBSCRIBED"}


def test_a_webinar_is_a_form_of_its_name(portal: SimulatorClient) -> None:
    made = portal.sim("visitor/webinar", {"email": EMAIL, "name": "SLA in practice"})
    name = "recent_conversion_event_name"
    assert read(portal, f"{CONTACTS}/{made['id']}", name) == {name: "SLA in practice"}


def test_a_booked_meeting(portal: SimulatorClient, contact: str) -> None:
    portal.sim("visitor/meeting", {"email": EMAIL})
    name = "engagements_last_meeting_booked"
    assert read(portal, contact, name) == {name: "2026-03-02T09:00:00.000Z"}


def test_every_act_moves_the_modified_date(portal: SimulatorClient, contact: str) -> None:
    minutes_later(portal, 5)
    portal.sim("visitor/open", {"id": contact.rpartition("/")[2]})
    assert portal.get(contact).json()["updatedAt"] == "2026-03-02T09:05:00.000Z"


@pytest.mark.parametrize(
    ("act", "body", "status"),
    [
        ("page", {"email": "nobody@example.com", "url": "https://x.example"}, 404),
        ("page", {"email": EMAIL}, 400),
        ("form", {"email": EMAIL}, 400),
        ("form", {"form": "x"}, 400),
        ("click", {}, 400),
    ],
)
def test_senseless_acts_are_refused(
    portal: SimulatorClient, contact: str, act: str, body: dict[str, Any], status: int
) -> None:
    assert portal.call("POST", f"/__sim__/visitor/{act}", body).status_code == status


def test_hidden_writes_set_what_no_token_may(portal: SimulatorClient, contact: str) -> None:
    body = {
        "email": EMAIL,
        "properties": {"hs_marketable_status": "false"},
        "sourceType": "SALESFORCE",
    }
    minutes_later(portal, 1)
    portal.sim("write", body)
    (version,) = history(portal, contact, "hs_marketable_status")
    assert (version["value"], version["sourceType"]) == ("false", "SALESFORCE")
    assert portal.get(contact).json()["updatedAt"] == "2026-03-02T09:01:00.000Z"
