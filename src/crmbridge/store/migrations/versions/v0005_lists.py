"""Which list of the CRM stands for which of the rule book's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "lists",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("ref", sa.String(), nullable=False),
    )
