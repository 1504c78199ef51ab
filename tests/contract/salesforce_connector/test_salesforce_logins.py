"""Every way to log in, against an org that checks it. Contract §2."""

from __future__ import annotations

import stat
import threading
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr, ValidationError

from crmbridge.errors import AuthError, ConfigError, CrmBridgeError
from crmbridge_salesforce.client import SalesforceClient
from crmbridge_salesforce.settings import Flow, SalesforceSettings

if TYPE_CHECKING:
    from tests.contract.salesforce_connector.conftest import Org

USER = "rita@acme.example"


class Keys:
    """A key pair of an app, and another one that the app does not know."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.public = self._make("app.pem")
        self._make("other.pem")

    def _make(self, name: str) -> str:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        plain = serialization.NoEncryption()
        form = serialization.PrivateFormat.PKCS8
        pem = key.private_bytes(serialization.Encoding.PEM, form, plain)
        (self.folder / name).write_bytes(pem)
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return public.decode()

    def path(self, name: str = "app.pem") -> Path:
        return self.folder / name


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"))


def settings(org: Org, flow: Flow, **more: Any) -> SalesforceSettings:
    given: dict[str, Any] = {"base_url": org.base_url, "client_id": org.world.consumer_key}
    return SalesforceSettings(**{**given, "flow": flow, **more})


def signed(org: Org, keys: Keys, **more: Any) -> SalesforceSettings:
    username = org.world.user(org.us.id)["Username"]
    given = {"username": username, "key_file": keys.path(), **more}
    return settings(org, Flow.JWT, **given)


def logged_in(given: SalesforceSettings) -> str:
    """The user as whom these settings log in and query."""
    client = SalesforceClient(given)
    try:
        client.query("query", "SELECT Id FROM Lead")
        return client.login().user_id
    finally:
        client.close()


def refused(given: SalesforceSettings) -> CrmBridgeError:
    with pytest.raises(CrmBridgeError) as caught:
        logged_in(given)
    assert "\n" not in str(caught.value)
    return caught.value


# -- signed requests ---------------------------------------------------------------------------


def test_a_signed_request_logs_in_as_its_user_even_by_a_clock_that_is_off(
    org: Org, keys: Keys
) -> None:
    # The org lives in March 2026, this machine does not: the first answer tells the time.
    org.sim("app", public_key=keys.public)
    assert logged_in(signed(org, keys)) == org.us.id
    assert org.world.calls.by_route["POST /services/oauth2/token"] == 2


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"username": "nobody@acme.example"}, "salesforce.username: the org does not take"),
        ({"key_file": "other.pem"}, "salesforce.key_file: the app holds another certificate"),
        ({"client_id": "3MVG9.x"}, "salesforce.client_id: the org knows no such consumer key"),
        ({"audience": "https://evil.example"}, "that base_url or audience is right"),
    ],
)
def test_a_refused_signature_names_the_setting(
    org: Org, keys: Keys, change: dict[str, str], says: str
) -> None:
    org.sim("app", public_key=keys.public)
    if "key_file" in change:
        change = {**change, "key_file": str(keys.path(change["key_file"]))}
    error = refused(signed(org, keys, **change))
    assert isinstance(error, AuthError)
    assert says in str(error)


def test_a_key_that_is_none_names_the_file(org: Org, keys: Keys, tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("this is no key")
    wrong = refused(signed(org, keys, key_file=tmp_path / "no.pem"))
    missing = refused(signed(org, keys, key_file=tmp_path / "gone.pem"))
    assert "is no RSA private key in PEM form" in str(wrong)
    assert "cannot be read (No such file or directory)" in str(missing)
    assert {ConfigError} == {type(wrong), type(missing)}


def test_the_audience_is_the_login_host_or_that_of_sandboxes(keys: Keys) -> None:
    given: dict[str, Any] = {"client_id": "k", "username": USER, "key_file": keys.path()}
    hosts = ("acme.my.salesforce.com", "acme--uat.sandbox.my.salesforce.com")
    made = [SalesforceSettings(base_url=f"https://{h}", flow=Flow.JWT, **given) for h in hosts]
    assert ["https://login.salesforce.com", "https://test.salesforce.com"] == [
        each.signed_for for each in made
    ]


def test_the_simulator_takes_no_request_that_is_over_or_lasts_too_long(
    org: Org, keys: Keys
) -> None:
    org.sim("app", public_key=keys.public)
    pem, now = keys.path().read_bytes(), org.world.clock.now()
    answers = []
    for life in (-1, 180, 900):
        claims = {
            "iss": org.world.consumer_key,
            "sub": org.world.user(org.us.id)["Username"],
            "aud": "https://login.salesforce.com",
            "exp": int((now + timedelta(seconds=life)).timestamp()),
        }
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": jwt.encode(claims, pem, algorithm="RS256"),
        }
        answer = requests.post(f"{org.base_url}/services/oauth2/token", data=form, timeout=10)
        answers.append((answer.status_code, answer.json().get("error")))
        assert "refresh_token" not in answer.json()
    assert [(400, "invalid_grant"), (200, None), (400, "invalid_grant")] == answers


# -- refresh tokens ----------------------------------------------------------------------------


def test_a_rotated_token_is_kept_for_the_next_process(org: Org, tmp_path: Path) -> None:
    org.sim("app", rotates=True)
    first = org.sim("refresh_token", user_id=org.us.id)["refresh_token"]
    path = tmp_path / "token"
    given = settings(org, Flow.REFRESH_TOKEN, refresh_token=SecretStr(first), token_file=path)
    assert [org.us.id] * 3 == [logged_in(given) for _ in range(3)]
    assert path.read_text() != first
    assert path.read_text() in org.world.app.refresh_tokens
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [path] == list(tmp_path.iterdir())


def test_a_token_that_is_not_rotated_needs_no_file(org: Org) -> None:
    token = org.sim("refresh_token", user_id=org.us.id)["refresh_token"]
    given = settings(org, Flow.REFRESH_TOKEN, refresh_token=SecretStr(token))
    assert [org.us.id] * 2 == [logged_in(given) for _ in range(2)]


def test_a_rotated_token_without_a_file_is_said(org: Org) -> None:
    org.sim("app", rotates=True)
    token = org.sim("refresh_token", user_id=org.us.id)["refresh_token"]
    error = refused(settings(org, Flow.REFRESH_TOKEN, refresh_token=SecretStr(token)))
    assert isinstance(error, ConfigError)
    assert "needs a file to be kept in" in str(error)


def test_a_spent_token_says_so_and_is_never_shown(org: Org, tmp_path: Path) -> None:
    spent = refused(settings(org, Flow.REFRESH_TOKEN, refresh_token=SecretStr("5AepSpent")))
    missing = refused(settings(org, Flow.REFRESH_TOKEN, token_file=tmp_path / "none"))
    unwritable = refused(
        settings(
            org,
            Flow.REFRESH_TOKEN,
            refresh_token=SecretStr(_rotating(org)),
            token_file=tmp_path / "no" / "where",
        )
    )
    assert "the token has expired or was revoked" in str(spent)
    assert "5AepSpent" not in f"{spent} {spent.detail}"
    assert "no refresh_token is set" in str(missing)
    assert "cannot be written" in str(unwritable)


def _rotating(org: Org) -> str:
    org.sim("app", rotates=True)
    return str(org.sim("refresh_token", user_id=org.us.id)["refresh_token"])


# -- ready sessions ----------------------------------------------------------------------------


def test_a_ready_session_is_used_as_it_is_and_its_end_is_said(org: Org) -> None:
    token = org.sim("session", user_id=org.us.id)["access_token"]
    given = settings(org, Flow.SESSION, client_id=None, session_id=SecretStr(token))
    client = SalesforceClient(given)
    client.query("query", "SELECT Id FROM Lead")
    org.sim("expire", all=True)
    with pytest.raises(AuthError) as caught:
        client.query("query", "SELECT Id FROM Lead")
    client.close()
    assert str(caught.value) == "salesforce.session_id: the session has ended: get a new one"


# -- which settings a flow needs ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"client_id": "k"}, "flow client_credentials needs client_secret"),
        ({"flow": "jwt", "client_id": "k", "username": "u"}, "flow jwt needs key_file"),
        ({"flow": "refresh_token", "client_id": "k"}, "needs refresh_token or token_file"),
        ({"flow": "session"}, "flow session needs session_id"),
        (
            {"flow": "session", "session_id": "s", "username": "u"},
            "flow session has no use for username",
        ),
        (
            {"client_id": "k", "client_secret": "s", "password": "p"},
            "logging in with a password is retired by Salesforce: use flow jwt",
        ),
    ],
)
def test_a_flow_says_what_it_lacks(given: dict[str, str], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        SalesforceSettings(base_url="https://acme.my.salesforce.com", **given)


def test_a_session_that_no_login_heals_ends_after_one_login_however_many_ask(
    org: Org, keys: Keys
) -> None:
    org.sim("app", public_key=keys.public)
    client = SalesforceClient(signed(org, keys))
    client.login()
    org.fault(
        "status",
        path="query",
        times=100,
        status=401,
        body=[{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}],
    )
    org.office.sim("calls/reset")
    errors: list[Exception] = []

    def ask() -> None:
        try:
            client.query("query", "SELECT Id FROM Lead")
        except AuthError as error:
            errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client.close()
    assert len(errors) == 8
    assert org.world.calls.by_route["POST /services/oauth2/token"] == 1
