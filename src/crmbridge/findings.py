"""What a look at a bridge found: the vocabulary of ``crmbridge doctor``, for connectors too."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from crmbridge.core.model import ObjectType


class Severity(StrEnum):
    """How bad a finding is. ``UNSEEN`` is what could not be looked at, or only a person can judge:
    it makes nothing worse."""

    FINE = "fine"
    UNSEEN = "unseen"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the list: what was looked at (``check``, of which system or file), what was seen,
    and what a person does about it; without personal data."""

    check: str
    about: str
    severity: Severity
    says: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """So many ``clicks`` ``within`` that time are a security scanner's, where nothing but their
    number is known."""

    clicks: int
    within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the rule book wants of the CRMs; nothing without one. ``statuses`` are those it
    understands, in lower case with single spaces; ``creates`` the types of which it has records
    created in the sales CRM; ``burst`` its rule for clicks whose link is not known."""

    statuses: Collection[str] = field(default_factory=frozenset)
    creates: Collection[ObjectType] = field(default_factory=frozenset)
    burst: Burst | None = None


def fine(check: str, about: str, says: str, remedy: str = "") -> Finding:
    """All is well."""
    return Finding(check=check, about=about, severity=Severity.FINE, says=says, remedy=remedy)


def unseen(check: str, about: str, says: str, remedy: str = "") -> Finding:
    """It could not be looked at, or a person must judge."""
    return Finding(check=check, about=about, severity=Severity.UNSEEN, says=says, remedy=remedy)


def warning(check: str, about: str, says: str, remedy: str) -> Finding:
    """It works, and will not do so for ever, or not as well as it could."""
    return Finding(check=check, about=about, severity=Severity.WARNING, says=says, remedy=remedy)


def error(check: str, about: str, says: str, remedy: str) -> Finding:
    """Something does not work."""
    return Finding(check=check, about=about, severity=Severity.ERROR, says=says, remedy=remedy)
