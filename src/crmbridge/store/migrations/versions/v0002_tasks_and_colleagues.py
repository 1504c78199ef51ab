"""Issued tasks, objections, shadow decisions, activity per company, and lead values."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from crmbridge.store.instants import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "activities",
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("fit", sa.Float(), nullable=False),
        sa.Column("known_since", Instant(), nullable=False),
        sa.Column("active_from", Instant(), nullable=False),
        sa.Column("active_until", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index(op.f("ix_activities_domain"), "activities", ["domain"], unique=False)
    op.create_table(
        "shadows",
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("next_review_at", Instant(), nullable=True),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index(op.f("ix_shadows_stage"), "shadows", ["stage"], unique=False)
    op.create_index(op.f("ix_shadows_next_review_at"), "shadows", ["next_review_at"], unique=False)
    op.create_table(
        "issued_tasks",
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("task", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("uid", "task"),
    )
    op.create_table(
        "objections",
        sa.Column("n", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("details", sa.Text(), nullable=True),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("segment", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("campaign", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("n"),
    )
    for column in ("uid", "at", "reason"):
        op.create_index(op.f(f"ix_objections_{column}"), "objections", [column], unique=False)
    with op.batch_alter_table("sla_clocks") as batch:
        batch.add_column(sa.Column("value", sa.Float(), nullable=True))


def downgrade() -> None:
    """Undo this step."""
    with op.batch_alter_table("sla_clocks") as batch:
        batch.drop_column("value")
    for table in ("objections", "issued_tasks", "shadows", "activities"):
        op.drop_table(table)
