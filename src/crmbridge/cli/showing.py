"""How values are shown on the command line."""

from __future__ import annotations


def plain(value: object) -> object:
    """The value as JSON takes it; instants and the like as text."""
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def shown(value: object) -> str:
    """The value in a line for people."""
    return "(empty)" if value is None else str(value)
