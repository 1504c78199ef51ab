"""Who may be mailed: subscription statuses per e-mail address. HubSpot contract §13.

An address has statuses whether or not a contact has it. Opting out of everything is one wide
status over all subscription types; subscribing to any type again ends it.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from crmbridge_hubspot.simulator.instants import iso


class SubscriptionState(StrEnum):
    """What an address said about one kind of mail."""

    SUBSCRIBED = "SUBSCRIBED"
    UNSUBSCRIBED = "UNSUBSCRIBED"
    NOT_SPECIFIED = "NOT_SPECIFIED"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionType:
    """One kind of marketing e-mail."""

    id: int
    name: str
    description: str

    def to_json(self, portal_made_at: datetime) -> dict[str, Any]:
        """The type as the definitions resource shows it."""
        return {
            "id": str(self.id),
            "name": self.name,
            "description": self.description,
            "purpose": "Marketing",
            "communicationMethod": "Email",
            "businessUnitId": 0,
            "isActive": True,
            "isDefault": True,
            "isInternal": False,
            "createdAt": iso(portal_made_at),
            "updatedAt": iso(portal_made_at),
        }


SUBSCRIPTION_TYPES = (
    SubscriptionType(
        id=10_841_063,
        name="Marketing Information",
        description="Marketing offers and updates.",
    ),
    SubscriptionType(
        id=10_841_064,
        name="Customer Service Communication",
        description="Feedback requests and customer service information.",
    ),
    SubscriptionType(
        id=10_841_065, name="One to One", description="One to One emails",
    ),
)  # fmt: skip
LEGAL_BASES = (
    "LEGITIMATE_INTEREST_PQL",
    "LEGITIMATE_INTEREST_CLIENT",
    "PERFORMANCE_OF_CONTRACT",
    "CONSENT_WITH_NOTICE",
    "NON_GDPR",
    "PROCESS_AND_STORE",
    "LEGITIMATE_INTEREST_OTHER",
)
_TYPES_BY_ID = {kind.id: kind for kind in SUBSCRIPTION_TYPES}


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionStatus:
    """The latest word on one subscription type, or (``subscription`` None) on all of them."""

    state: SubscriptionState
    at: datetime
    source: str
    subscription: SubscriptionType | None = None
    legal_basis: str | None = None
    legal_basis_explanation: str | None = None

    def to_json(self, email: str) -> dict[str, Any]:
        """The status as the statuses resources show it."""
        shown: dict[str, Any] = {
            "businessUnitId": 0,
            "channel": "EMAIL",
            "status": self.state,
            "subscriberIdString": email,
            "timestamp": iso(self.at),
        }
        if self.subscription is None:
            return {**shown, "wideStatusType": "PORTAL_WIDE"}
        return {
            **shown,
            "subscriptionId": self.subscription.id,
            "subscriptionName": self.subscription.name,
            "source": self.source,
            "legalBasis": self.legal_basis,
            "legalBasisExplanation": self.legal_basis_explanation,
            "setStatusSuccessReason": None,
        }


def subscription_type(type_id: object) -> SubscriptionType | None:
    """The type with this id, given as a number or as its text, else None."""
    return _TYPES_BY_ID.get(int(str(type_id))) if str(type_id).isdecimal() else None


class SubscriptionStore:
    """Statuses by lower-case e-mail address: opt-outs of everything in ``wide``, those of one
    subscription type in ``single``."""

    def __init__(
        self,
        wide: MutableMapping[str, SubscriptionStatus],
        single: MutableMapping[str, dict[int, SubscriptionStatus]],
    ) -> None:
        self._wide = wide
        self._single = single

    def opted_out(self, email: str) -> bool:
        """Whether the address refuses every marketing e-mail."""
        return email.lower() in self._wide

    def wide_status(self, email: str) -> SubscriptionStatus | None:
        """The opt-out of everything, else None."""
        return self._wide.get(email.lower())

    def statuses(self, email: str, now: datetime) -> list[SubscriptionStatus]:
        """One status per subscription type; a wide opt-out overrules the single ones."""
        wide = self._wide.get(email.lower())
        single = self._single.get(email.lower(), {})
        return [
            SubscriptionStatus(state=wide.state, at=wide.at, source=wide.source, subscription=kind)
            if wide
            else single.get(
                kind.id,
                SubscriptionStatus(
                    state=SubscriptionState.NOT_SPECIFIED, at=now, source="", subscription=kind
                ),
            )
            for kind in SUBSCRIPTION_TYPES
        ]

    def set_status(self, email: str, status: SubscriptionStatus) -> None:
        """Note a status of one type; subscribing ends a wide opt-out."""
        address = email.lower()
        if status.subscription is None:
            raise ValueError("a status of one subscription type is needed")
        single = self._single.get(address, {})
        if status.state is SubscriptionState.SUBSCRIBED and address in self._wide:
            del self._wide[address]
            single = {}
        self._single[address] = {**single, status.subscription.id: status}

    def opt_out(self, email: str, *, at: datetime, source: str) -> SubscriptionStatus:
        """Opt out of everything; an earlier opt-out keeps its instant."""
        status = SubscriptionStatus(state=SubscriptionState.UNSUBSCRIBED, at=at, source=source)
        return self._wide.setdefault(email.lower(), status)
