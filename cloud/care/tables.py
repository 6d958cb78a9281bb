"""Every version of a household's care profile stays: who, when, what and why."""

from sqlalchemy import Column, ForeignKey, Integer, PrimaryKeyConstraint, String, Table, Text

from cloud.db import Instant, metadata

care_profile = Table(
    "care_profile",
    metadata,
    Column("household_id", ForeignKey("household.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("person_id", ForeignKey("person.id")),  # empty: it stood before versions were kept
    Column("reason", String(500), nullable=False),
    Column("restores", Integer),  # the earlier version whose text this one is again
    Column("home_toml", Text, nullable=False),
    PrimaryKeyConstraint("household_id", "version"),
)
"""Only ever added to: taking a change back is a version of its own."""
