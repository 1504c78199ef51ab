"""``crmbridge sandbox`` serves any client until it is told to stop."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

import hubspot
import requests
from hubspot.crm.contacts import SimplePublicObjectInputForCreate
from sandbox_process import run_sandbox, running_sandbox

from crmbridge.simulation import SimulatorClient


def test_the_typed_hubspot_client_works_unmodified() -> None:
    with running_sandbox() as told:
        url = told["hubspot"]["base_url"]
        client = hubspot.Client.create(
            access_token=told["hubspot"]["token"], host=url, base_url=url
        )
        contacts = client.crm.contacts.basic_api
        try:
            page = contacts.get_page(limit=5, _request_timeout=10)
            made = contacts.create(
                SimplePublicObjectInputForCreate(
                    properties={"email": "typed@sandbox.example", "lastname": "Typed"}
                ),
                _request_timeout=10,
            )
            read = contacts.get_by_id(made.id, properties=["lastname"], _request_timeout=10)
        finally:
            contacts.api_client.rest_client.pool_manager.clear()

    assert 5 == len(page.results)
    assert "Typed" == read.properties["lastname"]


def test_salesforce_answers_with_the_printed_token_and_with_the_printed_app() -> None:
    with running_sandbox() as told:
        org = told["salesforce"]
        login = requests.post(
            f"{org['base_url']}/services/oauth2/token",
            data={
                "grant_type": "client_credentials",
                "client_id": org["client_id"],
                "client_secret": org["client_secret"],
            },
            timeout=10,
        )
        counts = [
            _leads(org["base_url"], token)
            for token in (org["access_token"], login.json()["access_token"])
        ]

    assert counts[0] == counts[1]
    assert counts[0] > 0


def test_with_native_sync_an_mql_becomes_a_lead_within_a_quarter_of_an_hour() -> None:
    with running_sandbox("--native-sync") as told:
        portal = SimulatorClient(told["hubspot"]["base_url"], told["hubspot"]["token"])
        properties = {
            "email": "ada@sandbox.example",
            "lastname": "Abbott",
            "company": "Northwind",
            "lifecyclestage": "marketingqualifiedlead",
        }
        made = portal.post("/crm/v3/objects/contacts", {"properties": properties}).json()["id"]
        portal.sim("clock", {"advance_seconds": 900})
        end, lead = time.monotonic() + 20, None
        while not lead and time.monotonic() < end:
            path = f"/crm/v3/objects/contacts/{made}"
            read = portal.get(path, properties="salesforceleadid").json()
            lead = read["properties"]["salesforceleadid"]
            time.sleep(0.1)
        portal.close()

    assert str(lead).startswith("00Q")


def test_native_sync_needs_crms_that_were_made_with_it(tmp_path: Path) -> None:
    with running_sandbox("--state", str(tmp_path)):
        pass
    refused = run_sandbox("--state", str(tmp_path), "--native-sync")

    assert 1 == refused.returncode
    assert refused.stderr.startswith("crmbridge: these CRMs were made without --native-sync")
    assert 1 == len(refused.stderr.splitlines())


def test_an_unknown_kind_of_native_sync_is_refused() -> None:
    refused = run_sandbox("--native-sync", "twice")

    assert 2 == refused.returncode
    assert "beside" in refused.stderr


def _leads(url: str, token: str) -> int:
    answer = requests.get(
        f"{url}/services/data/v67.0/query",
        params={"q": "SELECT COUNT() FROM Lead"},
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )
    data: dict[str, Any] = answer.json()
    return int(data["totalSize"])


def test_https_is_trusted_through_the_printed_authority() -> None:
    with running_sandbox("--tls") as told:
        url = told["hubspot"]["base_url"]
        answer = requests.get(f"{url}/__sim__/health", verify=told["ca_file"], timeout=10)

    assert url.startswith("https://")
    assert 200 == answer.status_code


def test_a_port_in_use_is_one_line_and_exit_code_1() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        result = run_sandbox("--json", "--hubspot-port", port)

    assert 1 == result.returncode
    assert 1 == len(result.stderr.strip().splitlines()), result.stderr
    assert port in result.stderr
