"""Access tokens and whose they are. Salesforce contract §2."""

from __future__ import annotations

import hashlib


class Sessions:
    """Live sessions of one org; a token that is not live is answered with 401."""

    def __init__(self, org_id: str) -> None:
        self._org_id = org_id
        self._users: dict[str, str] = {}
        self._opened = 0

    def open(self, user_id: str) -> str:
        """A new opaque token for the user; other tokens of that user stay valid."""
        self._opened += 1
        seed = f"{self._org_id}.{user_id}.{self._opened}"
        token = f"{self._org_id[:15]}!AQ{hashlib.sha256(seed.encode()).hexdigest()}"
        self._users[token] = user_id
        return token

    def live(self) -> tuple[int, dict[str, str]]:
        """How many were opened so far, and the user's id by token of those that are live."""
        return self._opened, dict(self._users)

    def go_on_from(self, opened: int, live: dict[str, str]) -> None:
        """Continue where another org stopped."""
        self._opened = opened
        self._users = dict(live)

    def user_of(self, token: str) -> str | None:
        """The user's id, or None if the token was never or is no longer valid."""
        return self._users.get(token)

    def expire_of(self, user_id: str) -> int:
        """End every session of a user; answers how many ended."""
        ended = [token for token, user in self._users.items() if user == user_id]
        return sum(self.expire(token) for token in ended)

    def expire(self, token: str | None = None) -> int:
        """End one session, or all of them; answers how many ended."""
        if token is not None:
            return 1 if self._users.pop(token, None) else 0
        ended = len(self._users)
        self._users.clear()
        return ended
