"""Authentication, both path families, unknown URLs and what every answer carries."""

from __future__ import annotations

import pytest

from crmbridge.simulation import SimulatorClient

CONTACTS = "/crm/v3/objects/contacts"


def test_no_token_is_401_invalid_authentication(base_url: str) -> None:
    with SimulatorClient(base_url) as nobody:
        answer = nobody.get(CONTACTS)
    assert answer.status_code == 401
    assert answer.json()["category"] == "INVALID_AUTHENTICATION"


def test_a_wrong_token_is_401_expired_since_1970(base_url: str) -> None:
    with SimulatorClient(base_url, "pat-na1-wrong") as stranger:
        body = stranger.get(CONTACTS).json()
    assert body["category"] == "EXPIRED_AUTHENTICATION"
    assert body["context"]["expire time"][0].startswith("1970-01-01")


def test_missing_scope_is_403_and_names_what_would_do(portal: SimulatorClient) -> None:
    portal.sim("tokens/crmbridge", {"scopes": ["crm.objects.contacts.read"]}, method="PATCH")
    assert portal.get(CONTACTS).status_code == 200
    refused = portal.post(CONTACTS, {"properties": {"firstname": "A"}})
    assert refused.status_code == 403
    assert refused.json()["category"] == "MISSING_SCOPES"
    context = refused.json()["errors"][0]["context"]
    assert context == {"requiredGranularScopes": ["crm.objects.contacts.write"]}
    assert portal.get("/crm/v3/objects/companies").status_code == 403
    assert portal.get("/crm/v3/owners/").status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/crm/v3/objects/contacts",
        "/crm/v3/objects/contacts/",
        "/crm/v3/objects/contact",
        "/crm/v3/objects/0-1",
        "/crm/objects/2026-03/contacts",
        "/crm/objects/2026-09/contacts",
    ],
)
def test_numbered_and_dated_paths_reach_the_same_records(
    portal: SimulatorClient, path: str
) -> None:
    created = portal.post(path, {"properties": {"email": "a@b.example"}}).json()
    assert [one["id"] for one in portal.get(CONTACTS).json()["results"]] == [created["id"]]


@pytest.mark.parametrize(
    "path",
    [
        "/crm/properties/2026-09/contacts",
        "/crm/lists/2026-09?listIds=1",
        "/crm/owners/2026-03",
        "/account-info/2026-09/details",
        "/communication-preferences/2026-03/statuses/a@b.example?channel=EMAIL",
    ],
)
def test_other_areas_have_dated_paths_too(portal: SimulatorClient, path: str) -> None:
    assert portal.get(path).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/crm/v3/nothing",
        "/crm/objects/2025-01/contacts",
        "/contacts/v1/lists",
        "/crm/v3/objects/contacts/1/what",
    ],
)
def test_unknown_urls_answer_an_html_page(portal: SimulatorClient, path: str) -> None:
    answer = portal.get(path)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


def test_wrong_method_is_405_and_names_the_right_ones(portal: SimulatorClient) -> None:
    answer = portal.call("PUT", CONTACTS, {})
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, POST"


def test_unknown_object_type_is_refused(portal: SimulatorClient) -> None:
    assert portal.get("/crm/v3/objects/unicorns").status_code == 400


@pytest.mark.parametrize("data", ["{", "[1", "nonsense"])
def test_a_body_that_is_not_json_is_400_without_category(
    portal: SimulatorClient, data: str
) -> None:
    answer = portal.call("POST", CONTACTS, data=data)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Invalid input JSON on line 1, column ")
    assert "category" not in answer.json()


def test_every_error_repeats_its_correlation_id_in_the_header(portal: SimulatorClient) -> None:
    answer = portal.get(f"{CONTACTS}/1")
    assert answer.json()["correlationId"] == answer.headers["X-HubSpot-Correlation-Id"]
    again = portal.get(f"{CONTACTS}/1")
    assert again.json()["correlationId"] != answer.json()["correlationId"]


def test_calls_are_counted_by_token_label_and_route(portal: SimulatorClient) -> None:
    portal.get(CONTACTS)
    portal.get(f"{CONTACTS}/7")
    portal.get(f"{CONTACTS}/8")
    counted = portal.sim("calls", method="GET")
    assert counted == {
        "total": 3,
        "by_token": {"crmbridge": 3},
        "by_route": {f"GET {CONTACTS}": 1, f"GET {CONTACTS}/{{id}}": 2},
    }


def test_a_dropped_write_has_happened(portal: SimulatorClient) -> None:
    import requests

    portal.sim("faults", {"action": "drop_after", "method": "POST", "token": "crmbridge"})
    with pytest.raises(requests.ConnectionError):
        portal.post(CONTACTS, {"properties": {"email": "a@b.example"}})
    assert len(portal.get(CONTACTS).json()["results"]) == 1


def test_a_url_may_be_too_long(portal: SimulatorClient) -> None:
    names = [f"property_number_{n}" for n in range(1000)]
    assert portal.get(CONTACTS, properties=",".join(names[:500])).status_code == 200
    refused = portal.get(CONTACTS, properties=",".join(names))
    assert (refused.status_code, refused.json()["status"]) == (414, "error")
