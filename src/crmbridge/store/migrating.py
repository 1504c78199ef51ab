"""Bringing a store to the newest schema with Alembic, whose import is slow and seldom needed."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from crmbridge.store.backend import Backend


def upgrade(backend: Backend, to: str = "head") -> None:
    """Run every migration that the store has not seen, up to one of them, in one transaction."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    begun = backend.engine.connect().execution_options(**backend.writing)
    with begun as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, to)
        backend.end_migration(connection)
