"""The tables of what is told to people who do not look."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text

from crmbridge.store.instants import Instant
from crmbridge.store.tables import metadata

alerts = Table(
    "alerts",
    metadata,
    Column("key", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("remedy", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
)
notices = Table(
    "notices",
    metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("channel", String, nullable=False),
    Column("recipient", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", Instant, nullable=False),
)
