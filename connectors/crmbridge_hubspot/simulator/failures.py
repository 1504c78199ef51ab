"""HubSpot's own ways to fail, by name, as rules of the shared fault machinery.

HubSpot contract §8 and §9. The bodies of 423 and 477 are not documented; they have the
general error envelope.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from crmbridge.simulation.faults import FaultAction, FaultRule

_CORRELATION_ID = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What a struck request is answered."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    path: str = ""

    def rule(
        self, *, path: str, method: str | None, token: str | None, skip: int, times: int | None
    ) -> FaultRule:
        """The rule that answers so; ``path`` "" means wherever this failure happens."""
        return FaultRule(
            action=FaultAction.STATUS,
            path=path or self.path,
            method=method,
            token=token,
            skip=skip,
            times=times,
            status=self.status,
            body=self.body,
            headers=self.headers,
        )


def _error(message: str, **more: str) -> dict[str, str]:
    return {"status": "error", "message": message, "correlationId": _CORRELATION_ID, **more}


def _own(status: int, body: Any, **headers: str) -> Failure:
    """A failure that HubSpot itself answers: its header repeats the body's correlation id."""
    told = {"X-HubSpot-Correlation-Id": _CORRELATION_ID}
    return Failure(status=status, body=body, headers={**told, **headers})


def _limit(words: str, policy: str, **more: str) -> Failure:
    body = _error(
        f"You have reached your {words}.",
        errorType="RATE_LIMIT",
        policyName=policy,
        groupName="publicapi:private-apps-api-calls",
        **more,
    )
    return _own(429, body)


def _cloudflare(status: int, title: str) -> Failure:
    page = (
        f"<!DOCTYPE html>\n<html><head><title>{status}: {title}</title></head>"
        f"<body><h1>Error {status}</h1><p>{title}</p></body></html>"
    )
    return Failure(status=status, body=page, headers={"Server": "cloudflare"})


_SEARCHES = "/search$"
_EXPIRED = {
    **_error(
        "The OAuth token used to make this call expired 75 second(s) ago.",
        category="EXPIRED_AUTHENTICATION",
    ),
    "context": {"expire time": ["2022-06-21T10:37:52.040Z"]},
}

FAILURES = {
    "ten_secondly": _limit("ten_secondly_rolling limit", "TEN_SECONDLY_ROLLING"),
    "daily": _limit("daily limit", "DAILY", requestId=_CORRELATION_ID),
    "search_secondly": replace(
        _own(429, _error("You have reached your secondly limit.", category="RATE_LIMITS")),
        path=_SEARCHES,
    ),
    # Some say that the refusal of a search names its policy as the others do.
    "search_secondly_policy": replace(_limit("secondly limit", "SECONDLY"), path=_SEARCHES),
    "expired_token": _own(401, _EXPIRED),
    "locked": _own(423, _error("The resource is locked by other writes.")),
    "migrating": _own(
        477,
        _error("The account is being moved to another data centre."),
        **{"Retry-After": "60"},
    ),
    "bad_gateway": _cloudflare(502, "Bad gateway"),
    "overloaded": _cloudflare(503, "Service temporarily unavailable"),
    "gateway_timeout": _cloudflare(504, "Gateway time-out"),
    "server_down": _cloudflare(521, "Web server is down"),
    "connection_timed_out": _cloudflare(522, "Connection timed out"),
    "unreachable": _cloudflare(523, "Origin is unreachable"),
    "timed_out": _cloudflare(524, "A timeout occurred"),
    "tls_handshake": _cloudflare(525, "SSL handshake failed"),
    "tls_certificate": _cloudflare(526, "Invalid SSL certificate"),
}
