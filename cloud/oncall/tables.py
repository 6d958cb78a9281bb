"""A schedule says who is on duty: a weekly rotation in a time zone, with overrides."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Uuid

from cloud.db import Instant, Json, metadata

schedule = Table(
    "schedule",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False),
    Column("name", String(120), nullable=False),
    Column("role", String(16), nullable=False),  # gp | desk | community | operations
    Column("position", Integer, nullable=False, default=0),  # 0 first line, 1 backup, 2 …
    Column("zone", String(64), nullable=False),
    Column("handoff_weekday", Integer, nullable=False, default=0),  # Monday is 0
    Column("handoff_time", String(5), nullable=False, default="08:00"),  # wall clock in `zone`
    Column("starts_on", String(10), nullable=False),  # ISO date of the first week
    Column("members", Json, nullable=False),  # person ids in turn
    Index("ix_schedule_organisation_id", "organisation_id", "role", "position"),
)

override = Table(
    "override",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False),
    Column("schedule_id", ForeignKey("schedule.id"), nullable=False),
    Column("kind", String(8), nullable=False),  # add | remove | replace
    Column("person_id", ForeignKey("person.id")),  # who comes (add, replace)
    Column("replaces_id", ForeignKey("person.id")),  # who goes (remove, replace)
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Index("ix_override_schedule_id", "schedule_id", "until"),
)
