"""Tokens of a public app, which run out in world time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import hubspot
import pytest

from crmbridge.clock import WorldClock
from crmbridge.simulation import SimulatorClient
from crmbridge_hubspot.simulator import HubSpotWorld

_CONTACTS = "/crm/v3/objects/contacts"


@pytest.fixture
def world() -> HubSpotWorld:
    """A portal whose rate limits are on, in world time."""
    clock = WorldClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
    return HubSpotWorld(clock, rate_limits_on_world_time=True)


@pytest.fixture
def app(portal: SimulatorClient) -> dict[str, Any]:
    return dict(portal.sim("oauth"))


def ask(portal: SimulatorClient, path: str, app: dict[str, Any], **form: str) -> Any:
    return portal.call("POST", path, data=urlencode({**app, **form}))


def first(portal: SimulatorClient, app: dict[str, Any]) -> dict[str, Any]:
    answer = ask(portal, "/oauth/v3/token", app, grant_type="authorization_code")
    assert 200 == answer.status_code
    return dict(answer.json())


def status_with(portal: SimulatorClient, token: str) -> Any:
    return portal.call("GET", _CONTACTS, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("path", ["/oauth/v1/token", "/oauth/v3/token", "/oauth/2026-03/token"])
def test_every_family_refreshes_and_keeps_the_refresh_token(
    path: str, portal: SimulatorClient, app: dict[str, Any]
) -> None:
    held = first(portal, app)["refresh_token"]
    again = ask(portal, path, app, grant_type="refresh_token", refresh_token=held).json()
    assert (held, 1800) == (again["refresh_token"], again["expires_in"])
    assert 200 == status_with(portal, again["access_token"]).status_code


def test_a_token_runs_out_in_world_time(portal: SimulatorClient, app: dict[str, Any]) -> None:
    token = first(portal, app)["access_token"]
    portal.sim("clock", {"advance_seconds": 1799})
    assert 200 == status_with(portal, token).status_code
    portal.sim("clock", {"advance_seconds": 76})
    refused = status_with(portal, token)
    assert (401, "EXPIRED_AUTHENTICATION") == (refused.status_code, refused.json()["category"])
    assert "expired 75 second(s) ago" in refused.json()["message"]
    told = ask(portal, "/oauth/v3/token/introspect", app, token=token)
    assert {"active": False} == told.json()


def test_a_code_is_good_once(portal: SimulatorClient, app: dict[str, Any]) -> None:
    first(portal, app)
    again = ask(portal, "/oauth/v3/token", app, grant_type="authorization_code")
    assert (400, "BAD_AUTH_CODE") == (again.status_code, again.json()["status"])


def test_a_revoked_refresh_token_is_bad(portal: SimulatorClient, app: dict[str, Any]) -> None:
    held = first(portal, app)["refresh_token"]
    assert 204 == ask(portal, "/oauth/v3/token/revoke", app, token=held).status_code
    again = ask(portal, "/oauth/v3/token", app, grant_type="refresh_token", refresh_token=held)
    assert (400, "invalid_grant") == (again.status_code, again.json()["error"])
    assert "BAD_REFRESH_TOKEN" == again.json()["status"]


def test_a_wrong_secret_gets_nothing(portal: SimulatorClient, app: dict[str, Any]) -> None:
    wrong = {**app, "client_secret": "guess"}
    answer = ask(portal, "/oauth/v3/token", wrong, grant_type="authorization_code")
    assert (400, "invalid_client") == (answer.status_code, answer.json()["error"])


def test_the_vendors_client_refreshes(
    base_url: str, portal: SimulatorClient, app: dict[str, Any]
) -> None:
    held = first(portal, app)["refresh_token"]
    client: Any = hubspot.Client.create(host=base_url, base_url=base_url)
    given = client.oauth.tokens_api.create(
        grant_type="refresh_token",
        refresh_token=held,
        client_id=app["client_id"],
        client_secret=app["client_secret"],
    )
    assert (held, 1800) == (given.refresh_token, given.expires_in)
    assert 1800 == client.oauth.access_tokens_api.get(given.access_token).expires_in
    told = client.oauth.refresh_tokens_api.get(held)
    assert (424242, app["client_id"], "refresh") == (told.hub_id, told.client_id, told.token_type)
    client.oauth.refresh_tokens_api.archive(held)
    assert 404 == portal.get(f"/oauth/v1/refresh-tokens/{held}").status_code
    again = ask(portal, "/oauth/v1/token", app, grant_type="refresh_token", refresh_token=held)
    assert "BAD_REFRESH_TOKEN" == again.json()["status"]


def test_an_app_may_what_its_installer_granted(portal: SimulatorClient) -> None:
    app = portal.sim("oauth", {"scopes": ["crm.objects.contacts.read"]})
    granted = first(portal, app)
    assert ["crm.objects.contacts.read", "oauth"] == granted["scopes"]
    assert ("access_token", 9_586_400) == (granted["token_use"], granted["user_id"])
    for token in (granted["access_token"], granted["refresh_token"]):
        told = ask(portal, "/oauth/v3/token/introspect", app, token=token).json()
        assert (granted["scopes"], 424242) == (told["scopes"], told["hub_id"])
    assert 200 == status_with(portal, granted["access_token"]).status_code
    refused = portal.call(
        "GET",
        "/crm/v3/objects/companies",
        headers={"Authorization": f"Bearer {granted['access_token']}"},
    )
    assert (403, "MISSING_SCOPES") == (refused.status_code, refused.json()["category"])
    held = granted["refresh_token"]
    again = ask(portal, "/oauth/v1/token", app, grant_type="refresh_token", refresh_token=held)
    assert granted["scopes"] == again.json()["scopes"]
    assert "token_use" not in again.json()


def test_a_token_is_asked_for_with_a_form(portal: SimulatorClient, app: dict[str, Any]) -> None:
    body = {**app, "grant_type": "authorization_code"}
    assert 415 == portal.post("/oauth/v3/token", body).status_code


def test_an_app_has_its_own_ten_seconds_and_no_day(
    portal: SimulatorClient, app: dict[str, Any]
) -> None:
    token = first(portal, app)["access_token"]
    answers = [status_with(portal, token) for _ in range(111)]
    assert [200] * 110 + [429] == [each.status_code for each in answers]
    assert "TEN_SECONDLY_ROLLING" == answers[-1].json()["policyName"]
    headers = answers[0].headers
    assert ("110", "109") == (
        headers["X-HubSpot-RateLimit-Max"],
        headers["X-HubSpot-RateLimit-Remaining"],
    )
    assert not [name for name in headers if "daily" in name.lower()]
    private = portal.get(_CONTACTS)
    assert 200 == private.status_code
    assert "624999" == private.headers["X-HubSpot-RateLimit-Daily-Remaining"]
    portal.sim("clock", {"advance_seconds": 10})
    portal.sim("config", {"api_limit_increases": 2})
    assert "110" == status_with(portal, token).headers["X-HubSpot-RateLimit-Max"]


def test_an_app_goes_on_when_the_account_has_used_its_day_up(
    portal: SimulatorClient, app: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crmbridge_hubspot.simulator.limits._DAILY", {"professional": 1})
    token = first(portal, app)["access_token"]
    assert 200 == portal.get(_CONTACTS).status_code
    assert 429 == portal.get(_CONTACTS).status_code
    assert 200 == status_with(portal, token).status_code
