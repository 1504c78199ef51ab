"""What a scenario may set: failing rows, a stalled watermark, duplicate rules, flows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(slots=True, kw_only=True)
class RowFault:
    """Makes the next ``times`` writes of matching rows fail with this error."""

    sobject: str | None
    record_id: str | None
    code: str
    message: str
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateRule:
    """Refuses a record whose ``field`` equals that of a live one of the same object.

    With ``allow_save`` the request may override it by header.
    """

    sobject: str
    field: str
    allow_save: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Sets ``values`` whenever ``watched`` changes, as part of and as the user of that save."""

    sobject: str
    watched: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationRule:
    """Refuses a record of the object, with this message, as long as ``field`` is empty."""

    sobject: str
    field: str
    message: str


@dataclass(slots=True, kw_only=True)
class Switches:
    """The switches of one org, all off at first."""

    row_faults: list[RowFault] = field(default_factory=list)
    duplicate_rules: list[DuplicateRule] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    validation_rules: list[ValidationRule] = field(default_factory=list)
    latest_date_covered: datetime | None = None
    activity_keys: bool = True
    """Whether custom fields of Activity may be unique and external."""
    page_rows: int | None = None
    """The most rows a page of a query holds, whatever was asked for."""
    lost_pages: int = 0
    """So many of the next pages asked for by their locator are no longer there."""
