"""An organisation's escalation policies; each incident carries its own copy of one."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table, UniqueConstraint, Uuid

from cloud.db import Instant, Json, metadata

escalation_policy = Table(
    "escalation_policy",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False),
    Column("chain", String(16), nullable=False),  # vocabulary.risk.Chain, or "technical"
    Column("severity", Integer),  # None: every severity of the chain
    Column("body", Json, nullable=False),  # tracks with their steps in seconds
    Column("saved_at", Instant, nullable=False),
    Column("version", Integer, nullable=False, default=1),
    UniqueConstraint("organisation_id", "chain", "severity"),
)
