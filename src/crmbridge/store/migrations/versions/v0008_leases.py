"""Who may write for now, and whose turn it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "leases",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String()),
        sa.Column("purpose", sa.String()),
        sa.Column("host", sa.String()),
        sa.Column("process", sa.Integer()),
        sa.Column("mark", sa.String()),
        sa.Column("seconds", sa.Float()),
        sa.Column("expires_at", sa.String(32)),
    )
