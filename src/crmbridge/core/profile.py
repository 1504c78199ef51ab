"""The ICP traits of a person, normalised from whatever the CRMs say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crmbridge.core import fields as f
from crmbridge.core.identity import normalise_email
from crmbridge.core.model import Value
from crmbridge.core.rules import Normalisation, Seniority

_NUMBER = re.compile(r"\d+")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What fit is computed from; ``None`` is unknown and worth nothing.

    ``industry`` and ``country`` are normalised names, ``employees`` a head count (of a range
    its lower bound), ``estimated_value`` a number in the company's currency.
    """

    industry: str | None = None
    employees: int | None = None
    seniority: Seniority | None = None
    country: str | None = None
    email_domain: str | None = None
    estimated_value: float | None = None


def build_profile(sources: Sequence[Mapping[str, Value]], rules: Normalisation) -> Profile:
    """The profile from field sources in order of precedence: per field the first value wins."""

    def first(name: str) -> Value:
        for source in sources:
            value = source.get(name)
            if value is not None and value != "":
                return value
        return None

    value = first(f.ESTIMATED_VALUE)
    return Profile(
        industry=_normal(first(f.INDUSTRY), rules.industries),
        employees=head_count(first(f.EMPLOYEES)),
        seniority=seniority(first(f.TITLE), rules.titles),
        country=_normal(first(f.COUNTRY), rules.countries),
        email_domain=email_domain(first(f.EMAIL)),
        estimated_value=float(value) if isinstance(value, int | float) else None,
    )


def _normal(value: Value, table: Mapping[str, str]) -> str | None:
    if not isinstance(value, str):
        return None
    folded = _SPACES.sub(" ", value).strip().casefold()
    return table.get(folded, folded) or None


def head_count(value: Value) -> int | None:
    """A number of employees; of a range such as ``50-100`` or ``1,000+`` the lower bound."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return int(value)
    if not isinstance(value, str):
        return None
    found = _NUMBER.search(value.replace(",", "").replace(".", ""))
    return int(found.group()) if found else None


def seniority(title: Value, words: Mapping[str, Seniority]) -> Seniority | None:
    """What a job title says: the longest listed phrase that stands in it as whole words."""
    if not isinstance(title, str):
        return None
    folded = " " + re.sub(r"[^\w&]+", " ", title.casefold()).strip() + " "
    best = max((phrase for phrase in words if f" {phrase} " in folded), key=len, default=None)
    return words[best] if best is not None else None


def email_domain(email: Value) -> str | None:
    """What stands behind the last @, in lower case."""
    address = normalise_email(email)
    return address.rpartition("@")[2] or None if address and "@" in address else None
