"""Off-days that a country keeps, as lines for ``sla.yaml``."""

from __future__ import annotations

from datetime import date

from crmbridge.errors import RuleBookError
from crmbridge.rulebook.source import nearest

_EARLIEST, _LATEST = 1990, 2100


def propose_off_days(
    country: str, year: int, subdivision: str | None = None
) -> list[tuple[date, str]]:
    """Every public holiday of ``country`` (ISO letters, such as DE; ``subdivision`` such as BY)
    in ``year`` with its name in English, in order. Raises ``RuleBookError`` for a country or
    year that is not known."""
    import holidays

    known = holidays.list_supported_countries()
    code = country.upper()
    if code not in known:
        raise RuleBookError(f"no holidays are known for {country}", suggestion=nearest(code, known))
    if not _EARLIEST <= year <= _LATEST:
        raise RuleBookError(f"{year} is no year between {_EARLIEST} and {_LATEST}")
    if subdivision is not None and subdivision.upper() not in known[code]:
        places = ", ".join(known[code]) or "none"
        raise RuleBookError(f"{code} has no part called {subdivision}: {places}")
    part = subdivision.upper() if subdivision else None
    days = holidays.country_holidays(code, subdiv=part, years=year, language="en_US")
    return sorted((day, str(name)) for day, name in days.items() if day.year == year)
