"""The token that calls are authorized with: a fixed one, or one that is refreshed. Contract §2."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import urllib3
from urllib3.exceptions import HTTPError

from crmbridge.errors import AuthError, ConfigError, RetryableError
from crmbridge.token_file import TokenFile
from crmbridge_hubspot.errors import plain_word
from crmbridge_hubspot.paths import path_in
from crmbridge_hubspot.settings import Flow, HubSpotSettings

_MARGIN: Final = 120.0
"""Seconds before its end in which a token is no longer used: the end is never met in a call."""

_SETTINGS: Final = {
    "BAD_CLIENT_ID": "hubspot.client_id, hubspot.client_secret: HubSpot knows no such app",
    "BAD_CLIENT_SECRET": "hubspot.client_secret: HubSpot refuses the app's secret",
    "BAD_REFRESH_TOKEN": (
        "hubspot.refresh_token: the token was revoked or belongs to another app: install the app "
        "again, and remove token_file if it holds an older one"
    ),
}
"""HubSpot's word for a refused refresh → the setting to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Access:
    """An access token, when it was granted by the portal's time and by our own, and how long it
    lives."""

    token: str
    granted: float
    since: float
    life: float

    def is_ending(self, now: float) -> bool:
        """Whether its end is near. The portal's time, ``now``, stands still between calls; our
        own goes on."""
        age = max(now - self.granted, time.monotonic() - self.since)
        return age >= self.life - min(_MARGIN, self.life / 2)


class Logins:
    """Gives the token of the moment; one refresh serves any number of threads.

    ``send`` posts a form to a path and gives status and body back; ``clock`` is the portal's time
    in seconds, as far as it is known.
    """

    def __init__(
        self,
        settings: HubSpotSettings,
        send: Callable[[str, bytes], urllib3.BaseHTTPResponse],
        clock: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._send = send
        self._clock = clock
        self._lock = threading.Lock()
        self._access: _Access | None = None
        self._renewed: str | None = None
        self._kept = TokenFile(
            section="hubspot", path=settings.token_file, first=settings.refresh_token
        )

    def token(self) -> str:
        """The token to call with; refreshed before its end comes.

        Raises ``AuthError`` or ``ConfigError`` naming the setting to look at.
        """
        fixed = self._settings.token
        if fixed is not None:
            return fixed.get_secret_value()
        with self._lock:
            if self._access is None or self._access.is_ending(self._clock()):
                self._access = self._refresh()
            return self._access.token

    def renew(self, stale: str) -> str | None:
        """Another token than the one that was refused, if there can be one: ``None`` for a fixed
        one, and where no call has succeeded since the last renewal."""
        if self._settings.flow is Flow.TOKEN:
            return None
        with self._lock:
            if stale == self._renewed:
                return None
            if self._access is None or self._access.token == stale:
                self._access = self._refresh()
                self._renewed = self._access.token
            return self._access.token

    def succeeded(self) -> None:
        """A call was taken: the token is good."""
        self._renewed = None

    def _refresh(self) -> _Access:
        settings = self._settings
        used = self._kept.read()
        secret = settings.client_secret.get_secret_value() if settings.client_secret else ""
        form = {
            "grant_type": "refresh_token",
            "client_id": settings.client_id or "",
            "client_secret": secret,
            "refresh_token": used,
        }
        path = path_in(settings.path_family, "/oauth/v3/token")
        try:
            answer = self._send(path, urlencode(form).encode())
        except HTTPError as error:
            raise RetryableError(
                f"hubspot: nothing answers at {settings.base_url} ({type(error).__name__})"
            ) from None
        granted = _read(answer)
        rotated = granted.get("refresh_token")
        if rotated and rotated != used:
            self._kept.keep(str(rotated))
        return _Access(
            token=str(granted["access_token"]),
            granted=self._clock(),
            since=time.monotonic(),
            life=float(granted.get("expires_in") or 0),
        )


def _read(answer: urllib3.BaseHTTPResponse) -> dict[str, Any]:
    try:
        body = json.loads(answer.data)
    except ValueError:
        body = None
    said = body if isinstance(body, dict) else {}
    if answer.status == 200 and said.get("access_token"):
        return said
    if answer.status >= 500 or answer.status == 429:
        raise RetryableError(f"hubspot: refreshing the token: HubSpot answers {answer.status}")
    word = plain_word(said.get("status") or said.get("error"))
    if word in _SETTINGS:
        raise AuthError(f"{_SETTINGS[word]} [{word}]")
    if word:
        raise AuthError(f"hubspot.refresh_token: the refresh is refused [{answer.status} {word}]")
    raise ConfigError(f"hubspot.base_url: no HubSpot answers there [{answer.status}]")
