"""Fields that are edited from several sides."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "mapped_fields",
        sa.Column("field", sa.String(), primary_key=True),
        sa.Column("since", sa.String(32), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "edits",
        sa.Column("ref", sa.String(), primary_key=True),
        sa.Column("field", sa.String(), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", sa.String(32)),
        sa.Column("by", sa.String(), nullable=False),
    )
    op.create_table(
        "flips",
        sa.Column("uid", sa.String(), primary_key=True),
        sa.Column("side", sa.String(), primary_key=True),
        sa.Column("field", sa.String(), primary_key=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
    )
