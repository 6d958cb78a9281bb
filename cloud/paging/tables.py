"""A page is a row before it is a call: one attempt, one person, one channel."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)

from cloud.db import Instant, Json, Serial, metadata

page = Table(
    "page",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False),
    Column("incident_id", ForeignKey("incident.id"), nullable=False),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("role", String(16), nullable=False),
    Column("purpose", String(12), nullable=False, default="page"),  # page | follow_up
    Column("track", String(40), nullable=False),
    Column("step", Integer, nullable=False),
    Column("round", Integer, nullable=False, default=0),
    Column("attempt", Integer, nullable=False, default=0),  # n-th try of this step and channel
    Column("channel", String(16), nullable=False),  # voice | sms
    Column("address", String(20), nullable=False),
    Column("status", String(16), nullable=False),  # paging.rules.PageStatus
    Column("is_repeat", Boolean, nullable=False, default=False),  # after an unknown outcome
    Column("digit", String(1), nullable=False),  # spoken; pressed after 4 or 7
    Column("code", String(6), nullable=False),  # for SMS
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("token", String(64)),  # needed until the provider has it; then erased
    Column("provider", String(16), nullable=False, default="twilio"),
    Column("provider_id", String(64)),
    Column("created_at", Instant, nullable=False),
    Column("send_at", Instant, nullable=False),
    Column("lease_until", Instant),
    Column("dialled_at", Instant),  # the request was about to leave: look-ups start here
    Column("sent_at", Instant),  # the provider accepted the request
    Column("ended_at", Instant),
    Column("acknowledged_at", Instant),
    Column("keys", String(16)),
    Column("error", String(80)),
    Column("cost_class", String(16)),
    UniqueConstraint("incident_id", "track", "step", "round", "attempt", "person_id", "channel"),
    Index("ix_page_incident_id", "incident_id", "created_at"),
    Index(
        "ix_page_due",
        "send_at",
        postgresql_where=text("status IN ('due','dialling','unknown')"),
        sqlite_where=text("status IN ('due','dialling','unknown')"),
    ),
    Index("ix_page_provider_id", "provider_id"),
)

callback = Table(
    "callback",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False),
    Column("page_id", ForeignKey("page.id"), nullable=False),
    Column("provider_id", String(64), nullable=False),
    Column("status", String(40), nullable=False),  # provider's word, or digits:<n>
    Column("at", Instant, nullable=False),
    Column("body", Json),
    UniqueConstraint("page_id", "provider_id", "status"),
)
"""Each provider callback once: idempotent by (call id, status)."""
