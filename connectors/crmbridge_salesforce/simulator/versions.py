"""Which API versions the org speaks. Salesforce contract §1."""

from __future__ import annotations

import re

from crmbridge_salesforce.simulator.errors import ApiError, resource_missing

_SEASONS = ("Winter", "Spring", "Summer")
_OLDEST, _NEWEST = 59, 67
_RETIRED = range(21, 31)
_NUMBER = re.compile(r"(\d+)\.0")


def check_version(text: str) -> None:
    """Refuse versions that are retired (410) or unknown (404)."""
    match = _NUMBER.fullmatch(text)
    number = int(match.group(1)) if match else 0
    if number in _RETIRED:
        raise ApiError(410, "UNSUPPORTED_API_VERSION", f"API version {text} is retired")
    if not _OLDEST <= number <= _NEWEST:
        raise resource_missing()


def version_list() -> list[dict[str, str]]:
    """The answer of ``GET /services/data/``: oldest first."""
    return [
        {
            "version": f"{number}.0",
            "url": f"/services/data/v{number}.0",
            "label": _label(number),
        }
        for number in range(_OLDEST, _NEWEST + 1)
    ]


def _label(number: int) -> str:
    """Three releases a year; v59 was Winter '24."""
    years, season = divmod(number - 59, 3)
    return f"{_SEASONS[season]} '{24 + years}"
