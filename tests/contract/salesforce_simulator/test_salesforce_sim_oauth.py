"""Logging in and being logged out. Salesforce contract §2."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from tests.contract.salesforce_simulator.conftest import Org

TOKEN = "/services/oauth2/token"


def credentials(org: Org) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_id": org.world.consumer_key,
        "client_secret": org.world.consumer_secret,
    }


def test_client_credentials_in_the_body_open_a_session_of_the_run_as_user(org: Org) -> None:
    answer = requests.post(org.base_url + TOKEN, data=credentials(org), timeout=5)
    assert answer.status_code == 200
    body = answer.json()
    assert body["token_type"] == "Bearer"
    assert body["instance_url"] == org.base_url
    assert body["id"].endswith(f"/id/{org.world.org_id}/{org.world.integration_user_id}")
    assert body["issued_at"] == "1772452800000"
    assert "expires_in" not in body
    assert "refresh_token" not in body
    me = requests.get(
        body["id"], headers={"Authorization": f"Bearer {body['access_token']}"}, timeout=5
    )
    assert me.json()["display_name"] == "crmbridge Integration"


def test_client_credentials_in_a_basic_header_work_too(org: Org) -> None:
    auth = (org.world.consumer_key, org.world.consumer_secret)
    form = {"grant_type": "client_credentials"}
    answer = requests.post(org.base_url + TOKEN, data=form, auth=auth, timeout=5)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "nobody"}, "invalid_client_id"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_refused_login_is_400_with_an_object(
    org: Org, change: dict[str, str], error: str
) -> None:
    answer = requests.post(org.base_url + TOKEN, data={**credentials(org), **change}, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"] == error
    assert set(answer.json()) == {"error", "error_description"}


def test_a_deactivated_run_as_user_gets_no_token(org: Org) -> None:
    org.change("User", org.world.integration_user_id, IsActive=False)
    answer = requests.post(org.base_url + TOKEN, data=credentials(org), timeout=5)
    assert answer.json()["error"] == "invalid_grant"


@pytest.mark.parametrize("header", [None, "Bearer made-up", "Basic Zm9v"])
def test_calls_without_a_live_session_are_401(org: Org, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    url = f"{org.base_url}{org.root}/limits"
    answer = requests.get(url, headers=headers, timeout=5)
    assert answer.status_code == 401
    assert answer.json() == [
        {"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}
    ]


def test_one_session_can_be_expired_while_others_live_on(org: Org) -> None:
    other = org.acting_as(org.world.integration_user_id)
    assert org.admin("expire", token=org.token) == {"expired": 1}
    assert org.get("limits").status_code == 401
    assert other.get("limits").status_code == 200
    assert org.admin("expire", all=True) == {"expired": 1}
    assert other.get("limits").status_code == 401


def test_a_revoked_token_is_dead(org: Org) -> None:
    url = f"{org.base_url}/services/oauth2/revoke"
    assert requests.post(url, data={"token": org.token}, timeout=5).status_code == 200
    assert requests.post(url, data={"token": org.token}, timeout=5).status_code == 400
    assert org.get("limits").status_code == 401


def test_records_written_in_a_users_session_carry_that_user(org: Org) -> None:
    rep = org.user("Rita Rep", Email="rita@example.com", TimeZoneSidKey="Europe/Berlin")
    lead = org.acting_as(rep).lead()
    row = org.row("Lead", lead)
    assert row["CreatedById"] == rep
    assert row["OwnerId"] == rep
    assert row["LastModifiedById"] == rep


def test_versions_are_listed_without_a_session_oldest_first(org: Org) -> None:
    answer = requests.get(f"{org.base_url}/services/data/", timeout=5)
    versions = [each["version"] for each in answer.json()]
    assert versions[0] == "59.0"
    assert versions[-1] == "67.0"
    assert answer.json()[-1] == {
        "version": "67.0",
        "url": "/services/data/v67.0",
        "label": "Summer '26",
    }
