"""What each of HubSpot's refusals means for us: one table, HubSpot contract §8, §9.

HubSpot's own texts may quote addresses and values, so none of them is passed on: operators see
the status, the category and our own words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from crmbridge.errors import (
    AuthError,
    BudgetExhausted,
    CrmBridgeError,
    RateLimited,
    RejectedRecord,
    RetryableError,
)


class Consequence(StrEnum):
    """What has to happen next."""

    STOP = "a person must change the token"
    RETRY = "try again"
    WAIT = "wait, then try again"
    DAY = "wait for the day to turn"
    PARK = "a person must look at this record"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of the table. ``status`` are the answers it is about, none: a row of a batch as
    well as a whole answer; ``text``, where given, must stand in the answer. ``wait`` in seconds,
    where the answer asks for no other."""

    name: str
    then: Consequence
    says: str
    hint: str = ""
    status: Collection[int] = ()
    text: str = ""
    wait: float | None = None


_WORD = re.compile(r"[A-Za-z][A-Za-z_]{0,60}")
_C = Consequence
_LOOK = "look at the record in HubSpot, then run `crmbridge parked replay`"
_VALUE = "correct the value in the CRM it comes from, then run `crmbridge parked replay`"
_SETUP = "run `crmbridge setup apply`: a property is missing in HubSpot"


def _passes(name: str, status: Collection[int], says: str, wait: float) -> Rule:
    return Rule(name=name, status=status, then=_C.RETRY, says=says, wait=wait)


def _parks(text: str, says: str, hint: str) -> Rule:
    return Rule(name=text, text=text, then=_C.PARK, says=says, hint=hint)


TABLE: tuple[Rule, ...] = (
    _passes("301 to 308", range(301, 309), "it points elsewhere, which is not followed", 60.0),
    Rule(
        name="401",
        status={401},
        then=_C.STOP,
        says="the token is refused",
        hint="check hubspot.token, or hubspot.refresh_token",
    ),
    Rule(
        name="403",
        status={403},
        then=_C.STOP,
        says="the token lacks a scope",
        hint="extend hubspot.token",
    ),
    Rule(
        name="429 DAILY",
        status={429},
        text='"policyName": "DAILY"',
        then=_C.DAY,
        says="the day's API calls are used up",
        wait=900.0,
    ),
    Rule(
        name="429 of a search",
        status={429},
        text="your secondly limit",
        then=_C.WAIT,
        says="too many searches",
        wait=1.0,
    ),
    Rule(name="429", status={429}, then=_C.WAIT, says="too many calls", wait=10.0),
    _passes("423", {423}, "HubSpot has locked the objects for two seconds", 2.0),
    _passes("477", {477}, "HubSpot moves the account to another data centre", 60.0),
    _passes("524", {524}, "HubSpot did not answer in time", 10.0),
    _passes("525, 526", {525, 526}, "HubSpot's own connections fail", 60.0),
    _passes("500 and above", range(500, 600), "HubSpot is not available", 5.0),
    _parks("PROPERTY_DOESNT_EXIST", "a property does not exist", _SETUP),
    _parks(
        "INVALID_OPTION",
        "a property has no such option",
        "add the value to the property's options, or change stages.yaml",
    ),
    _parks(
        "READ_ONLY_VALUE",
        "a property may not be written",
        "this property may not be written: take it out of the rule book",
    ),
    _parks(
        "REQUIRED_PROPERTY",
        "HubSpot demands a further property",
        "HubSpot demands a further property: fill it, or relax the rule there",
    ),
    _parks(
        "INVALID_EMAIL",
        "no valid e-mail address",
        "correct the e-mail address in the CRM it came from",
    ),
    _parks("INVALID_DATE", "no valid date", _VALUE),
    _parks("INVALID_INTEGER", "no whole number", _VALUE),
    _parks("INVALID_LONG", "no whole number", _VALUE),
    _parks(
        "already has that value",
        "another contact holds a unique value",
        "another contact holds this value: merge the two in HubSpot",
    ),
    _parks(
        "Contact already exists",
        "another contact holds the address",
        "another contact holds this e-mail: merge the two in HubSpot",
    ),
    _parks(
        "DUPLICATE_LIST_NAMES",
        "another list has the name",
        "rename the other list in HubSpot, then run `crmbridge setup apply`",
    ),
    Rule(
        name="414",
        status={414},
        then=_C.PARK,
        says="the contact was merged from 250 others, or an address is too long",
        hint=_LOOK,
    ),
    Rule(name="404", status={404}, then=_C.PARK, says="there is no such object", hint=_LOOK),
)
"""Tried in order; the first rule that fits decides. What fits none is parked."""

FEATURES: Final[Mapping[str, str]] = {
    "crm.objects.contacts": "reading and writing contacts",
    "crm.objects.companies": "reading companies, for the fit of their people",
    "crm.objects.deals": "reading deals (`hubspot.deals`)",
    "crm.objects.owners": "knowing owners by name",
    "crm.lists": "nurture lists",
    "crm.schemas": "`crmbridge setup`",
    "communication_preferences": "passing on objections to marketing",
    "tasks": "tasks for contacts' owners",
}
"""How a scope begins → what crmbridge needs it for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a failed call, or a failed row of a batch, said, as far as it can be read."""

    status: int
    category: str = ""
    message: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)
    retry_after: float | None = None

    @property
    def rule(self) -> Rule:
        """The table's line for it."""
        text = f"{self.message} {json.dumps(self.body)}"
        for rule in TABLE:
            if (not rule.status or self.status in rule.status) and rule.text in text:
                return rule
        says = f"it is refused with {self.category or self.status}"
        return Rule(name=str(self.status), then=_C.PARK, says=says, hint=_LOOK)


def read_answer(status: int, body: bytes, headers: Mapping[str, str]) -> Answer:
    """The parts of an error answer that decide; an HTML or empty body has none. ``headers`` must
    be found by names in any case."""
    try:
        data = json.loads(body) if body else None
    except ValueError:
        data = None
    found = data if isinstance(data, dict) else {}
    wait = headers.get("Retry-After", "")
    return Answer(
        status=status,
        category=plain_word(found.get("category")),
        message=str(found.get("message") or ""),
        body=found,
        retry_after=float(wait) if wait.isdecimal() else None,
    )


def plain_word(word: object) -> str:
    """A word of HubSpot's own, which operators are shown; whatever is none is left out."""
    return word if isinstance(word, str) and _WORD.fullmatch(word) else ""


def translate(answer: Answer, what: str) -> CrmBridgeError:
    """The error that ``answer`` to the call ``what`` means."""
    rule = answer.rule
    said = f"hubspot: {what}: {rule.says} [{answer.category or answer.status}]"
    wait = answer.retry_after or rule.wait
    match rule.then:
        case Consequence.STOP:
            return AuthError(f"hubspot: {what}: {rule.says}{_scopes(answer)}: {rule.hint}")
        case Consequence.DAY:
            return BudgetExhausted(said, retry_after=wait)
        case Consequence.WAIT:
            return RateLimited(said, retry_after=wait)
        case Consequence.RETRY:
            return RetryableError(said, retry_after=wait)
        case _:
            return RejectedRecord(said, hint=rule.hint, detail=answer.message)


def _scopes(answer: Answer) -> str:
    """The scopes that any one of would do, and what they are for."""
    for error in answer.body.get("errors") or ():
        context = error.get("context", {}) if isinstance(error, dict) else {}
        names = context.get("requiredGranularScopes") or context.get("requiredScopes") or []
        if names:
            uses = {
                use
                for name in map(str, names)
                for start, use in FEATURES.items()
                if name.startswith(start)
            }
            purpose = f", needed for {' and '.join(sorted(uses))}" if uses else ""
            return f" ({', '.join(map(str, names))}{purpose})"
    return ""
