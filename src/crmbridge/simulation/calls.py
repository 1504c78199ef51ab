"""Counts the API calls a simulator received, so that the cost of a cycle can be asserted."""

from __future__ import annotations

import re
import threading
from collections import Counter

_ID = re.compile(
    r"""\d+                                     # HubSpot record, list and owner ids
      | [^/]*@[^/]*                             # an e-mail address used as an id
      | (?=[A-Za-z]*\d)[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?   # Salesforce record ids
    """,
    re.VERBOSE,
)


def collapse_ids(path: str) -> str:
    """The path with every segment that looks like a record id replaced by ``{id}``.

    >>> collapse_ids("/crm/v3/objects/contacts/701")
    '/crm/v3/objects/contacts/{id}'
    """
    parts = path.split("/")
    return "/".join("{id}" if _ID.fullmatch(part) else part for part in parts)


class CallCounter:
    """Totals since the last reset; thread-safe. Counts arrivals, answered or not."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_token: Counter[str] = Counter()
        self._by_route: Counter[str] = Counter()

    def record(self, *, token: str, route: str) -> None:
        """Count one call by the caller labelled ``token`` to ``route`` ("GET /path/{id}")."""
        with self._lock:
            self._by_token[token] += 1
            self._by_route[route] += 1

    def reset(self) -> None:
        """Start counting from zero."""
        with self._lock:
            self._by_token.clear()
            self._by_route.clear()

    @property
    def total(self) -> int:
        """All calls since the last reset."""
        with self._lock:
            return self._by_token.total()

    @property
    def by_token(self) -> dict[str, int]:
        """Calls per token label."""
        with self._lock:
            return dict(sorted(self._by_token.items()))

    @property
    def by_route(self) -> dict[str, int]:
        """Calls per "METHOD /path/template"."""
        with self._lock:
            return dict(sorted(self._by_route.items()))
