"""The wire to one HubSpot portal: token, timeouts, pacing and errors, over the vendor's SDK.

One held API object serves every call, with raw JSON in and out: each attribute access of the
SDK would build a new connection pool, and its typed parsing costs nine times as much.
HubSpot contract §14.
"""

from __future__ import annotations

import email.utils
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import hubspot
import orjson
import urllib3
from urllib3.exceptions import HTTPError
from urllib3.util import Retry

from crmbridge.breaker import SERVER_FAULT, Breaker
from crmbridge.budget import Budget
from crmbridge.errors import RetryableError
from crmbridge_hubspot.errors import read_answer, translate
from crmbridge_hubspot.logins import Logins
from crmbridge_hubspot.pacing import Pace
from crmbridge_hubspot.paths import path_in
from crmbridge_hubspot.settings import HubSpotSettings

_SEARCH = "/search"
_USAGE = "/account-info/v3/api-usage/daily/private-apps"
_BURST = "X-HubSpot-RateLimit"
_DAILY = f"{_BURST}-Daily"
_SHARE = 0.95
"""Of the calls that a moment allows: HubSpot counts when they arrive, we when they leave."""
_UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A successful answer: its JSON body, status, and the portal's own time."""

    status: int
    body: dict[str, Any]
    at: datetime


class HubSpotClient:
    """Calls HubSpot's REST paths; thread-safe. ``calls`` counts every request sent."""

    def __init__(self, settings: HubSpotSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._searches = Pace(1.0, max(1, int(settings.searches_per_second)))
        self._others = Pace(10.0)
        self.calls = 0
        self.budget = Budget(system="hubspot", reserve=settings.daily_reserve)
        self.breaker = Breaker("hubspot")
        self._at = 0.0
        self._zone: ZoneInfo | None = None
        client = hubspot.Client.create(
            # Every call bears the token of the moment.
            access_token="",
            host=settings.base_url,
            # Without it the SDK's other door would aim at api.hubapi.com.
            base_url=settings.base_url,
            retry=Retry(total=0, redirect=False, raise_on_status=False),
        )
        self._api = client.crm.contacts.basic_api.api_client
        self._timeout = urllib3.Timeout(
            connect=settings.connect_timeout, read=settings.read_timeout
        )
        self._logins = Logins(settings, self._post_form, lambda: self._at)

    def get(self, path: str, **query: Any) -> Reply:
        """GET with query parameters; ``None`` ones are left out."""
        pairs = [(name, value) for name, value in query.items() if value is not None]
        return self.call("GET", path, query=pairs)

    def post(self, path: str, body: Any) -> Reply:
        """POST of a JSON body."""
        return self.call("POST", path, body=body)

    def put(self, path: str, body: Any) -> Reply:
        """PUT of a JSON body."""
        return self.call("PUT", path, body=body)

    def call(
        self,
        method: str,
        path: str,
        *,
        query: list[tuple[str, Any]] | None = None,
        body: Any = None,
    ) -> Reply:
        """One request. Raises the error that the answer, or its absence, means; a 207 is an
        answer, its rows' errors are in the body."""
        self.breaker.admit()
        if self.budget.is_spent:
            self._look_at_usage()
        return self._call(method, path, query, body)

    def _look_at_usage(self) -> None:
        """Whether the day has turned; costs one call."""
        usage = self._call("GET", _USAGE, None, None).body.get("results") or ()
        for each in usage:
            self._note(int(each["currentUsage"]), int(each["usageLimit"]))
        if self.budget.is_spent:
            raise self.budget.as_error()

    def _call(
        self, method: str, path: str, query: list[tuple[str, Any]] | None, body: Any
    ) -> Reply:
        pace = self._searches if path.endswith(_SEARCH) else self._others
        url = self._url(path)
        if query:
            url += "?" + urlencode(query)
        content = json.dumps(body).encode() if body is not None else None
        what = f"{method} {_anonymous(path)}"
        token = self._logins.token()
        answer = self._send(method, url, content, token, pace)
        if answer.status == _UNAUTHORIZED:
            other = self._logins.renew(token)
            if other is not None:
                answer = self._send(method, url, content, other, pace)
        if answer.status >= 300:
            raise translate(read_answer(answer.status, answer.data, answer.headers), what)
        self._logins.succeeded()
        at = _date(answer.headers.get("Date"))
        self._at = at.timestamp()
        self._note_usage(answer.headers)
        return Reply(status=answer.status, body=_parse(answer.data, what), at=at)

    def _send(
        self, method: str, url: str, content: bytes | None, token: str, pace: Pace
    ) -> urllib3.BaseHTTPResponse:
        pace.wait()
        with self._lock:
            self.calls += 1
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }
        try:
            answer = self._request(method, url, content, headers)
        except HTTPError as error:
            kind = type(getattr(error, "reason", None) or error).__name__
            raise RetryableError(
                f"hubspot: no answer from {self._settings.base_url} ({kind}): "
                "check hubspot.base_url and the network"
            ) from error
        if answer.status < SERVER_FAULT:
            self.breaker.answered()
        return answer

    def _post_form(self, path: str, content: bytes) -> urllib3.BaseHTTPResponse:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self._request("POST", self._settings.base_url + path, content, headers)
        self._at = _date(answer.headers.get("Date")).timestamp()
        return answer

    def _request(
        self, method: str, url: str, content: bytes | None, headers: dict[str, str]
    ) -> urllib3.BaseHTTPResponse:
        try:
            answer: urllib3.BaseHTTPResponse = self._api.rest_client.pool_manager.request(
                method, url, body=content, headers=headers, timeout=self._timeout, redirect=False
            )
        except HTTPError as error:
            self.breaker.failed(type(getattr(error, "reason", None) or error).__name__)
            raise
        if answer.status >= SERVER_FAULT:
            self.breaker.failed(f"status {answer.status}")
        return answer

    def _url(self, path: str) -> str:
        return self._settings.base_url + path_in(self._settings.path_family, path)

    def _note_usage(self, headers: Mapping[str, str]) -> None:
        """What is left of the day, which OAuth apps are not told, and how many calls the portal
        takes in a moment, which searches are not told."""
        total, left = headers.get(_DAILY), headers.get(f"{_DAILY}-Remaining")
        if total and left and total.isdecimal() and left.isdecimal():
            self._note(int(total) - int(left), int(total))
        most, span = headers.get(f"{_BURST}-Max"), headers.get(f"{_BURST}-Interval-Milliseconds")
        if most and span and most.isdecimal() and span.isdecimal():
            self._others.allow(int(int(most) * _SHARE), int(span) / 1000)

    def keep_zone(self, name: str) -> None:
        """In which time zone the account's day turns; an unknown one leaves it open when."""
        try:
            self._zone = ZoneInfo(name)
        except (ValueError, ZoneInfoNotFoundError):
            self._zone = None

    def _note(self, used: int, total: int) -> None:
        at = datetime.fromtimestamp(self._at, UTC)
        midnight = None
        if self._zone is not None:
            tomorrow = at.astimezone(self._zone).date() + timedelta(days=1)
            midnight = datetime.combine(tomorrow, time(), self._zone).astimezone(UTC)
        self.budget.note(used, total, at, midnight)

    def close(self) -> None:
        """Close the pooled connections."""
        self._api.rest_client.pool_manager.clear()


def _parse(data: bytes, what: str) -> dict[str, Any]:
    if not data:
        return {}
    try:
        body = _loads(data)
    except ValueError as error:
        raise RetryableError(f"hubspot: {what} answered something that is not JSON") from error
    if not isinstance(body, dict):
        raise RetryableError(f"hubspot: {what} answered JSON of an unknown shape")
    return body


def _loads(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        # Half an emoji, cut at a length limit, is JSON to the standard library alone.
        return json.loads(data)


def _date(header: str | None) -> datetime:
    """The portal's time, whole seconds; our own where a proxy dropped the header."""
    if header:
        try:
            return email.utils.parsedate_to_datetime(header).astimezone(UTC)
        except ValueError:
            pass
    return datetime.now(UTC)


def _anonymous(path: str) -> str:
    """The path without what may be an address: errors and logs never show one."""
    return "/".join("…" if "@" in part or "%40" in part else part for part in path.split("/"))
