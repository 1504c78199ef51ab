"""What all sections of the rule book share: strict keys and a few kinds of values."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from crmbridge.rulebook.documents import nearest

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]*")


class Section(BaseModel):
    """A group of keys: all of them known, every value of its own kind."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _know_every_key(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            raise PydanticCustomError("group", "must be a group of keys")
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for key in values:
            if key not in known:
                raise PydanticCustomError(
                    "unknown_key",
                    "is no key that the rule book knows here",
                    {"key": key, "suggestion": nearest(key, known)},
                )
        return values


def refusal(message: str, suggestion: str = "") -> PydanticCustomError:
    """A validator's refusal; ``message`` continues the name of the place."""
    context = {"message": message, "suggestion": suggestion}
    return PydanticCustomError("refused", "{message}", context)


def normal_value(text: str) -> str:
    """Text as the core compares CRM values: trimmed, single spaces, casefolded."""
    return " ".join(text.split()).casefold()


def normal_title(text: str) -> str:
    """Text as the core compares job titles: words only, casefolded."""
    return re.sub(r"[^\w&]+", " ", text.casefold()).strip()


def _glob(text: str) -> str:
    """Only ``*`` and ``?`` are special; a bracket is a bracket."""
    return text.casefold().replace("[", "[[]")


def _domain(text: str) -> str:
    folded = text.strip().lower()
    if len(folded) > 253 or not _DOMAIN.fullmatch(folded):
        raise refusal("must be a mail domain such as example.com")
    return folded


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        suggestion = nearest(text, available_timezones())
        raise refusal("is no IANA time zone", suggestion) from error
    return text


def _day(value: object) -> object:
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise refusal("must be a date such as 2026-12-25")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise refusal("is no day of the calendar") from error


def _filled(text: str) -> str:
    if not text.strip():
        raise refusal("must not be empty")
    return text.strip()


Text = Annotated[str, AfterValidator(_filled)]
"""Some words."""
Flag = Annotated[bool, Field(strict=True)]
"""``true`` or ``false``, nothing that only looks like it."""
Points = Annotated[float, Field(strict=True, ge=-100, le=100)]
"""What a trait or an act is worth, or a limit on such points."""
Whole = Annotated[int, Field(strict=True, ge=1, le=100_000)]
"""A whole number of things, at least one."""
Days = Annotated[float, Field(strict=True, gt=0, le=3660)]
"""A length in days of 24 hours, at most ten years."""
Day = Annotated[date, BeforeValidator(_day)]
"""A calendar day."""
Glob = Annotated[Text, AfterValidator(_glob)]
"""A pattern in which ``*`` stands for anything and ``?`` for one character."""
Domain = Annotated[str, AfterValidator(_domain)]
"""A mail domain."""
ZoneName = Annotated[str, AfterValidator(_zone)]
"""An IANA time zone."""
