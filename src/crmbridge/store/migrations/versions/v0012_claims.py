"""Answers to questions for people, and who claims which record."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.add_column("reviews", sa.Column("answer", sa.String()))
    op.create_table(
        "claims",
        sa.Column("ref", sa.String(), primary_key=True),
        sa.Column("uid", sa.String(), primary_key=True),
    )
    op.create_index("ix_claims_uid", "claims", ["uid"])
