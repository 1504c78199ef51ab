"""OAuth: refreshed before its end, once for everybody, and never in a storm. Contract §2."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from pydantic import SecretStr, ValidationError
from tests.contract.hubspot_connector.conftest import Reader, fill

from crmbridge.errors import AuthError, ConfigError, RetryableError
from crmbridge.ports import FieldNames
from crmbridge.simulation import SimulatorClient
from crmbridge_hubspot.adapter import HubSpotConnector
from crmbridge_hubspot.client import HubSpotClient
from crmbridge_hubspot.layout import Layout
from crmbridge_hubspot.settings import HubSpotSettings
from crmbridge_hubspot.simulator import HubSpotWorld

TOKENS = "POST /oauth/v3/token"
DETAILS = "/account-info/v3/details"


@pytest.fixture
def app(marketer: SimulatorClient, base_url: str) -> dict[str, Any]:
    """An app that the portal has installed: the settings of a connector that acts as it."""
    given = marketer.sim("oauth", {})
    form = {
        "grant_type": "authorization_code",
        **{name: given[name] for name in ("client_id", "client_secret", "redirect_uri", "code")},
    }
    granted = requests.post(f"{base_url}/oauth/v3/token", data=form, timeout=10).json()
    return {
        "flow": "oauth",
        "base_url": base_url,
        "client_id": given["client_id"],
        "client_secret": SecretStr(given["client_secret"]),
        "refresh_token": SecretStr(granted["refresh_token"]),
    }


@pytest.fixture
def client(app: dict[str, Any]) -> Iterator[HubSpotClient]:
    made = HubSpotClient(HubSpotSettings(**app))
    yield made
    made.close()


def refreshes(world: HubSpotWorld) -> int:
    return world.calls.by_route.get(TOKENS, 0)


def test_an_app_reads_as_a_private_token_does(
    app: dict[str, Any], marketer: SimulatorClient, world: HubSpotWorld
) -> None:
    ids = fill(marketer, 3)
    connector = HubSpotConnector(
        HubSpotClient(HubSpotSettings(**app, searches_per_second=1000)), Layout(FieldNames())
    )
    reader = Reader(connector)
    before = refreshes(world)
    reader.poll()
    connector.close()
    assert set(ids) == set(reader.ids())
    assert 1 == refreshes(world) - before


def test_a_token_is_refreshed_before_its_end(client: HubSpotClient, world: HubSpotWorld) -> None:
    client.get(DETAILS)
    before = refreshes(world)
    world.clock.advance(1_600)
    client.get(DETAILS)  # learns the portal's time
    assert before == refreshes(world)
    world.clock.advance(90)
    client.get(DETAILS)
    assert before == refreshes(world)
    client.get(DETAILS)
    client.get(DETAILS)
    assert before + 1 == refreshes(world)


def test_a_token_that_ended_unnoticed_costs_one_refused_call(
    client: HubSpotClient, world: HubSpotWorld
) -> None:
    client.get(DETAILS)
    before, calls = refreshes(world), client.calls
    world.clock.advance(7_200)
    client.get(DETAILS)
    assert (before + 1, calls + 2) == (refreshes(world), client.calls)


def test_many_threads_refresh_an_ended_token_once(
    client: HubSpotClient, world: HubSpotWorld
) -> None:
    client.get(DETAILS)
    before = refreshes(world)
    world.clock.advance(7_200)
    threads = [threading.Thread(target=client.get, args=(DETAILS,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert before + 1 == refreshes(world)


def test_a_token_that_never_heals_ends_in_one_line(
    client: HubSpotClient, marketer: SimulatorClient, world: HubSpotWorld
) -> None:
    client.get(DETAILS)
    before = refreshes(world)
    marketer.sim("faults", {"action": "status", "path": "details", "status": 401, "times": None})
    for _ in range(3):
        with pytest.raises(AuthError, match=r"hubspot\.refresh_token"):
            client.get(DETAILS)
    assert 1 == refreshes(world) - before


@pytest.mark.parametrize(
    ("wrong", "setting"),
    [
        ({"client_id": "nobody"}, "hubspot.client_id"),
        ({"client_secret": SecretStr("sesame")}, "hubspot.client_id, hubspot.client_secret"),
        ({"refresh_token": SecretStr("sesame")}, "hubspot.refresh_token"),
    ],
)
def test_a_refused_refresh_names_the_setting(
    app: dict[str, Any], wrong: dict[str, Any], setting: str
) -> None:
    made = HubSpotClient(HubSpotSettings(**{**app, **wrong}))
    with pytest.raises(AuthError) as caught:
        made.get(DETAILS)
    made.close()
    assert setting in str(caught.value)
    assert "sesame" not in f"{caught.value} {caught.value.detail}"


def test_a_refresh_that_fails_for_a_while_is_worth_another_try(
    client: HubSpotClient, marketer: SimulatorClient
) -> None:
    marketer.sim("faults", {"action": "status", "path": "oauth", "status": 503, "times": 1})
    with pytest.raises(RetryableError):
        client.get(DETAILS)
    assert client.get(DETAILS).body["portalId"]


def rotate(marketer: SimulatorClient) -> None:
    """Let the next refresh give out another refresh token."""
    body = {"access_token": "x", "refresh_token": "na1-new", "expires_in": 1800}
    rule = {"action": "status", "path": "oauth", "status": 200, "times": 1, "body": body}
    marketer.sim("faults", rule)


def test_a_rotated_refresh_token_is_kept_for_the_next_process(
    app: dict[str, Any], marketer: SimulatorClient, tmp_path: Path
) -> None:
    path = tmp_path / "token"
    rotate(marketer)
    made = HubSpotClient(HubSpotSettings(**app, token_file=path))
    with pytest.raises(AuthError):
        made.get(DETAILS)  # the invented tokens are good for nothing
    made.close()
    assert ("na1-new", 0o600) == (path.read_text(), path.stat().st_mode & 0o777)


def test_a_rotated_refresh_token_without_a_file_stops(
    app: dict[str, Any], marketer: SimulatorClient
) -> None:
    rotate(marketer)
    made = HubSpotClient(HubSpotSettings(**app))
    with pytest.raises(ConfigError, match=r"hubspot\.token_file"):
        made.get(DETAILS)
    made.close()


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"flow": "oauth", "client_id": "a", "client_secret": "b"},
        {"flow": "oauth", "client_id": "a", "refresh_token": "b"},
        {"flow": "oauth", "client_id": "a", "client_secret": "b", "token_file": "c", "token": "d"},
        {"token": "a", "client_id": "b"},
        {"token": "a", "base_url": "http://hubspot.example"},
        {"token": "a", "base_url": "https://hubspot.example/crm"},
    ],
)
def test_settings_that_fit_no_flow_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        HubSpotSettings(**settings)
