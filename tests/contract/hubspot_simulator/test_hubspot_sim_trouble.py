"""Trouble that is thrown while the portal runs, and seen to have taken effect."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.simulation import SimulatorClient

_SEARCH = "/crm/v3/objects/contacts/search"


def _contacts(portal: SimulatorClient, count: int) -> list[str]:
    inputs = [{"properties": {"email": f"p{n}@example.com"}} for n in range(count)]
    made = portal.post("/crm/v3/objects/contacts/batch/create", {"inputs": inputs}).json()
    return [one["id"] for one in made["results"]]


@pytest.mark.parametrize(
    ("name", "status", "told"),
    [
        ("ten_secondly", 429, {"policyName": "TEN_SECONDLY_ROLLING", "errorType": "RATE_LIMIT"}),
        ("daily", 429, {"policyName": "DAILY", "message": "You have reached your daily limit."}),
        ("search_secondly", 429, {"category": "RATE_LIMITS"}),
        ("search_secondly_policy", 429, {"policyName": "SECONDLY", "errorType": "RATE_LIMIT"}),
        ("expired_token", 401, {"category": "EXPIRED_AUTHENTICATION"}),
        ("locked", 423, {"status": "error"}),
        ("migrating", 477, {"status": "error"}),
    ],
)
def test_a_named_failure_strikes_once_and_is_counted(
    name: str, status: int, told: dict[str, Any], portal: SimulatorClient
) -> None:
    armed = portal.sim("failures", {"name": name})
    struck = portal.post(_SEARCH, {})
    assert status == struck.status_code
    assert told.items() <= struck.json().items()
    assert struck.json()["correlationId"] == struck.headers["X-HubSpot-Correlation-Id"]
    assert ("requestId" in struck.json()) == (name == "daily")
    assert ("60" if name == "migrating" else None) == struck.headers.get("Retry-After")
    assert 200 == portal.post(_SEARCH, {}).status_code
    (listed,) = portal.sim("faults", method="GET")["faults"]
    assert (armed["id"], 1) == (listed["id"], listed["fired"])


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("bad_gateway", 502),
        ("overloaded", 503),
        ("gateway_timeout", 504),
        ("server_down", 521),
        ("connection_timed_out", 522),
        ("unreachable", 523),
        ("timed_out", 524),
        ("tls_handshake", 525),
        ("tls_certificate", 526),
    ],
)
def test_the_proxy_in_front_answers_a_page(name: str, status: int, portal: SimulatorClient) -> None:
    portal.sim("failures", {"name": name})
    struck = portal.post(_SEARCH, {})
    assert status == struck.status_code
    assert struck.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("name", ["search_secondly", "search_secondly_policy"])
def test_the_search_limit_spares_other_calls(name: str, portal: SimulatorClient) -> None:
    portal.sim("failures", {"name": name})
    assert 200 == portal.get("/crm/v3/objects/contacts").status_code
    assert 429 == portal.post(_SEARCH, {}).status_code


def test_an_unknown_failure_is_refused(portal: SimulatorClient) -> None:
    assert 400 == portal.call("POST", "/__sim__/failures", {"name": "sunspots"}).status_code


def test_rows_left_out_of_a_200_were_written_all_the_same(portal: SimulatorClient) -> None:
    ids = _contacts(portal, 4)
    portal.sim("omissions", {"rows": 1})
    inputs = [{"id": one, "properties": {"city": "Bonn"}} for one in ids]
    answer = portal.post("/crm/v3/objects/contacts/batch/update", {"inputs": inputs})
    assert (200, 3) == (answer.status_code, len(answer.json()["results"]))
    assert 1 == portal.sim("omissions", method="GET")["fired"]
    wanted = {"inputs": [{"id": one} for one in ids], "properties": ["city"]}
    read = portal.post("/crm/v3/objects/contacts/batch/read", wanted).json()
    assert ["Bonn"] * 4 == [one["properties"]["city"] for one in read["results"]]


def test_a_burst_gives_many_contacts_one_modified_date(portal: SimulatorClient) -> None:
    _contacts(portal, 5)
    portal.sim("clock", {"advance_seconds": 60})
    assert {"stamped": 4} == portal.sim("burst", {"count": 4})
    found = portal.post(_SEARCH, {"properties": ["lastmodifieddate"]}).json()["results"]
    stamps = [one["properties"]["lastmodifieddate"] for one in found]
    assert [1, 4] == sorted(stamps.count(one) for one in set(stamps))
