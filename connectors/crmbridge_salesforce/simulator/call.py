"""One REST call and its reply, apart from HTTP, so that composite can make calls of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crmbridge_salesforce.simulator.actor import Actor
from crmbridge_salesforce.simulator.errors import ApiError, json_error


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call below ``/services/data/vNN.0``; header names are in lower case.

    ``whole`` says that the call is part of an all-or-nothing series, whatever its own body
    says about allOrNone.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    user_id: str
    version: str
    actor: Actor
    whole: bool = False

    @property
    def root(self) -> str:
        """The root of the API version the call was made with."""
        return f"/services/data/v{self.version}"

    def object_body(self) -> dict[str, Any]:
        """The body, which must be a JSON object."""
        if not isinstance(self.body, dict):
            raise json_error(
                "The HTTP entity body is required, but this request has no entity body."
            )
        return self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer; ``body`` None is an empty one. ``failed`` makes a series roll back.

    With a ``media_type`` the body is text of that type, else JSON.
    """

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    failed: bool = False
    media_type: str | None = None


def error_reply(error: ApiError) -> Reply:
    """The reply of a refused call."""
    return Reply(status=error.status, body=error.body(), failed=True)


def parse_json(raw: bytes) -> Any:
    """The JSON of a body, None for an empty one; raises JSON_PARSER_ERROR."""
    if not raw.strip():
        return None
    try:
        return json.loads(raw)
    except json.JSONDecodeError as error:
        found = error.doc[error.pos : error.pos + 1]
        seen = f"character ('{found}' (code {ord(found)}))" if found else "end-of-input"
        message = f"Unexpected {seen}: {error.msg} at [line:{error.lineno}, column:{error.colno}]"
        raise json_error(message) from None
    except UnicodeDecodeError:
        raise json_error("Invalid UTF-8 in the request body at [line:1, column:1]") from None


def flag(value: object, name: str) -> bool:
    """A boolean of a body or query parameter, false if absent; raises JSON_PARSER_ERROR."""
    if value is None or isinstance(value, bool):
        return bool(value)
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise json_error(f"Cannot deserialize instance of boolean from value of {name}")
