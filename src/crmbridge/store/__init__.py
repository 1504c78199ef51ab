"""The bridge's memory: SQLAlchemy Core over SQLite, migrated by Alembic.

Nothing here decides anything or speaks to a CRM.
"""

from __future__ import annotations

from crmbridge.store.database import Store, copy_store, open_existing
from crmbridge.store.transaction import Transaction

__all__ = ["Store", "Transaction", "copy_store", "open_existing"]
