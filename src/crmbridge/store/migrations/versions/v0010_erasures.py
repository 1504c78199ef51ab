"""Who was erased at their own wish: which records and addresses are not to be taken up again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "erasures",
        sa.Column("uid", sa.String(), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
    )
    op.create_table(
        "erased_records",
        sa.Column("ref", sa.String(), primary_key=True),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("living", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_erased_records_uid", "erased_records", ["uid"])
    op.create_table(
        "erased_addresses",
        sa.Column("digest", sa.String(), primary_key=True),
        sa.Column("uid", sa.String(), primary_key=True),
    )
    op.create_index("ix_erased_addresses_uid", "erased_addresses", ["uid"])
