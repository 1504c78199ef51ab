"""What passed the limits, so that a day can be summed up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from crmbridge.store.instants import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "effects",
        sa.Column("n", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("mqls", sa.Integer(), nullable=False),
        sa.Column("list_removals", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("n"),
    )
    op.create_index(op.f("ix_effects_at"), "effects", ["at"], unique=False)
