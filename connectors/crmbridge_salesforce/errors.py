"""What each of Salesforce's refusals means for us: one table, Salesforce contract §10, §11.

Vendor messages may quote field values, so none of them is passed on: operators see the code,
the fields it names, and our own words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeGuard

from crmbridge.core.operations import Outcome
from crmbridge.errors import (
    AuthError,
    BudgetExhausted,
    ConfigError,
    CrmBridgeError,
    RateLimited,
    RejectedRecord,
    RetryableError,
)
from crmbridge_salesforce.settings import Flow


class Consequence(StrEnum):
    """What has to happen next."""

    LOGIN = "log in again"
    RETRY = "try again"
    WAIT = "wait, then try again"
    DAY = "wait for the day to turn"
    GONE = "read the record again"
    PARK = "a person must look at this record"
    SETUP = "a person must change the org or the settings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of the table; ``text``, where given, must stand in the vendor's message, and
    with ``named`` the refusal must name fields."""

    code: str
    then: Consequence
    fault: str
    says: str
    hint: str = ""
    text: str = ""
    named: bool = False
    wait: float | None = None


def _rule(code: str, then: Consequence, fault: str, says: str, hint: str = "") -> Rule:
    return Rule(code=code, then=then, fault=fault, says=says, hint=hint)


_C = Consequence
_FIX_VALUE = "correct the value in the CRM it comes from, then replay the parked operation"
_SETUP = "run `crmbridge setup apply`, and give the integration user access to the field"
_BUSY, _LATER, _DAY = 5.0, 60.0, 3600.0

TABLE: tuple[Rule, ...] = (
    _rule("INVALID_SESSION_ID", _C.LOGIN, "nobody", "the session has ended"),
    Rule(
        code="REQUEST_LIMIT_EXCEEDED",
        text="Concurrent",
        then=_C.WAIT,
        fault="org",
        says="too many long requests at once",
        wait=_LATER,
    ),
    Rule(
        code="REQUEST_LIMIT_EXCEEDED",
        then=_C.DAY,
        fault="org",
        says="the day's API requests are used up",
        wait=_DAY,
    ),
    Rule(
        code="UNABLE_TO_LOCK_ROW",
        then=_C.RETRY,
        fault="nobody",
        says="someone else is writing the record",
        wait=_BUSY,
    ),
    _rule("QUERY_TIMEOUT", _C.RETRY, "vendor", "the query took too long"),
    _rule("SERVER_UNAVAILABLE", _C.RETRY, "vendor", "Salesforce is not available"),
    _rule("UNKNOWN_EXCEPTION", _C.RETRY, "vendor", "Salesforce failed"),
    _rule("TXN_SECURITY_METERING_ERROR", _C.RETRY, "org", "a security policy took too long"),
    _rule("INVALID_QUERY_LOCATOR", _C.RETRY, "vendor", "the query's position has expired"),
    _rule("ENTITY_IS_DELETED", _C.GONE, "nobody", "the record was deleted"),
    _rule("CANNOT_UPDATE_CONVERTED_LEAD", _C.GONE, "nobody", "the lead was converted"),
    Rule(
        code="INVALID_CROSS_REFERENCE_KEY",
        named=True,
        then=_C.PARK,
        fault="record",
        says="a linked record or owner does not exist",
        hint=_FIX_VALUE,
    ),
    _rule("INVALID_CROSS_REFERENCE_KEY", _C.GONE, "nobody", "the record does not exist"),
    _rule(
        "DUPLICATES_DETECTED",
        _C.PARK,
        "org",
        "a duplicate rule refuses the record",
        "merge the duplicates in Salesforce, then replay",
    ),
    _rule("DUPLICATE_VALUE", _C.PARK, "record", "another record holds a unique value", _FIX_VALUE),
    _rule("DUPLICATE_EXTERNAL_ID", _C.PARK, "record", "several records share one key", _FIX_VALUE),
    _rule(
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        _C.PARK,
        "org",
        "a validation rule refuses the record",
        "exempt the integration user from the rule, or complete the record",
    ),
    _rule("REQUIRED_FIELD_MISSING", _C.PARK, "record", "a required field is empty", _FIX_VALUE),
    _rule("STRING_TOO_LONG", _C.PARK, "record", "a text is too long", _FIX_VALUE),
    _rule("INVALID_EMAIL_ADDRESS", _C.PARK, "record", "no valid e-mail address", _FIX_VALUE),
    _rule("NUMBER_OUTSIDE_VALID_RANGE", _C.PARK, "record", "a number is too large", _FIX_VALUE),
    _rule("JSON_PARSER_ERROR", _C.PARK, "record", "a value has the wrong type", _FIX_VALUE),
    _rule("MALFORMED_ID", _C.PARK, "record", "an id is malformed", _FIX_VALUE),
    _rule(
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        _C.PARK,
        "org",
        "a picklist does not have the value",
        "add the value to the picklist in Salesforce",
    ),
    _rule(
        "INACTIVE_OWNER_OR_USER",
        _C.PARK,
        "org",
        "the owner is an inactive user",
        "choose an active owner in the rule book's hand-off, or in Salesforce",
    ),
    _rule("INVALID_FIELD", _C.PARK, "org", "a field is missing or hidden", _SETUP),
    _rule("INVALID_FIELD_FOR_INSERT_UPDATE", _C.PARK, "org", "a field is read-only", _SETUP),
    _rule("INSUFFICIENT_ACCESS_OR_READONLY", _C.PARK, "org", "access to the record is missing"),
    _rule("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", _C.PARK, "org", "a trigger or flow failed"),
    _rule("ENTITY_IS_LOCKED", _C.PARK, "org", "an approval process locks the record"),
    _rule(
        "INVALID_ASSIGNMENT_RULE",
        _C.SETUP,
        "settings",
        "the rule book's hand-off names an assignment rule that the org does not have",
    ),
    _rule("API_DISABLED_FOR_ORG", _C.SETUP, "org", "the org's edition has no API"),
    _rule("API_CURRENTLY_DISABLED", _C.SETUP, "org", "the integration user may not use the API"),
    _rule("FUNCTIONALITY_NOT_ENABLED", _C.SETUP, "org", "the org lacks a needed feature"),
    _rule(
        "UNSUPPORTED_API_VERSION",
        _C.SETUP,
        "settings",
        "salesforce.api_version is not supported",
    ),
    _rule("NOT_FOUND", _C.SETUP, "org", f"an object or key field does not exist: {_SETUP}"),
    _rule("INVALID_TYPE", _C.SETUP, "org", "an object does not exist or is hidden"),
)
"""Tried in order; the first rule that fits decides."""

RETRIED_STATUSES = frozenset({406, 408, 420, 425, 429, 500, 502, 503, 504})
"""Whole answers without a code of ours that pass by themselves. Contract §10."""

_WORD = re.compile(r"[A-Za-z][\w.]{0,80}")

_NEVER_HEALS = ("not valid for use with the REST API", "not attached to Agent")
"""401s that a fresh login does not cure. Contract §2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One refusal as the vendor words it, in whatever shape it came."""

    code: str
    message: str = ""
    fields: tuple[str, ...] = ()
    status: int | None = None

    @property
    def rule(self) -> Rule:
        """The table's line for it; unknown ones retry by status, else a person must look."""
        for rule in TABLE:
            fits = rule.code == self.code and rule.text in self.message
            if fits and (self.fields or not rule.named):
                return rule
        if self.status is not None and 301 <= self.status <= 308:
            says = "it points elsewhere, which is not followed"
            return _rule(self.code, _C.RETRY, "unknown", says)
        then = _C.RETRY if self.status in RETRIED_STATUSES else _C.PARK
        return _rule(self.code, then, "unknown", "Salesforce refuses the request")

    @property
    def heals(self) -> bool:
        """Whether a fresh login may cure a 401."""
        return not any(text in self.message for text in _NEVER_HEALS)

    def __str__(self) -> str:
        where = f" ({', '.join(self.fields)})" if self.fields else ""
        return f"{self.rule.says}{where} [{self.code}]"


def read_refusal(status: int | None, body: Any) -> Refusal:
    """The first refusal in an answer's body: array, row, OAuth object, text or nothing."""
    first = body[0] if isinstance(body, list) and body else body
    if not isinstance(first, dict):
        return Refusal(code=f"HTTP {status}", status=status)
    code = first.get("errorCode") or first.get("statusCode") or first.get("error")
    message = first.get("message") or first.get("error_description") or ""
    fields = first.get("fields")
    return Refusal(
        code=code if _is_plain(code) else f"HTTP {status}",
        message=str(message),
        fields=tuple(filter(_is_plain, fields)) if isinstance(fields, list) else (),
        status=status,
    )


def _is_plain(word: Any) -> TypeGuard[str]:
    """Whether it is a name or code of Salesforce's own, which operators are shown."""
    return isinstance(word, str) and _WORD.fullmatch(word) is not None


def row_refusal(errors: Sequence[Any]) -> Refusal:
    """The refusal of one row in a collections answer."""
    return read_refusal(None, list(errors))


def as_error(refusal: Refusal, doing: str) -> CrmBridgeError:
    """The error to raise where a whole call was refused while ``doing`` something."""
    message = f"salesforce: {doing}: {refusal}"
    rule = refusal.rule
    match rule.then:
        case Consequence.LOGIN:
            return AuthError(
                "salesforce: the session is refused after a fresh login: check the app of "
                f"salesforce.client_id and its run-as user [{refusal.code}]"
            )
        case Consequence.RETRY:
            return RetryableError(message, retry_after=rule.wait)
        case Consequence.WAIT:
            return RateLimited(message, retry_after=rule.wait)
        case Consequence.DAY:
            return BudgetExhausted(message, retry_after=rule.wait)
        case Consequence.SETUP:
            return ConfigError(message)
        case _:
            return RejectedRecord(message, hint=rule.hint)


def as_query_error(refusal: Refusal, doing: str) -> CrmBridgeError:
    """The same for a query of ours: a field or object it lacks is a matter of the org's set-up,
    never of a record."""
    if refusal.code in MISFITS:
        return ConfigError(f"salesforce: {doing}: {refusal}: {_SETUP}")
    return as_error(refusal, doing)


MISFITS = frozenset({"INVALID_FIELD", "INVALID_TYPE"})
"""Refusals of queries that no longer fit the org's schema, or the integration user's sight."""

ROW_OUTCOMES: dict[Consequence, Outcome] = {
    Consequence.LOGIN: Outcome.RETRY,
    Consequence.RETRY: Outcome.RETRY,
    Consequence.WAIT: Outcome.RETRY,
    Consequence.DAY: Outcome.RETRY,
    Consequence.GONE: Outcome.GONE,
    Consequence.PARK: Outcome.PARKED,
    Consequence.SETUP: Outcome.PARKED,
}
"""What a refusal of a single row makes of its operation."""

_APP = {
    "invalid_client_id": "salesforce.client_id: the org knows no such consumer key",
    "invalid_client": "salesforce.client_secret: the org refuses the consumer secret",
    "invalid_app_access": "salesforce.client_id: the user is not approved for the app",
    "app_not_found": "salesforce.client_id: the app is not installed in this org",
}
LOGIN_SETTINGS: dict[Flow, dict[str, str]] = {
    Flow.CLIENT_CREDENTIALS: {
        **_APP,
        "invalid_grant": (
            "salesforce.client_id: the app has no run-as user for client credentials, or the "
            "user is inactive: set it in the app's client credentials flow"
        ),
        "unsupported_grant_type": (
            "salesforce.base_url: this host does not offer the client credentials flow: use the "
            "org's My Domain address"
        ),
    },
    Flow.JWT: {
        **_APP,
        "invalid_grant": (
            "salesforce.username: the org does not take the signed request: check that the user "
            "is active and pre-authorized for the app, that the app holds the certificate of "
            "key_file, and that base_url or audience is right"
        ),
        "invalid_client": (
            "salesforce.key_file: the app holds another certificate than the one of this key"
        ),
    },
    Flow.REFRESH_TOKEN: {
        **_APP,
        "invalid_grant": (
            "salesforce.refresh_token: the token has expired or was revoked: authorize the app "
            "again, and remove token_file if it holds an older one"
        ),
    },
    Flow.SESSION: {},
}
"""Flow → OAuth error → the setting to look at. Contract §2."""
