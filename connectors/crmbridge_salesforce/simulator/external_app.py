"""The external client app through which clients log in. Salesforce contract §2."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class ExternalApp:
    """``public_key`` (PEM) checks signed requests where given; ``rotates`` replaces a refresh
    token whenever it is used."""

    public_key: str | None = None
    rotates: bool = False
    refresh_tokens: dict[str, str] = field(default_factory=dict)
    _issued: int = 0

    def issued(self) -> tuple[int, dict[str, str]]:
        """How many refresh tokens were issued, and the user's id by token of the valid ones."""
        return self._issued, dict(self.refresh_tokens)

    def go_on_from(self, issued: int, tokens: dict[str, str]) -> None:
        """Continue where another app stopped."""
        self._issued = issued
        self.refresh_tokens = dict(tokens)

    def issue(self, user_id: str) -> str:
        """A new refresh token of the user."""
        self._issued += 1
        token = "5Aep" + hashlib.sha256(f"{user_id}.{self._issued}".encode()).hexdigest()
        self.refresh_tokens[token] = user_id
        return token
