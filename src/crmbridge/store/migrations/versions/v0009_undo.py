"""What taking a cycle's writes back needs: what each CRM held after them, who had decided what
before, and which records were taken back.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.add_column("outbox", sa.Column("ref", sa.String()))
    op.add_column("outbox", sa.Column("held", sa.Text()))
    op.add_column("outbox", sa.Column("created", sa.Boolean()))
    op.create_index("ix_outbox_settled", "outbox", ["settled_at"])
    op.create_table(
        "rewinds",
        sa.Column("n", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("acted", sa.Boolean(), nullable=False),
        sa.Column("person", sa.Text()),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("objections", sa.Integer(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
    )
    op.create_index("ix_rewinds_uid", "rewinds", ["uid", "at"])
    op.create_index("ix_rewinds_at", "rewinds", ["at"])
    op.create_table("withdrawn", sa.Column("ref", sa.String(), primary_key=True))
