"""Asks for a token, flow by flow. Keeps nothing but a rotated refresh token. Contract §2."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import jwt
import requests

from crmbridge.errors import ConfigError
from crmbridge.token_file import TokenFile
from crmbridge_salesforce.settings import Flow, SalesforceSettings

_ASSERTION_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ASSERTION_LIFE: Final = timedelta(minutes=3)
"""Most clients use three minutes; what Salesforce takes at most is not documented."""


def ask(http: requests.Session, settings: SalesforceSettings, now: datetime) -> requests.Response:
    """The answer to one request for a token; ``now`` is the vendor's time as far as known.

    Raises ``ConfigError`` for a key or token file that cannot be used, and whatever
    ``requests`` does.
    """
    secret = settings.client_secret.get_secret_value() if settings.client_secret else ""
    match settings.flow:
        case Flow.SESSION:
            held = settings.session_id.get_secret_value() if settings.session_id else ""
            return http.get(
                f"{settings.base_url}/services/oauth2/userinfo",
                headers={"Authorization": f"Bearer {held}"},
                allow_redirects=False,
            )
        case Flow.CLIENT_CREDENTIALS:
            form, auth = {"grant_type": "client_credentials"}, (settings.client_id or "", secret)
            return http.post(settings.token_url, data=form, auth=auth, allow_redirects=False)
        case Flow.JWT:
            form = {"grant_type": _ASSERTION_GRANT, "assertion": _assertion(settings, now)}
        case Flow.REFRESH_TOKEN:
            form = {
                "grant_type": "refresh_token",
                "client_id": settings.client_id or "",
                "refresh_token": _kept(settings).read(),
                **({"client_secret": secret} if secret else {}),
            }
    return http.post(settings.token_url, data=form, allow_redirects=False)


def keep_rotated(settings: SalesforceSettings, granted: dict[str, Any]) -> None:
    """Write a new refresh token where the next process finds it: the old one is spent.

    Raises ``ConfigError`` where it cannot be kept; the session at hand is good all the same.
    """
    rotated = granted.get("refresh_token")
    if settings.flow is Flow.REFRESH_TOKEN and rotated:
        _kept(settings).keep(str(rotated))


def _kept(settings: SalesforceSettings) -> TokenFile:
    return TokenFile(section="salesforce", path=settings.token_file, first=settings.refresh_token)


def _assertion(settings: SalesforceSettings, now: datetime) -> str:
    path = settings.key_file or Path()
    claims = {
        "iss": settings.client_id,
        "sub": settings.username,
        "aud": settings.signed_for,
        "exp": int((now + _ASSERTION_LIFE).timestamp()),
    }
    try:
        return jwt.encode(claims, path.read_bytes(), algorithm="RS256")
    except OSError as error:
        raise ConfigError(
            f"salesforce.key_file: {path} cannot be read ({error.strerror})"
        ) from None
    except (ValueError, TypeError, jwt.InvalidKeyError):
        raise ConfigError(
            f"salesforce.key_file: {path} is no RSA private key in PEM form without a passphrase"
        ) from None
