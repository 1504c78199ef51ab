"""What colleagues are called and did last, for reps to read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    for name in ("name", "latest"):
        column = sa.Column(name, sa.String(), nullable=False, server_default="")
        op.add_column("activities", column)
