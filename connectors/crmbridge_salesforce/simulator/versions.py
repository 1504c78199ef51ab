"""Which API versions the org speaks. Salesforce contract §1."""

from __future__ import annotations

import re
from dataclasses import dataclass

from crmbridge_salesforce.simulator.errors import ApiError, resource_missing

_SEASONS = ("Winter", "Spring", "Summer")
_OLDEST, _NEWEST = 59, 67
_RETIRED = range(21, 31)
_NUMBER = re.compile(r"(\d+)\.0")


@dataclass(slots=True, kw_only=True)
class Versions:
    """From which version to which. Both go up as the years pass: Salesforce brings three releases
    a year and retires old versions; what was offered once and is too old is gone."""

    oldest: int = _OLDEST
    newest: int = _NEWEST

    def check(self, text: str) -> None:
        """Refuse versions that are retired (410) or unknown (404)."""
        match = _NUMBER.fullmatch(text)
        number = int(match.group(1)) if match else 0
        if number in _RETIRED or _OLDEST <= number < self.oldest:
            raise ApiError(410, "UNSUPPORTED_API_VERSION", f"API version {text} is retired")
        if not self.oldest <= number <= self.newest:
            raise resource_missing()

    def listed(self) -> list[dict[str, str]]:
        """The answer of ``GET /services/data/``: oldest first."""
        return [
            {
                "version": f"{number}.0",
                "url": f"/services/data/v{number}.0",
                "label": _label(number),
            }
            for number in range(self.oldest, self.newest + 1)
        ]


def _label(number: int) -> str:
    """Three releases a year; v59 was Winter '24."""
    years, season = divmod(number - 59, 3)
    return f"{_SEASONS[season]} '{24 + years}"
