"""The tables of the store."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from crmbridge.store.instants import Instant

metadata = MetaData()


meta = Table(
    "meta",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)
accounts = Table(
    "accounts",
    metadata,
    Column("system", String, primary_key=True),
    Column("account_id", String, nullable=False),
    Column("offers", String),
    Column("offers_at", Instant),
)
outages = Table(
    "outages",
    metadata,
    Column("system", String, primary_key=True),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("reason", Text, nullable=False),
)
allowances = Table(
    "allowances",
    metadata,
    Column("system", String, primary_key=True),
    Column("limit", Integer, nullable=False),
    Column("used", Integer, nullable=False),
    Column("reserve", Float, nullable=False),
    Column("told_at", Instant, nullable=False),
    Column("rolling", Boolean, nullable=False),
    Column("resets_at", Instant),
)
checkpoints = Table(
    "checkpoints",
    metadata,
    Column("system", String, primary_key=True),
    Column("stream", String, primary_key=True),
    Column("cursor", Text),
    Column("watermark", Instant),
    Column("polled_at", Instant),
)
records = Table(
    "records",
    metadata,
    Column("ref", String, primary_key=True),
    Column("version", String, nullable=False),
    Column("modified_at", Instant, nullable=False),
    Column("created_at", Instant),
    Column("fields", Text, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("merged_into", String),
    Column("email", String, index=True),
    Column("account", String, index=True),
    Column("converted_contact", String, index=True),
    Column("converted_deal", String, index=True),
    Column("peer_lead", String, index=True),
    Column("peer_contact", String, index=True),
)
deal_contacts = Table(
    "deal_contacts",
    metadata,
    Column("deal", String, primary_key=True),
    Column("contact", String, primary_key=True, index=True),
)
owners = Table(
    "owners",
    metadata,
    Column("system", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("owner", Text, nullable=False),
)
facts = Table(
    "facts",
    metadata,
    Column("key", String, primary_key=True),
    Column("ref", String, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("observed_at", Instant, nullable=False),
    Column("detail", Text, nullable=False),
)
folded = Table(
    "folded",
    metadata,
    Column("uid", String, primary_key=True),
    Column("fact", String, primary_key=True),
)
inbox = Table("inbox", metadata, Column("ref", String, primary_key=True))
doubts = Table("doubts", metadata, Column("ref", String, primary_key=True))
links = Table(
    "links",
    metadata,
    Column("ref", String, primary_key=True),
    Column("uid", String, nullable=False, index=True),
)
bases = Table(
    "bases",
    metadata,
    Column("ref", String, primary_key=True),
    Column("fields", Text, nullable=False),
)
lists = Table(
    "lists",
    metadata,
    Column("name", String, primary_key=True),
    Column("ref", String, nullable=False),
)
list_members = Table(
    "list_members",
    metadata,
    Column("list", String, primary_key=True),
    Column("contact", String, primary_key=True, index=True),
)
list_agreed = Table(
    "list_agreed",
    metadata,
    Column("list", String, primary_key=True),
    Column("contact", String, primary_key=True, index=True),
)
persons = Table(
    "persons",
    metadata,
    Column("uid", String, primary_key=True),
    Column("stage", String, nullable=False, index=True),
    Column("cycle", Integer, nullable=False),
    Column("score", Integer),
    Column("grade", String),
    Column("sla_status", String),
    Column("sla_due", Instant),
    Column("recycle_count", Integer, nullable=False),
    Column("opted_out", Boolean, nullable=False),
    Column("next_review_at", Instant, index=True),
    Column("decided_at", Instant, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("contributions", Text, nullable=False),
    Column("standing", Text, nullable=False),
    Column("withheld", Text),
)
activities = Table(
    "activities",
    metadata,
    Column("uid", String, primary_key=True),
    Column("domain", String, nullable=False, index=True),
    Column("fit", Float, nullable=False),
    Column("known_since", Instant, nullable=False),
    Column("active_from", Instant, nullable=False),
    Column("active_until", Instant, nullable=False),
    Column("name", String, nullable=False, server_default=""),
    Column("latest", String, nullable=False, server_default=""),
)
scoped = Table(
    "scoped",
    metadata,
    Column("uid", String, primary_key=True),
    Column("since", Instant),
)
shadows = Table(
    "shadows",
    metadata,
    Column("uid", String, primary_key=True),
    Column("stage", String, nullable=False, index=True),
    Column("score", Integer),
    Column("next_review_at", Instant, index=True),
    Column("standing", Text, nullable=False),
)
issued_tasks = Table(
    "issued_tasks",
    metadata,
    Column("uid", String, primary_key=True),
    Column("task", String, primary_key=True),
)
objections = Table(
    "objections",
    metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("uid", String, nullable=False, index=True),
    Column("at", Instant, nullable=False, index=True),
    Column("reason", String, nullable=False, index=True),
    Column("details", Text),
    Column("stage", String, nullable=False),
    Column("segment", String),
    Column("source", String),
    Column("campaign", String),
)
sla_clocks = Table(
    "sla_clocks",
    metadata,
    Column("uid", String, primary_key=True),
    Column("cycle", Integer, primary_key=True),
    Column("status", String, nullable=False, index=True),
    Column("tier", String, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("due", Instant, nullable=False),
    Column("first_touch_at", Instant),
    Column("owner_id", String),
    Column("value", Float),
)
moves = Table(
    "moves",
    metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("uid", String, nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("before", String, nullable=False),
    Column("after", String, nullable=False, index=True),
    Column("cycle", Integer, nullable=False),
    Column("why", Text, nullable=False),
    Column("cause", String, nullable=False),
    Column("inferred", Boolean, nullable=False),
)
reviews = Table(
    "reviews",
    metadata,
    Column("uid", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("why", Text, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("answer", String, index=True),
)
mapped_fields = Table(
    "mapped_fields",
    metadata,
    Column("field", String, primary_key=True),
    Column("since", Instant, nullable=False),
    Column("whole", Boolean, nullable=False),
)
edits = Table(
    "edits",
    metadata,
    Column("ref", String, primary_key=True),
    Column("field", String, primary_key=True),
    Column("value", Text, nullable=False),
    Column("at", Instant),
    Column("by", String, nullable=False),
)
flips = Table(
    "flips",
    metadata,
    Column("uid", String, primary_key=True),
    Column("side", String, primary_key=True),
    Column("field", String, primary_key=True),
    Column("times", Integer, nullable=False),
    Column("at", Instant, nullable=False),
)
claims = Table(
    "claims",
    metadata,
    Column("ref", String, primary_key=True),
    Column("uid", String, primary_key=True, index=True),
)
erasures = Table(
    "erasures",
    metadata,
    Column("uid", String, primary_key=True),
    Column("at", Instant, nullable=False),
)
erased_records = Table(
    "erased_records",
    metadata,
    Column("ref", String, primary_key=True),
    Column("uid", String, nullable=False, index=True),
    Column("living", Boolean, nullable=False),
)
erased_addresses = Table(
    "erased_addresses",
    metadata,
    Column("digest", String, primary_key=True),
    Column("uid", String, primary_key=True, index=True),
)
pauses = Table(
    "pauses",
    metadata,
    Column("scope", String, primary_key=True),
    Column("by", String, nullable=False),
    Column("at", Instant, nullable=False),
)
leases = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),
    Column("token", Integer, nullable=False),
    Column("holder", String),
    Column("purpose", String),
    Column("host", String),
    Column("process", Integer),
    Column("mark", String),
    Column("seconds", Float),
    Column("expires_at", Instant),
)
outbox = Table(
    "outbox",
    metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("key", String, nullable=False),
    Column("uid", String, nullable=False),
    Column("lane", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", Instant),
    Column("operation", Text, nullable=False),
    Column("message", Text),
    Column("hint", Text),
    Column("settled_at", Instant),
    Column("ref", String),
    Column("held", Text),
    Column("created", Boolean),
    Column("refusals", Integer, nullable=False, server_default="0"),
    Column("news", String),
    UniqueConstraint("key", name="uq_outbox_key"),
    Index("ix_outbox_state", "state", "lane", "n"),
    Index("ix_outbox_uid", "uid", "state"),
    Index("ix_outbox_settled", "settled_at"),
)
rewinds = Table(
    "rewinds",
    metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("uid", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("acted", Boolean, nullable=False),
    Column("person", Text),
    Column("moves", Integer, nullable=False),
    Column("objections", Integer, nullable=False),
    Column("folded", Text, nullable=False),
    Index("ix_rewinds_uid", "uid", "at"),
    Index("ix_rewinds_at", "at"),
)
withdrawn = Table("withdrawn", metadata, Column("ref", String, primary_key=True))
shed = Table(
    "shed",
    metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("uid", String, nullable=False),
    Column("side", String, nullable=False),
    Column("lane", Integer, nullable=False),
    Column("operation", Text, nullable=False),
    UniqueConstraint("uid", "side", "lane", name="uq_shed_write"),
    Index("ix_shed_order", "side", "lane", "n"),
)
journal = Table(
    "journal",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("uid", String, nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("digest", String, nullable=False),
    Column("hash", String, nullable=False),
)
journal_values = Table(
    "journal_values",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("salt", String, nullable=False),
    Column("payload", Text, nullable=False),
)
effects = Table(
    "effects",
    metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False, index=True),
    Column("people", Integer, nullable=False),
    Column("mqls", Integer, nullable=False),
    Column("list_removals", Integer, nullable=False),
)
cycles = Table(
    "cycles",
    metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("calls", Text, nullable=False),
    Column("writes", Text, nullable=False),
    Column("persons", Integer, nullable=False),
)
