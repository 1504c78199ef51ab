"""Talks to one org: login, transport, call counting. Knows no object and no field.

Built on ``simple-salesforce`` within the limits of Salesforce contract §15: the token is our
own, refreshed once under a lock, and only plain REST calls are used.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError

from crmbridge.breaker import SERVER_FAULT, Breaker
from crmbridge.budget import Budget
from crmbridge.clock import WallClock
from crmbridge.errors import AuthError, ConfigError, RetryableError
from crmbridge_salesforce.errors import LOGIN_SETTINGS, Refusal, as_error, read_refusal
from crmbridge_salesforce.logins import ask, keep_rotated
from crmbridge_salesforce.settings import Flow, SalesforceSettings

_IDENTITY = re.compile(r"/id/(00D\w{15})/(005\w{15})$")
_ENDED = Refusal(code="INVALID_SESSION_ID", status=401)
_CREATED = 201
_Timeout = float | tuple[float, float] | tuple[float, None] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subrequest:
    """One call inside a composite; ``url`` is host-relative, from ``/services/data`` on."""

    url: str
    method: str = "GET"
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subanswer:
    """The answer to one subrequest; check ``refusal`` before using ``body``."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def refusal(self) -> Refusal | None:
        """What was refused, else ``None``."""
        return read_refusal(self.status, self.body) if self.status >= 300 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A session of the integration user, with the SDK object that carries it."""

    token: str
    org_id: str
    user_id: str
    sdk: Salesforce


class _Transport(HTTPAdapter):
    """Default timeouts, the vendor's clock, and plain http to a loopback org.

    The SDK hard-codes https; a simulated org on loopback has no certificate. Contract §15.
    """

    def __init__(
        self, client: SalesforceClient, timeout: tuple[float, float], *, plain: bool
    ) -> None:
        self._client = client
        self._timeout = timeout
        self._plain = plain
        super().__init__(pool_maxsize=8)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: _Timeout = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        if self._plain and request.url and request.url.startswith("https://"):
            request.url = "http://" + request.url.removeprefix("https://")
        answer = super().send(request, stream, timeout or self._timeout, verify, cert, proxies)
        self._client.note_date(answer.headers.get("Date"))
        return answer


class _Session(requests.Session):
    """Follows no redirect: whoever answers in the org's name must not choose who is asked next,
    or who is sent the fields of a person once more."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        return None


class _Sdk(Salesforce):
    """The SDK with a faster reader of JSON: a page of leads is mostly that."""

    def parse_result_to_json(self, result: requests.Response) -> Any:
        if result.headers.get("Content-Type", "").startswith("text/csv"):
            return {"csv": result.content.decode()}
        if result.status_code == _CREATED and not result.content:
            return {}
        try:
            return orjson.loads(result.content)
        except orjson.JSONDecodeError:
            # Half an emoji, cut at a length limit, is JSON to the standard library alone.
            return json.loads(result.content)


class SalesforceClient:
    """One org as one integration user; safe to use from several threads.

    Errors come out of the table in ``errors``; a dropped connection, a timeout and whatever is
    no JSON are ``RetryableError``.
    """

    def __init__(self, settings: SalesforceSettings) -> None:
        self._settings = settings
        self.root = f"/services/data/{settings.api_version}"
        self.calls = 0
        self.budget = Budget(system="salesforce", reserve=settings.daily_reserve, rolling=True)
        self.breaker = Breaker("salesforce")
        self._date: datetime | None = None
        self._login: Login | None = None
        self._renewed: str | None = None
        self._lock = threading.Lock()
        plain = settings.base_url.startswith("http://")
        timeout = (settings.connect_timeout, settings.read_timeout)
        self._http = _Session()
        # A loopback org is never behind the proxy that the environment names.
        self._http.trust_env = not plain
        self._http.mount("https://", _Transport(self, timeout, plain=plain))
        self._http.mount("http://", _Transport(self, timeout, plain=plain))

    @property
    def answered_at(self) -> datetime:
        """The vendor's own clock at its latest answer; the wall's before the first one."""
        return self._date or WallClock().now()

    def note_date(self, header: str | None) -> None:
        """Keep the ``Date`` of an answer, in UTC."""
        if header:
            self._date = parsedate_to_datetime(header).astimezone(UTC)

    def login(self) -> Login:
        """The present session, opened if there is none. Raises ``AuthError``,
        ``ConfigError`` or ``RetryableError`` naming the setting to look at."""
        return self._session(stale=None)

    def close(self) -> None:
        """Give back the sockets."""
        self._http.close()

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The JSON answer of one REST call below the version root (``None`` if empty); a CSV
        answer stands under ``csv``. A ``body`` of bytes is CSV, any other is sent as JSON.

        Raises ``BudgetExhausted`` while only the reserve of the day's requests is left; whether
        it still is so costs one request to find out.
        """
        self.breaker.admit()
        if self.budget.is_spent:
            self._look_at_limits()
        return self._call(method, path, body, headers)

    def define(self, method: str, path: str, body: Any) -> Any:
        """The same for definitions of fields, which hold nobody's values: here the org's own words
        stand in the ``detail`` of the error."""
        self.breaker.admit()
        return self._call(method, path, body, None, quotes=True)

    def _look_at_limits(self) -> None:
        daily = self._call("GET", "limits", None, None)["DailyApiRequests"]
        used = int(daily["Max"]) - int(daily["Remaining"])
        self.budget.note(used, int(daily["Max"]), self.answered_at)
        if self.budget.is_spent:
            raise self.budget.as_error()

    def _call(
        self,
        method: str,
        path: str,
        body: Any,
        headers: Mapping[str, str] | None,
        *,
        quotes: bool = False,
    ) -> Any:
        login = self.login()
        try:
            return self._send(login, method, path, body, headers)
        except SalesforceError as error:
            refusal = read_refusal(error.status, error.content)
            if error.status != 401 or not refusal.heals:
                known = as_error(_as_session_end(refusal), f"{method} {_shown(path)}")
                known.detail = refusal.message if quotes else ""
                raise known from None
        login = self._session(stale=login.token)
        try:
            return self._send(login, method, path, body, headers)
        except SalesforceError as error:
            refusal = _as_session_end(read_refusal(error.status, error.content))
            raise as_error(refusal, f"{method} {_shown(path)}") from None

    def query(self, resource: str, soql: str) -> Any:
        """The first page of a query at ``query``, ``queryAll`` or ``tooling/query``."""
        return self.call("GET", f"{resource}?q={quote(soql, safe='')}")

    def composite(self, requests_: Sequence[Subrequest]) -> list[Subanswer]:
        """Up to 25 calls (5 of them queries or collections) for the price of one, in order.

        Contract §7. Each stands for itself: one that is refused does not touch the others.
        """
        body = {
            "allOrNone": False,
            "collateSubrequests": False,
            "compositeRequest": [
                {
                    "method": each.method,
                    "url": each.url,
                    "referenceId": f"r{number}",
                    **({"httpHeaders": dict(each.headers)} if each.headers else {}),
                    **({"body": each.body} if each.body is not None else {}),
                }
                for number, each in enumerate(requests_)
            ],
        }
        answer = self.call("POST", "composite", body)
        return [
            Subanswer(
                status=int(each["httpStatusCode"]),
                body=each["body"],
                headers=each.get("httpHeaders") or {},
            )
            for each in answer["compositeResponse"]
        ]

    def _send(
        self, login: Login, method: str, path: str, body: Any, headers: Mapping[str, str] | None
    ) -> Any:
        counted = 1
        try:
            sent = dict(headers or {})
            options: dict[str, Any] = {} if body is None else {"json": body}
            if isinstance(body, bytes):
                sent["Content-Type"] = "text/csv; charset=UTF-8"
                options = {"data": body}
            answer = login.sdk.restful(path, method=method, headers=sent, **options)
            self._renewed = None
            self.breaker.answered()
            return answer
        except SalesforceError as error:
            # A call without a valid session never reaches the org's allowance.
            counted = 0 if error.status == 401 else 1
            self._note_status(error.status)
            raise
        except (requests.RequestException, ValueError) as error:
            what = type(error).__name__
            self.breaker.failed(what)
            raise RetryableError(
                f"salesforce: {method} {_shown(path)}: no usable answer ({what})"
            ) from None
        finally:
            with self._lock:
                self.calls += counted
            used = login.sdk.api_usage.get("api-usage")
            if used is not None:
                self.budget.note(used.used, used.total, self.answered_at)

    def _note_status(self, status: int) -> None:
        """A refusal is an answer, unless the org owns up to a fault of its own."""
        if status >= SERVER_FAULT:
            self.breaker.failed(f"status {status}")
        else:
            self.breaker.answered()

    def _session(self, *, stale: str | None) -> Login:
        """The session, renewed if it still is the one that went ``stale``."""
        with self._lock:
            if stale is not None and stale == self._renewed:
                # The session was renewed and not one call succeeded with it: a login for every
                # call that still comes would end in a lockout.
                raise as_error(_ENDED, "login")
            if self._login is None or self._login.token == stale:
                self._login = self._log_in()
                self._renewed = self._login.token if stale is not None else None
            return self._login

    def _log_in(self) -> Login:
        settings = self._settings
        guessed = self._date is None
        answer = self._ask(self.answered_at)
        if settings.flow is Flow.JWT and answer.status_code == 400 and guessed and self._date:
            # Signed by a clock that is off? The answer told the vendor's: once more by that.
            answer = self._ask(self._date)
        granted = _json(answer)
        if answer.status_code != 200 or not isinstance(granted, dict):
            raise _login_error(answer.status_code, granted, settings)
        if settings.flow is Flow.SESSION and settings.session_id is not None:
            granted = {
                "access_token": settings.session_id.get_secret_value(),
                "id": f"/id/{granted.get('organization_id')}/{granted.get('user_id')}",
            }
        identity = _IDENTITY.search(str(granted.get("id", "")))
        if identity is None or not granted.get("access_token"):
            raise ConfigError(f"salesforce.base_url: {settings.base_url} is not a Salesforce org")
        keep_rotated(settings, granted)
        org_id, user_id = identity.groups()
        token = str(granted["access_token"])
        sdk = _Sdk(
            session_id=token,
            instance_url=str(granted.get("instance_url") or settings.base_url),
            version=settings.api_version.removeprefix("v"),
            session=self._http,
            object_pairs_hook=None,
        )
        # Pretty-printed answers are a third longer.
        sdk.headers.pop("X-PrettyPrint", None)
        return Login(token=token, org_id=org_id, user_id=user_id, sdk=sdk)

    def _ask(self, now: datetime) -> requests.Response:
        settings = self._settings
        named = "login_url" if settings.login_url else "base_url"
        address = settings.login_url or settings.base_url
        try:
            answer = ask(self._http, settings, now)
        except requests.exceptions.SSLError:
            raise ConfigError(
                f"salesforce.{named}: {address} shows a certificate we cannot trust"
            ) from None
        except requests.RequestException as error:
            self.breaker.failed(type(error).__name__)
            raise RetryableError(
                f"salesforce.{named}: nothing answers at {address} ({type(error).__name__})"
            ) from None
        # That logins are answered does not prove that calls are.
        if answer.status_code >= SERVER_FAULT:
            self.breaker.failed(f"status {answer.status_code}")
        return answer


def _as_session_end(refusal: Refusal) -> Refusal:
    """A 401 in any shape (the edge answers HTML or XML) is an ended session."""
    if refusal.status != 401:
        return refusal
    return Refusal(code="INVALID_SESSION_ID", message=refusal.message, status=401)


def _login_error(status: int, body: Any, settings: SalesforceSettings) -> Exception:
    refusal = read_refusal(status, body)
    if settings.flow is Flow.SESSION and status in (401, 403):
        return AuthError("salesforce.session_id: the session has ended: get a new one")
    setting = LOGIN_SETTINGS[settings.flow].get(refusal.code)
    if setting:
        return AuthError(f"{setting} [{refusal.code}]")
    if refusal.code.startswith("HTTP") and status < 500:
        address = settings.base_url
        return ConfigError(f"salesforce.base_url: {address} is not a Salesforce org [{status}]")
    if isinstance(body, dict):
        return AuthError(f"salesforce.client_id: the login is refused [{refusal.code}]")
    return as_error(refusal, "login")


def _json(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _shown(path: str) -> str:
    """The path without its query, which may hold values."""
    return urlsplit(path).path.strip("/")
