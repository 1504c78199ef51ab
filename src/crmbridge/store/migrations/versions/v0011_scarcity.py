"""What is scarce: refused writes and what the accounts offer, withheld fields, outages, daily
calls and what was put off for want of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    with op.batch_alter_table("accounts") as accounts:
        accounts.add_column(sa.Column("offers", sa.String()))
        accounts.add_column(sa.Column("offers_at", sa.String(32)))
    with op.batch_alter_table("outbox") as outbox:
        outbox.add_column(sa.Column("refusals", sa.Integer(), nullable=False, server_default="0"))
        outbox.add_column(sa.Column("news", sa.String()))
    op.add_column("persons", sa.Column("withheld", sa.Text()))
    op.create_table(
        "shed",
        sa.Column("n", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.UniqueConstraint("uid", "side", "lane", name="uq_shed_write"),
    )
    op.create_index("ix_shed_order", "shed", ["side", "lane", "n"])
    op.create_table(
        "allowances",
        sa.Column("system", sa.String(), primary_key=True),
        sa.Column("limit", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("reserve", sa.Float(), nullable=False),
        sa.Column("told_at", sa.String(32), nullable=False),
        sa.Column("rolling", sa.Boolean(), nullable=False),
        sa.Column("resets_at", sa.String(32)),
    )
    op.create_table(
        "outages",
        sa.Column("system", sa.String(), primary_key=True),
        sa.Column("since", sa.String(32), nullable=False),
        sa.Column("until", sa.String(32), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
    )
