"""Communication preferences v4 and v3, and the opt-out that contacts show."""

from __future__ import annotations

import pytest

from crmbridge.simulation import SimulatorClient

CONTACTS = "/crm/v3/objects/contacts"
STATUSES = "/communication-preferences/v4/statuses/ada@example.com"
CHANNEL = "?channel=EMAIL"


@pytest.fixture
def contact(portal: SimulatorClient) -> str:
    made = portal.post(CONTACTS, {"properties": {"email": "ada@example.com"}})
    return f"{CONTACTS}/{made.json()['id']}"


def optout(portal: SimulatorClient, url: str) -> str | None:
    read = portal.get(url, properties="hs_email_optout").json()
    value: str | None = read["properties"]["hs_email_optout"]
    return value


def first_subscription(portal: SimulatorClient) -> str:
    listed = portal.get("/communication-preferences/v4/definitions").json()["results"]
    return str(listed[0]["id"])


def test_an_unknown_address_has_said_nothing(portal: SimulatorClient) -> None:
    body = portal.get(STATUSES + CHANNEL).json()
    assert body["status"] == "COMPLETE"
    assert {one["status"] for one in body["results"]} == {"NOT_SPECIFIED"}
    assert {one["subscriberIdString"] for one in body["results"]} == {"ada@example.com"}
    assert portal.get(f"{STATUSES}/unsubscribe-all{CHANNEL}").json()["results"] == []


def test_unsubscribing_from_all_shows_on_the_contact_with_history(
    portal: SimulatorClient, contact: str
) -> None:
    portal.sim("clock", {"advance_seconds": 60})
    (wide,) = portal.post(f"{STATUSES}/unsubscribe-all{CHANNEL}").json()["results"]
    assert (wide["status"], wide["wideStatusType"]) == ("UNSUBSCRIBED", "PORTAL_WIDE")
    read = portal.get(contact, propertiesWithHistory="hs_email_optout").json()
    assert read["properties"]["hs_email_optout"] == "true"
    (version,) = read["propertiesWithHistory"]["hs_email_optout"]
    assert version["timestamp"] == "2026-03-02T09:01:00.000Z"
    statuses = portal.get(STATUSES + CHANNEL).json()["results"]
    assert {one["status"] for one in statuses} == {"UNSUBSCRIBED"}


def test_repeating_an_opt_out_keeps_its_instant(portal: SimulatorClient, contact: str) -> None:
    url = f"{STATUSES}/unsubscribe-all{CHANNEL}"
    first = portal.post(url).json()["results"][0]
    portal.sim("clock", {"advance_seconds": 60})
    assert portal.post(url).json()["results"][0] == first


def test_subscribing_again_lifts_the_opt_out(portal: SimulatorClient, contact: str) -> None:
    portal.post(f"{STATUSES}/unsubscribe-all{CHANNEL}")
    body = {
        "subscriptionId": first_subscription(portal),
        "statusState": "SUBSCRIBED",
        "channel": "EMAIL",
        "legalBasis": "CONSENT_WITH_NOTICE",
        "legalBasisExplanation": "asked for it",
    }
    (set_to,) = portal.post(STATUSES, body).json()["results"]
    assert (set_to["status"], set_to["legalBasis"]) == ("SUBSCRIBED", "CONSENT_WITH_NOTICE")
    assert optout(portal, contact) == "false"
    assert portal.get(f"{STATUSES}/unsubscribe-all{CHANNEL}").json()["results"] == []


def test_unsubscribing_from_one_type_is_not_an_opt_out(
    portal: SimulatorClient, contact: str
) -> None:
    body = {
        "subscriptionId": int(first_subscription(portal)),
        "statusState": "UNSUBSCRIBED",
        "channel": "EMAIL",
    }
    assert portal.post(STATUSES, body).status_code == 200
    states = [one["status"] for one in portal.get(STATUSES + CHANNEL).json()["results"]]
    assert states == ["UNSUBSCRIBED", "NOT_SPECIFIED", "NOT_SPECIFIED"]
    assert optout(portal, contact) is None


def test_an_address_opted_out_before_it_became_a_contact_shows_it(
    portal: SimulatorClient,
) -> None:
    portal.post(f"{STATUSES}/unsubscribe-all{CHANNEL}")
    made = portal.post(CONTACTS, {"properties": {"email": "ada@example.com"}}).json()
    assert made["properties"]["hs_email_optout"] == "true"


def test_the_opt_out_belongs_to_the_current_address(portal: SimulatorClient, contact: str) -> None:
    portal.post(f"{STATUSES}/unsubscribe-all{CHANNEL}")
    portal.call("PATCH", contact, {"properties": {"email": "ada@new.example"}})
    assert optout(portal, contact) == ""


@pytest.mark.parametrize(
    "body",
    [
        {"statusState": "SUBSCRIBED", "channel": "EMAIL"},
        {"subscriptionId": 1, "statusState": "SUBSCRIBED", "channel": "EMAIL"},
        {"subscriptionId": 10841063, "statusState": "MAYBE", "channel": "EMAIL"},
        {"subscriptionId": 10841063, "statusState": "SUBSCRIBED", "channel": "FAX"},
        {
            "subscriptionId": 10841063,
            "statusState": "SUBSCRIBED",
            "channel": "EMAIL",
            "legalBasis": "BECAUSE",
        },
    ],
)
def test_senseless_statuses_are_400(portal: SimulatorClient, body: dict[str, object]) -> None:
    assert portal.post(STATUSES, body).status_code == 400


def test_the_channel_is_required(portal: SimulatorClient) -> None:
    assert portal.get(STATUSES).status_code == 400
    assert portal.post(f"{STATUSES}/unsubscribe-all").status_code == 400


OLD = "/communication-preferences/v3"


def old_statuses(portal: SimulatorClient) -> dict[str, tuple[str, str]]:
    body = portal.get(f"{OLD}/status/email/ada@example.com").json()
    assert body["recipient"] == "ada@example.com"
    return {
        one["id"]: (one["status"], one["sourceOfStatus"]) for one in body["subscriptionStatuses"]
    }


def test_the_older_door_sees_and_sets_the_same_statuses(portal: SimulatorClient) -> None:
    kinds = portal.get(f"{OLD}/definitions").json()["subscriptionDefinitions"]
    first = kinds[0]["id"]
    assert first == first_subscription(portal)
    assert set(old_statuses(portal).values()) == {("NOT_SUBSCRIBED", "SUBSCRIPTION_STATUS")}
    body = {"emailAddress": "ada@example.com", "subscriptionId": first}
    made = portal.post(f"{OLD}/subscribe", {**body, "legalBasis": "CONSENT_WITH_NOTICE"}).json()
    assert (made["status"], made["legalBasis"]) == ("SUBSCRIBED", "CONSENT_WITH_NOTICE")
    assert old_statuses(portal)[first] == ("SUBSCRIBED", "SUBSCRIPTION_STATUS")
    newer = portal.get(STATUSES + CHANNEL).json()["results"]
    assert [one["status"] for one in newer] == ["SUBSCRIBED", "NOT_SPECIFIED", "NOT_SPECIFIED"]
    assert portal.post(f"{OLD}/unsubscribe", body).json()["status"] == "NOT_SUBSCRIBED"
    refused = portal.post(f"{OLD}/subscribe", body)
    assert (refused.status_code, refused.json()["category"]) == (400, "VALIDATION_ERROR")


def test_the_older_door_does_not_lift_an_opt_out_of_everything(
    portal: SimulatorClient, contact: str
) -> None:
    portal.post(f"{STATUSES}/unsubscribe-all{CHANNEL}")
    assert set(old_statuses(portal).values()) == {("NOT_SUBSCRIBED", "PORTAL_WIDE_STATUS")}
    body = {"emailAddress": "ada@example.com", "subscriptionId": first_subscription(portal)}
    assert portal.post(f"{OLD}/subscribe", body).status_code == 400
    assert optout(portal, contact) == "true"


@pytest.mark.parametrize(
    "change", [{"subscriptionId": "1"}, {"legalBasis": "BECAUSE"}, {"emailAddress": ""}]
)
def test_senseless_wishes_at_the_older_door_are_400(
    portal: SimulatorClient, change: dict[str, str]
) -> None:
    body = {"emailAddress": "ada@example.com", "subscriptionId": "10841063", **change}
    for verb in ("subscribe", "unsubscribe"):
        assert portal.post(f"{OLD}/{verb}", body).status_code == 400
