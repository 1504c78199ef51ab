"""A public app of the portal: its credentials, grants and what they were given for.

HubSpot contract §2. Access tokens live half an hour of world time; a refresh token stays the
same for as long as it is not revoked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crmbridge_hubspot.simulator.access import Access, Caller

Scopes = frozenset[str] | None
LIFETIME = timedelta(seconds=1_800)


@dataclass(slots=True, kw_only=True)
class OAuthApp:
    """Issues and revokes tokens; ``label`` names the caller in counts and faults."""

    access: Access
    client_id: str = "sim-client-id"
    client_secret: str = "sim-client-secret"
    redirect_uri: str = "https://crmbridge.example/callback"
    label: str = "oauth"
    _codes: dict[str, Scopes] = field(default_factory=dict)
    _refresh_tokens: dict[str, Scopes] = field(default_factory=dict)
    _issued: int = 0

    def authorize(self, scopes: Scopes = None) -> str:
        """A code as if an administrator had installed the app; it can be used once.

        ``scopes`` is what the administrator granted, None for everything.
        """
        code = self._next("code")
        self._codes[code] = scopes
        return code

    def redeem(self, code: str) -> str | None:
        """The refresh token for a code, None if it is unknown or used up."""
        if code not in self._codes:
            return None
        refresh_token = self._next("na1-refresh")
        self._refresh_tokens[refresh_token] = self._codes.pop(code)
        return refresh_token

    def knows(self, refresh_token: str) -> bool:
        """Whether a refresh token is good."""
        return refresh_token in self._refresh_tokens

    def scopes(self, refresh_token: str) -> Scopes:
        """What a good refresh token was granted; raises ``KeyError`` for another."""
        return self._refresh_tokens[refresh_token]

    def issue(self, refresh_token: str, now: datetime) -> Caller:
        """A new access token for a good refresh token."""
        return self.access.add(
            self.label,
            self._next("na1-access"),
            scopes=self.scopes(refresh_token),
            expires_at=now + LIFETIME,
        )

    def revoke(self, token: str) -> None:
        """End a refresh or an access token; unknown ones are ignored."""
        self._refresh_tokens.pop(token, None)
        caller = self.access.holder(token)
        if caller is not None and caller.expires_at is not None:
            self.access.remove(token)

    def _next(self, prefix: str) -> str:
        self._issued += 1
        return f"{prefix}-{self._issued}"
