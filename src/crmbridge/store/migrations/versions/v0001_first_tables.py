"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from crmbridge.store.instants import Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "accounts",
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("system"),
    )
    op.create_table(
        "bases",
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_table(
        "checkpoints",
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("watermark", Instant(), nullable=True),
        sa.Column("polled_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("system", "stream"),
    )
    op.create_table(
        "cycles",
        sa.Column("n", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("calls", sa.Text(), nullable=False),
        sa.Column("writes", sa.Text(), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("n"),
    )
    op.create_table(
        "deal_contacts",
        sa.Column("deal", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("deal", "contact"),
    )
    op.create_index(op.f("ix_deal_contacts_contact"), "deal_contacts", ["contact"], unique=False)
    op.create_table(
        "facts",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("observed_at", Instant(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(op.f("ix_facts_ref"), "facts", ["ref"], unique=False)
    op.create_table(
        "folded",
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("fact", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("uid", "fact"),
    )
    op.create_table(
        "inbox", sa.Column("ref", sa.String(), nullable=False), sa.PrimaryKeyConstraint("ref")
    )
    op.create_table(
        "journal",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index(op.f("ix_journal_uid"), "journal", ["uid"], unique=False)
    op.create_table(
        "journal_values",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "links",
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_index(op.f("ix_links_uid"), "links", ["uid"], unique=False)
    op.create_table(
        "list_agreed",
        sa.Column("list", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("list", "contact"),
    )
    op.create_index(op.f("ix_list_agreed_contact"), "list_agreed", ["contact"], unique=False)
    op.create_table(
        "list_members",
        sa.Column("list", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("list", "contact"),
    )
    op.create_index(op.f("ix_list_members_contact"), "list_members", ["contact"], unique=False)
    op.create_table(
        "meta",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "moves",
        sa.Column("n", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("inferred", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("n"),
    )
    op.create_index(op.f("ix_moves_after"), "moves", ["after"], unique=False)
    op.create_index(op.f("ix_moves_uid"), "moves", ["uid"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("n", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", Instant(), nullable=True),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("hint", sa.Text(), nullable=True),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("n"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
    )
    op.create_index("ix_outbox_state", "outbox", ["state", "lane", "n"], unique=False)
    op.create_index("ix_outbox_uid", "outbox", ["uid", "state"], unique=False)
    op.create_table(
        "owners",
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("system", "id"),
    )
    op.create_table(
        "persons",
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("grade", sa.String(), nullable=True),
        sa.Column("sla_status", sa.String(), nullable=True),
        sa.Column("sla_due", Instant(), nullable=True),
        sa.Column("recycle_count", sa.Integer(), nullable=False),
        sa.Column("opted_out", sa.Boolean(), nullable=False),
        sa.Column("next_review_at", Instant(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("contributions", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index(op.f("ix_persons_next_review_at"), "persons", ["next_review_at"], unique=False)
    op.create_index(op.f("ix_persons_stage"), "persons", ["stage"], unique=False)
    op.create_table(
        "records",
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("modified_at", Instant(), nullable=False),
        sa.Column("created_at", Instant(), nullable=True),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("merged_into", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("account", sa.String(), nullable=True),
        sa.Column("converted_contact", sa.String(), nullable=True),
        sa.Column("converted_deal", sa.String(), nullable=True),
        sa.Column("peer_lead", sa.String(), nullable=True),
        sa.Column("peer_contact", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_index(op.f("ix_records_account"), "records", ["account"], unique=False)
    op.create_index(
        op.f("ix_records_converted_contact"), "records", ["converted_contact"], unique=False
    )
    op.create_index(op.f("ix_records_converted_deal"), "records", ["converted_deal"], unique=False)
    op.create_index(op.f("ix_records_email"), "records", ["email"], unique=False)
    op.create_index(op.f("ix_records_peer_contact"), "records", ["peer_contact"], unique=False)
    op.create_index(op.f("ix_records_peer_lead"), "records", ["peer_lead"], unique=False)
    op.create_table(
        "reviews",
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("uid", "kind"),
    )
    op.create_table(
        "sla_clocks",
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("due", Instant(), nullable=False),
        sa.Column("first_touch_at", Instant(), nullable=True),
        sa.Column("owner_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("uid", "cycle"),
    )
    op.create_index(op.f("ix_sla_clocks_status"), "sla_clocks", ["status"], unique=False)
