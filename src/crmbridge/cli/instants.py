"""Instants as an operator types them: a day, or a day and a time; UTC unless told otherwise."""

from __future__ import annotations

from datetime import UTC, datetime

import click


def instant(text: str) -> datetime:
    """The aware instant that is meant; serves click as the type of an option."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            "write a day, or a day and a time: 2026-06-09, 2026-06-09T14:00"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
