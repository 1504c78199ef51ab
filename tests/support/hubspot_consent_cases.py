"""Example calls about who may be mailed, with the client's models; it knows v3 only."""

from __future__ import annotations

from hubspot_case import Case, case, unmodelled

_PACKAGE, _ONE = "communication_preferences", "PublicSubscriptionStatus"
_OLD, _NEW = "/communication-preferences/v3", "/communication-preferences/v4"
_V4 = "the client has communication preferences v3 only"
_s = f"{_NEW}/statuses/ada@example.com"
_WISH = {
    "emailAddress": "ada@example.com",
    "subscriptionId": "{subscription}",
    "legalBasis": "CONSENT_WITH_NOTICE",
    "legalBasisExplanation": "asked for it",
}

CONSENT_CASES: dict[tuple[str, str], Case] = {
    ("GET", f"{_OLD}/definitions"): case(
        f"{_OLD}/definitions", _PACKAGE, "SubscriptionDefinitionsResponse"
    ),
    ("GET", f"{_OLD}/status/email/{{email}}"): case(
        f"{_OLD}/status/email/ada@example.com", _PACKAGE, "PublicSubscriptionStatusesResponse"
    ),
    ("POST", f"{_OLD}/subscribe"): case(f"{_OLD}/subscribe", _PACKAGE, _ONE, _WISH),
    ("POST", f"{_OLD}/unsubscribe"): case(f"{_OLD}/unsubscribe", _PACKAGE, _ONE, _WISH),
    ("GET", f"{_NEW}/definitions"): unmodelled(f"{_NEW}/definitions", _V4),
    ("GET", f"{_NEW}/statuses/{{email}}"): unmodelled(f"{_s}?channel=EMAIL", _V4),
    ("POST", f"{_NEW}/statuses/{{email}}"): unmodelled(
        _s,
        _V4,
        {"subscriptionId": "{subscription}", "statusState": "UNSUBSCRIBED", "channel": "EMAIL"},
    ),
    ("GET", f"{_NEW}/statuses/{{email}}/unsubscribe-all"): unmodelled(
        f"{_s}/unsubscribe-all?channel=EMAIL", _V4
    ),
    ("POST", f"{_NEW}/statuses/{{email}}/unsubscribe-all"): unmodelled(
        f"{_s}/unsubscribe-all?channel=EMAIL", _V4
    ),
}
