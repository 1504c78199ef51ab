"""The bridge's memory: SQLAlchemy Core over SQLite or PostgreSQL, migrated by Alembic.

Nothing here decides anything or speaks to a CRM.
"""

from __future__ import annotations

from crmbridge.store.copying import copy_store
from crmbridge.store.database import Store, exists, open_existing
from crmbridge.store.transaction import Transaction

__all__ = ["Store", "Transaction", "copy_store", "exists", "open_existing"]
