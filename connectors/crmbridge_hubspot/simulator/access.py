"""Tokens, what each may do, and in whose name it writes. HubSpot contract §2 and §9."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from crmbridge_hubspot.simulator.errors import HubSpotError
from crmbridge_hubspot.simulator.instants import iso
from crmbridge_hubspot.simulator.records import Source

ANONYMOUS = "anonymous"
_MARKETER_USER_ID = 9_586_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The holder of one token; ``scopes`` None means all of them.

    Only a token given to a public app has ``expires_at``.
    """

    label: str
    token: str
    source: Source
    scopes: frozenset[str] | None = None
    expires_at: datetime | None = None

    @property
    def public_app(self) -> bool:
        """Whether it acts for an app that accounts install, not for the account itself."""
        return self.expires_at is not None


class Access:
    """The portal's tokens, each known by a label."""

    def __init__(self, tokens: Mapping[str, str] | None) -> None:
        self._by_token: dict[str, Caller] = {}
        for label in ("crmbridge", "marketer"):
            self.add(label, (tokens or {}).get(label))
        for label, token in (tokens or {}).items():
            if label not in ("crmbridge", "marketer"):
                self.add(label, token)

    def add(
        self,
        label: str,
        token: str | None = None,
        *,
        scopes: frozenset[str] | None = None,
        expires_at: datetime | None = None,
    ) -> Caller:
        """Issue a token; the one labelled ``marketer`` writes as a user in HubSpot's screens.

        Without ``token`` its value is made from the label, so that it is known beforehand.
        """
        if label == "marketer":
            user = _MARKETER_USER_ID
            source = Source(type="CRM_UI", id=f"userId:{user}", user_id=user)
        else:
            app_id = 1_000_000 + zlib.crc32(label.encode()) % 9_000_000
            source = Source(type="API", id=str(app_id), label=label)
        caller = Caller(
            label=label,
            token=token or f"pat-na1-sim-{label}",
            source=source,
            scopes=scopes,
            expires_at=expires_at,
        )
        self._by_token[caller.token] = caller
        return caller

    def token(self, label: str) -> str:
        """The token with this label; raises ``KeyError`` if there is none."""
        for caller in self._by_token.values():
            if caller.label == label:
                return caller.token
        raise KeyError(label)

    def holder(self, token: str) -> Caller | None:
        """Who was given this token, expired or not."""
        return self._by_token.get(token)

    def remove(self, token: str) -> None:
        """Forget a token; raises ``KeyError`` if there is none."""
        del self._by_token[token]

    def limit_scopes(self, label: str, scopes: frozenset[str] | None) -> None:
        """Take scopes away from a token, or give it all back with None."""
        token = self.token(label)
        self._by_token[token] = replace(self._by_token[token], scopes=scopes)

    def label_of(self, authorization: str | None) -> str:
        """The label behind an Authorization header, ``anonymous`` if it has none."""
        caller = self._by_token.get(_bearer(authorization))
        return caller.label if caller else ANONYMOUS

    def authenticate(self, authorization: str | None, now: datetime) -> Caller:
        """The caller behind an Authorization header; 401 if nobody is."""
        token = _bearer(authorization)
        if not token:
            raise HubSpotError(
                401,
                "Authentication credentials not found. This API supports OAuth 2.0 "
                "authentication and you can find more details at "
                "https://developers.hubspot.com/docs/methods/auth/oauth-overview",
                category="INVALID_AUTHENTICATION",
            )
        caller = self._by_token.get(token)
        if caller is None:
            raise HubSpotError(
                401,
                "The OAuth token used to make this call expired 20781 day(s) ago.",
                category="EXPIRED_AUTHENTICATION",
                context={"expire time": ["1970-01-01T00:00:00Z"]},
            )
        if caller.expires_at is not None and caller.expires_at <= now:
            seconds = int((now - caller.expires_at).total_seconds())
            raise HubSpotError(
                401,
                f"The OAuth token used to make this call expired {seconds} second(s) ago.",
                category="EXPIRED_AUTHENTICATION",
                context={"expire time": [iso(caller.expires_at)]},
            )
        return caller


def require_scope(caller: Caller, accepted: tuple[str, ...]) -> None:
    """403 unless the caller holds one of the ``accepted`` scopes (none needed if empty)."""
    if not accepted or caller.scopes is None or caller.scopes & set(accepted):
        return
    raise HubSpotError(
        403,
        "This app hasn't been granted all required scopes to make this call. "
        "Read more about required scopes here: https://developers.hubspot.com/scopes.",
        category="MISSING_SCOPES",
        errors=[
            {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredGranularScopes": list(accepted)},
            }
        ],
        links={"scopes": "https://developers.hubspot.com/scopes"},
    )


def _bearer(authorization: str | None) -> str:
    kind, _, token = (authorization or "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""
