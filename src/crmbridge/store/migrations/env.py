"""Alembic's entry: migrations always run on a connection that the store hands over."""

from __future__ import annotations

from alembic import context

from crmbridge.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
