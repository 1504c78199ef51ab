"""Which records are to be read again, because the store and a CRM disagree about them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table("doubts", sa.Column("ref", sa.String(), primary_key=True))
