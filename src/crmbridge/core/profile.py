"""The ICP traits of a person, normalised from whatever the CRMs say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crmbridge.core import fields as f
from crmbridge.core.identity import normalise_email
from crmbridge.core.model import Value
from crmbridge.core.rules import Normalisation, Seniority, Source

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
    fields: Mapping[str, Value] = field(default_factory=dict)


def build_profile(sources: Mapping[Source, Mapping[str, Value]], rules: Normalisation) -> Profile:
    """The profile from the records that tell fields: per field the first value wins, in the
    rule book's order of sources."""
    found: dict[str, Value] = {}
    usual = [sources[source] for source in rules.usual_sources if source in sources]
    for told in reversed(usual):
        found.update((name, value) for name, value in told.items() if value not in (None, ""))
    for name, order in rules.sources.items():
        found[name] = _first(name, [sources[source] for source in order if source in sources])
    found |= {
        f.INDUSTRY: normal(found.get(f.INDUSTRY), rules.industries),
        f.COUNTRY: normal(found.get(f.COUNTRY), rules.countries),
        f.EMPLOYEES: head_count(found.get(f.EMPLOYEES)),
        f.ESTIMATED_VALUE: _converted(usual, rules),
    }
    level = seniority(found.get(f.TITLE), rules.titles)
    found[f.SENIORITY] = level.value if level else None
    return Profile(
        industry=_text(found[f.INDUSTRY]),
        employees=head_count(found[f.EMPLOYEES]),
        seniority=level,
        country=_text(found[f.COUNTRY]),
        email_domain=email_domain(found.get(f.EMAIL)),
        estimated_value=_number(found[f.ESTIMATED_VALUE]),
        fields=found,
    )


def _first(name: str, sources: Sequence[Mapping[str, Value]]) -> Value:
    for source in sources:
        value = source.get(name)
        if value is not None and value != "":
            return value
    return None


def _converted(sources: Sequence[Mapping[str, Value]], rules: Normalisation) -> float | None:
    """The first estimated value, in the standard's currency; unset where its currency has no
    rate, as a wrong amount is worse than none."""
    for source in sources:
        value = _number(source.get(f.ESTIMATED_VALUE))
        if value is not None:
            currency = source.get(f.CURRENCY)
            if not isinstance(currency, str) or not currency:
                return value
            rate = rules.rates.get(currency.upper())
            return value * rate if rate is not None else None
    return None


def _number(value: Value) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) else None


def normal(value: Value, table: Mapping[str, str]) -> str | None:
    """A name of an industry or a country as the rule book's ``table`` writes it; one that it does
    not know in lower case with single spaces, ``None`` for none."""
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
