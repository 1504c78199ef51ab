"""What single values of the rule book may be, and the section that refuses everything else."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Flag = Annotated[bool, Field(strict=True)]
Points = Annotated[float, Field(strict=True, ge=-100, le=100)]
Limit = Annotated[float, Field(strict=True, ge=0, le=100)]
Days = Annotated[float, Field(strict=True, gt=0, le=3650)]
Length = Annotated[float, Field(strict=True, gt=0, le=144_000)]
Amount = Annotated[float, Field(strict=True, gt=0, le=1e15)]
Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000_000)]
Percent = Annotated[int, Field(strict=True, ge=0, le=100)]
Least = Annotated[int, Field(strict=True, ge=1, le=1_000_000_000)]
Times = Annotated[int, Field(strict=True, ge=1, le=1000)]
Hours = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$")]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


Number = Annotated[float, Field(strict=True, ge=-1e15, le=1e15)]
Word = Annotated[str, Field(strict=True)]


def _day(value: object) -> object:
    if not isinstance(value, str) or re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII) is None:
        raise ValueError("must be a date such as 2026-12-25")
    return value


Day = Annotated[date, BeforeValidator(_day)]


class Section(BaseModel):
    """Refuses unknown keys and values that only look like the right type."""

    model_config = ConfigDict(extra="forbid", frozen=True)
