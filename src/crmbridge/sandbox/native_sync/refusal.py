"""A simulated CRM refuses the native sync something: what HubSpot shows as a sync error."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import requests


class Refusal(Exception):
    """One record was not synced. ``message`` quotes no value."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def checked(answer: requests.Response) -> Any:
    """The JSON of an answer; raises ``Refusal`` for any but a good one."""
    if not answer.ok:
        # Without its query, which may name people.
        path = urlsplit(answer.url).path
        raise Refusal(f"{answer.status_code} from {answer.request.method} {path}")
    return answer.json() if answer.content else {}
