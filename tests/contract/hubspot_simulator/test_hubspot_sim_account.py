"""Owners, the account, its daily usage and the rate limits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from crmbridge.clock import WorldClock
from crmbridge.simulation import SimulatorClient
from crmbridge_hubspot.simulator import HubSpotWorld

CONTACTS = "/crm/v3/objects/contacts"


@pytest.fixture
def world() -> HubSpotWorld:
    """A portal whose rate limits are on, in world time."""
    clock = WorldClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
    return HubSpotWorld(clock, rate_limits_on_world_time=True)


def owner(portal: SimulatorClient, email: str) -> dict[str, Any]:
    body = {"email": email, "firstName": "Rep", "lastName": email[0].upper()}
    made: dict[str, Any] = portal.sim("owners", body)
    return made


def test_owners_are_listed_found_and_paged(portal: SimulatorClient) -> None:
    owners = [owner(portal, f"{name}@example.com") for name in "abc"]
    page = portal.get("/crm/v3/owners/", limit=2).json()
    assert page["results"] == owners[:2]
    assert page["paging"]["next"]["after"] == owners[2]["id"]
    rest = portal.get("/crm/v3/owners", limit=2, after=owners[2]["id"], archived="False").json()
    assert rest == {"results": owners[2:]}
    assert portal.get("/crm/v3/owners/", email="B@example.com").json()["results"] == owners[1:2]
    by_id = portal.get(f"/crm/v3/owners/{owners[0]['id']}").json()
    by_user = portal.get(f"/crm/v3/owners/{owners[0]['userId']}", idProperty="userId").json()
    assert by_id == by_user == owners[0]
    assert owners[0]["id"] != str(owners[0]["userId"])
    assert portal.get(f"/crm/v3/owners/{owners[0]['userId']}").status_code == 404


def test_an_archived_owner_has_no_user_id_and_owns_nothing_new(portal: SimulatorClient) -> None:
    rep = owner(portal, "a@example.com")
    portal.sim(f"owners/{rep['id']}", method="DELETE")
    assert portal.get("/crm/v3/owners/").json()["results"] == []
    (archived,) = portal.get("/crm/v3/owners/", archived="true").json()["results"]
    assert (archived["userId"], archived["userIdIncludingInactive"]) == (None, rep["userId"])
    body = {"properties": {"email": "x@example.com", "hubspot_owner_id": rep["id"]}}
    assert portal.post(CONTACTS, body).status_code == 400


def test_owners_have_teams_and_may_be_queues(portal: SimulatorClient) -> None:
    body = {"email": "q@example.com", "queue": True, "teams": ["DACH", "Nordics"]}
    made = portal.sim("owners", body)
    read = portal.get(f"/crm/v3/owners/{made['id']}").json()
    assert read["type"] == "QUEUE"
    teams = {one["name"]: one["primary"] for one in read["teams"]}
    assert teams == {"DACH": True, "Nordics": False}
    assert owner(portal, "p@example.com")["teams"] == []


def test_account_details(portal: SimulatorClient) -> None:
    details = portal.get("/account-info/v3/details").json()
    assert details["portalId"] == 424242
    assert details["timeZone"] == "US/Eastern"
    assert (details["utcOffset"], details["utcOffsetMilliseconds"]) == ("-05:00", -18_000_000)


def test_every_answer_but_searches_tells_what_is_left(portal: SimulatorClient) -> None:
    headers = portal.get(CONTACTS).headers
    assert headers["X-HubSpot-RateLimit-Daily"] == "625000"
    assert headers["X-HubSpot-RateLimit-Daily-Remaining"] == "624999"
    assert headers["X-HubSpot-RateLimit-Interval-Milliseconds"] == "10000"
    assert headers["X-HubSpot-RateLimit-Max"] == "190"
    assert headers["X-HubSpot-RateLimit-Remaining"] == "189"
    assert headers["X-HubSpot-RateLimit-Secondly"] == "19"


def test_the_ten_second_window_is_per_token_and_rolls(
    portal: SimulatorClient, marketer: SimulatorClient
) -> None:
    portal.sim("config", {"tier": "starter"})
    for _ in range(100):
        assert portal.get(CONTACTS).status_code == 200
    refused = portal.get(CONTACTS)
    body = refused.json()
    assert refused.status_code == 429
    assert body["message"] == "You have reached your ten_secondly_rolling limit."
    assert (body["errorType"], body["policyName"]) == ("RATE_LIMIT", "TEN_SECONDLY_ROLLING")
    assert "groupName" in body
    assert "Retry-After" not in refused.headers
    assert marketer.get(CONTACTS).status_code == 200
    portal.sim("clock", {"advance_seconds": 10})
    assert portal.get(CONTACTS).status_code == 200


def test_five_searches_a_second_for_the_whole_account(
    portal: SimulatorClient, marketer: SimulatorClient
) -> None:
    for client in (portal, marketer, portal, marketer, portal):
        assert client.post(f"{CONTACTS}/search", {}).status_code == 200
    refused = marketer.post(f"{CONTACTS}/search", {})
    body = refused.json()
    assert refused.status_code == 429
    assert body["message"] == "You have reached your secondly limit."
    assert body["category"] == "RATE_LIMITS"
    assert "policyName" not in body
    portal.sim("clock", {"advance_seconds": 1})
    assert marketer.post(f"{CONTACTS}/search", {}).status_code == 200


def test_the_day_is_shared_and_ends_at_the_accounts_midnight(
    portal: SimulatorClient, world: HubSpotWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crmbridge_hubspot.simulator.limits._DAILY", {"professional": 3})
    for _ in range(2):
        portal.get(CONTACTS)
    usage = portal.get("/account-info/v3/api-usage/daily/private-apps").json()["results"][0]
    assert (usage["usageLimit"], usage["currentUsage"]) == (3, 3)
    assert usage["resetsAt"] == "2026-03-03T05:00:00.000Z"
    refused = portal.get(CONTACTS)
    assert refused.status_code == 429
    assert refused.json()["message"] == "You have reached your daily limit."
    assert refused.json()["policyName"] == "DAILY"
    assert refused.json()["requestId"]
    portal.sim("clock", {"now": usage["resetsAt"]})
    assert portal.get(CONTACTS).status_code == 200


def test_telling_of_events_counts_towards_no_limit(portal: SimulatorClient) -> None:
    event = {"eventName": "pe424242_intent", "email": "nobody@example.com"}
    headers = portal.post("/events/v3/send", event).headers
    assert not [name for name in headers if "ratelimit" in name.lower()]
    headers = portal.get("/events/v3/events/event-types").headers
    assert headers["X-HubSpot-RateLimit-Remaining"] == "189"
    assert headers["X-HubSpot-RateLimit-Daily-Remaining"] == "624999"


def test_limits_can_be_raised_and_switched_off(portal: SimulatorClient) -> None:
    portal.sim("config", {"api_limit_increases": 1})
    headers = portal.get(CONTACTS).headers
    assert headers["X-HubSpot-RateLimit-Max"] == "250"
    assert headers["X-HubSpot-RateLimit-Daily"] == "1625000"
    portal.sim("config", {"enforce_rate_limits": False})
    for _ in range(7):
        assert portal.post(f"{CONTACTS}/search", {}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"tier": "platinum"},
        {"index_lag_seconds": -1},
        {"api_limit_increases": 3},
        {"nonsense": 1},
    ],
)
def test_senseless_configuration_is_refused(portal: SimulatorClient, body: dict[str, Any]) -> None:
    before = portal.sim("config", method="GET")
    assert portal.call("POST", "/__sim__/config", body).status_code == 400
    assert portal.sim("config", method="GET") == before


def test_a_portal_counts_on_real_time_unless_told_otherwise() -> None:
    world = HubSpotWorld(WorldClock(datetime(2026, 3, 2, tzinfo=UTC)), tokens={"bi": "t-bi"})
    assert world.token("bi") == "t-bi"
    assert world.token("crmbridge") == "pat-na1-sim-crmbridge"
    headers = world.limits.use("bi", search=False)
    assert headers["X-HubSpot-RateLimit-Remaining"] == "189"


def test_a_public_app_has_a_narrow_burst_and_no_part_in_the_day(portal: SimulatorClient) -> None:
    app = portal.sim("oauth")
    form = urlencode({**app, "grant_type": "authorization_code"})
    token = portal.call("POST", "/oauth/v3/token", data=form).json()["access_token"]
    usage = "/account-info/v3/api-usage/daily/private-apps"
    before = portal.get(usage).json()["results"][0]["currentUsage"]
    bearer = {"Authorization": f"Bearer {token}"}
    answers = [portal.call("GET", CONTACTS, headers=bearer) for _ in range(111)]
    assert [200] * 110 + [429] == [each.status_code for each in answers]
    assert "110" == answers[0].headers["X-HubSpot-RateLimit-Max"]
    assert "X-HubSpot-RateLimit-Daily" not in answers[0].headers
    assert "TEN_SECONDLY_ROLLING" == answers[-1].json()["policyName"]
    assert 1 == portal.get(usage).json()["results"][0]["currentUsage"] - before
