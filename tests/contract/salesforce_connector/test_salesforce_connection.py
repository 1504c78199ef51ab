"""Login, reachability and clear words when either fails. Contract §2, §15."""

from __future__ import annotations

import re
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import responses
import trustme
from pydantic import SecretStr, ValidationError
from tests.contract.salesforce_connector.conftest import BEGINNING, Reader

from crmbridge.errors import (
    AuthError,
    BudgetExhausted,
    ConfigError,
    CrmBridgeError,
    RetryableError,
)
from crmbridge.ports import ConnectorPlugin, FieldNames
from crmbridge.simulation import SimulatorServer
from crmbridge_salesforce.adapter import SalesforceConnector
from crmbridge_salesforce.client import SalesforceClient
from crmbridge_salesforce.plugin import plugin
from crmbridge_salesforce.settings import SalesforceSettings
from crmbridge_salesforce.simulator import create_app

if TYPE_CHECKING:
    from tests.contract.salesforce_connector.conftest import Org

_ORG = "https://acme.my.salesforce.com"
_TOKEN = f"{_ORG}/services/oauth2/token"
_GRANT = {
    "access_token": "00Dtoken",
    "instance_url": "https://acme-2.my.salesforce.com",
    "id": "https://login.salesforce.com/id/00D5g000004c9KYEAY/0055g00000Um000AAB",
    "token_type": "Bearer",
}


def failing(settings: SalesforceSettings) -> CrmBridgeError:
    """What ``ping`` raises."""
    connector = SalesforceConnector(settings, FieldNames())
    try:
        with pytest.raises(CrmBridgeError) as caught:
            connector.ping()
    finally:
        connector.close()
    assert "\n" not in str(caught.value)
    return caught.value


def remote(**more: Any) -> SalesforceSettings:
    values = {"base_url": _ORG, "client_id": "key", "client_secret": SecretStr("hush"), **more}
    return SalesforceSettings(**values)


@pytest.fixture
def client() -> Iterator[SalesforceClient]:
    """A client of an org that ``responses`` plays."""
    client = SalesforceClient(remote())
    yield client
    client.close()


def test_ping_tells_which_org_and_who_we_are(bare: SalesforceConnector, org: Org) -> None:
    identity = bare.ping()
    assert (org.world.org_id, "Simulated Org", org.us.id) == (
        identity.account_id,
        identity.name,
        identity.user_id,
    )


def test_wrong_credentials_name_the_setting_and_never_the_secret(org: Org) -> None:
    wrong_id = failing(org.settings(client_id="3MVG9.nobody"))
    wrong_secret = failing(org.settings(client_secret=SecretStr("hush-hush")))
    assert isinstance(wrong_id, AuthError)
    assert isinstance(wrong_secret, AuthError)
    assert str(wrong_id).startswith("salesforce.client_id: ")
    assert str(wrong_secret).startswith("salesforce.client_secret: ")
    assert "hush-hush" not in f"{wrong_secret} {wrong_secret.detail}"


def test_an_unreachable_host_names_the_setting() -> None:
    error = failing(remote(base_url="http://127.0.0.1:9", connect_timeout=2.0))
    assert isinstance(error, RetryableError)
    assert str(error).startswith("salesforce.base_url: nothing answers at http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ({"body": "<html>hello</html>"}, ConfigError, "is not a Salesforce org"),
        ({"status": 404, "body": "<html>no</html>"}, ConfigError, "is not a Salesforce org"),
        ({"json": {"access_token": "x"}}, ConfigError, "is not a Salesforce org"),
        ({"status": 503, "body": "<html>later</html>"}, RetryableError, "login"),
        (
            {"status": 400, "json": {"error": "invalid_grant", "error_description": "no user"}},
            AuthError,
            "run-as user",
        ),
        (
            {"status": 400, "json": {"error": "never_seen"}},
            AuthError,
            "salesforce.client_id: the login is refused",
        ),
        (
            {
                "status": 403,
                "json": [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests"}],
            },
            BudgetExhausted,
            "used up",
        ),
    ],
)
@responses.activate
def test_every_refused_login_is_one_clear_line(
    answer: dict[str, Any], kind: type[CrmBridgeError], words: str
) -> None:
    responses.post(_TOKEN, **answer)
    error = failing(remote())
    assert isinstance(error, kind)
    assert words in str(error)


@responses.activate
def test_calls_go_to_the_instance_the_login_names(client: SalesforceClient) -> None:
    responses.post(_TOKEN, json=_GRANT)
    instance = "https://acme-2.my.salesforce.com/services/data/v67.0/"
    responses.get(
        re.compile(re.escape(instance) + "query.*"),
        json={"totalSize": 0, "done": True, "records": []},
        headers={"Sforce-Limit-Info": "api-usage=18/5000", "Date": "Mon, 02 Mar 2026 12:00:07 GMT"},
    )
    assert client.query("query", "SELECT Id FROM Lead")["records"] == []
    assert (client.budget.used, client.budget.total) == (18, 5000)
    assert client.answered_at.isoformat() == "2026-03-02T12:00:07+00:00"
    assert responses.calls[1].request.headers["Authorization"] == "Bearer 00Dtoken"


@responses.activate
def test_queries_are_escaped_in_the_address(client: SalesforceClient) -> None:
    responses.post(_TOKEN, json=_GRANT)
    responses.get(re.compile(".*"), json={"totalSize": 0, "done": True, "records": []})
    client.query("query", "SELECT Id FROM Lead WHERE X > 2026-03-02T12:00:00+00:00 AND Y = 'a&b'")
    url = str(responses.calls[1].request.url)
    assert "%2B00%3A00" in url
    assert "a%26b" in url


def test_many_threads_renew_an_ended_session_once(org: Org) -> None:
    client = SalesforceClient(org.settings())
    client.login()
    org.sim("expire", all=True)
    org.office.sim("calls/reset")
    soql = "SELECT Id FROM Lead"
    threads = [threading.Thread(target=client.query, args=("query", soql)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client.close()
    assert org.world.calls.by_route["POST /services/oauth2/token"] == 1
    assert client.calls == 8


def test_calls_are_counted_as_the_org_counts_them(org: Org, bare: SalesforceConnector) -> None:
    org.us.lead()
    used = org.world.usage.used(org.world.now())
    Reader(bare).poll()
    org.sim("expire", all=True)
    Reader(bare).poll()
    assert bare.calls == org.world.usage.used(org.world.now()) - used


def test_a_loopback_org_over_tls_is_trusted_by_the_usual_environment(
    org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with (
        authority.cert_pem.tempfile() as bundle,
        SimulatorServer(create_app(org.world), ssl=context) as server,
    ):
        assert isinstance(failing(org.settings(base_url=server.base_url)), ConfigError)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
        connector = SalesforceConnector(org.settings(base_url=server.base_url), FieldNames())
        assert connector.ping().account_id == org.world.org_id
        connector.close()


@pytest.mark.parametrize(
    "base_url",
    ["acme.my.salesforce.com", "http://acme.my.salesforce.com", f"{_ORG}/services", "ftp://x", ""],
)
def test_an_address_that_cannot_be_right_is_refused(base_url: str) -> None:
    with pytest.raises(ValidationError):
        remote(base_url=base_url)


def test_a_misspelt_setting_is_refused_and_the_secret_never_shown() -> None:
    with pytest.raises(ValidationError):
        remote(client_key="key")
    assert "hush" not in repr(remote())


def test_naming_the_connector_loads_no_sdk() -> None:
    code = "import sys, crmbridge_salesforce.plugin; print('simple_salesforce' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_the_plugin_makes_a_connector_without_opening_a_connection() -> None:
    door: ConnectorPlugin = plugin
    connector = door.connect(remote(), FieldNames())
    assert (connector.name, connector.side, connector.calls) == ("salesforce", "sales", 0)
    assert [stream.name for stream in connector.streams if stream.hot] == ["changes"]
    assert connector.start("changes", BEGINNING).watermark == BEGINNING
    connector.close()
