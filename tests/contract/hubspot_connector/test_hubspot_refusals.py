"""Every way in which HubSpot refuses, over real HTTP, and what it is taken for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from crmbridge.errors import (
    AuthError,
    BudgetExhausted,
    CrmBridgeError,
    RateLimited,
    RejectedRecord,
    RetryableError,
)
from crmbridge_hubspot.client import HubSpotClient
from crmbridge_hubspot.settings import HubSpotSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbridge.simulation import SimulatorClient
    from crmbridge_hubspot.simulator import HubSpotWorld

SEARCH = "/crm/v3/objects/contacts/search"


def client_with(base_url: str, token: str) -> HubSpotClient:
    settings = HubSpotSettings(token=SecretStr(token), base_url=base_url, searches_per_second=1000)
    return HubSpotClient(settings)


@pytest.fixture
def client(base_url: str, world: HubSpotWorld) -> Iterator[HubSpotClient]:
    made = client_with(base_url, world.token("crmbridge"))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("failure", "kind", "wait"),
    [
        ("ten_secondly", RateLimited, 10.0),
        ("daily", BudgetExhausted, 900.0),
        ("search_secondly", RateLimited, 1.0),
        ("locked", RetryableError, 2.0),
        ("migrating", RetryableError, 60.0),
        ("bad_gateway", RetryableError, 5.0),
        ("timed_out", RetryableError, 10.0),
    ],
)
def test_trouble_that_passes_says_how_long_to_wait(
    client: HubSpotClient,
    marketer: SimulatorClient,
    failure: str,
    kind: type[RetryableError],
    wait: float,
) -> None:
    marketer.sim("failures", {"name": failure, "token": "crmbridge", "times": 1})
    with pytest.raises(CrmBridgeError) as caught:
        client.post(SEARCH, {"limit": 1})
    assert kind is type(caught.value)
    assert isinstance(caught.value, RetryableError)
    assert wait == caught.value.retry_after
    assert client.post(SEARCH, {"limit": 1}).status == 200


def test_what_hubspot_asks_to_wait_is_waited(
    client: HubSpotClient, marketer: SimulatorClient
) -> None:
    marketer.sim("failures", {"name": "migrating", "retry_after": 7200, "times": 1})
    with pytest.raises(RetryableError) as caught:
        client.post(SEARCH, {"limit": 1})
    assert 7200.0 == caught.value.retry_after


def test_a_refused_token_is_said_without_showing_it(base_url: str, world: HubSpotWorld) -> None:
    client = client_with(base_url, "pat-na1-secret-of-mine")
    with pytest.raises(AuthError) as caught:
        client.get("/account-info/v3/details")
    said = "hubspot: GET /account-info/v3/details: the token is refused: "
    assert said + "check hubspot.token, or hubspot.refresh_token" == str(caught.value)
    assert "secret-of-mine" not in str(caught.value) + caught.value.detail
    client.close()


@pytest.mark.parametrize(
    ("path", "scope", "need"),
    [
        ("/crm/v3/owners/", "crm.objects.owners.read", "knowing owners by name"),
        ("/crm/v3/objects/contacts", "crm.objects.contacts.read", "reading and writing contacts"),
    ],
)
def test_a_missing_scope_is_named_with_what_needs_it(
    base_url: str, marketer: SimulatorClient, path: str, scope: str, need: str
) -> None:
    made = marketer.sim("tokens", {"label": "narrow", "scopes": ["crm.lists.read"]})
    client = client_with(base_url, made["token"])
    with pytest.raises(AuthError) as caught:
        client.get(path)
    assert scope in str(caught.value)
    assert f"needed for {need}): extend hubspot.token" in str(caught.value)
    client.close()


def test_a_refused_record_gets_a_hint_and_no_values(client: HubSpotClient) -> None:
    body = {"properties": {"email": "ada@acme.example", "lifecyclestage": "nonsense"}}
    with pytest.raises(RejectedRecord) as caught:
        client.post("/crm/v3/objects/contacts", body)
    assert "add the value to the property's options, or change stages.yaml" == caught.value.hint
    assert "ada" not in str(caught.value)
    assert "nonsense" not in str(caught.value)


def test_no_answer_at_all_names_the_setting(world: HubSpotWorld) -> None:
    client = client_with("http://127.0.0.1:9", world.token("crmbridge"))
    with pytest.raises(RetryableError, match=r"check hubspot\.base_url and the network"):
        client.get("/account-info/v3/details")
    client.close()
