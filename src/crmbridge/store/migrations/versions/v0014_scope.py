"""Since when the bridge acts for whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "scoped",
        sa.Column("uid", sa.String(), primary_key=True),
        sa.Column("since", sa.String(32)),
    )
