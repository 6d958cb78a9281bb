"""Organisations own households; a household has a resident, a hub, and people around it."""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, Text, Uuid

from cloud.db import Instant, Json, metadata

organisation = Table(
    "organisation",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("country", String(2), nullable=False),
)

household = Table(
    "household",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False),
    Column("resident_name", String(120), nullable=False),
    Column("resident_born", String(10)),
    Column("resident_phone", String(20)),
    Column("resident_language", String(8), nullable=False, default="en"),
    Column("address", Text, nullable=False, default=""),
    Column("access", Text, nullable=False, default=""),  # where the key is, which bell
    Column("area", String(80), nullable=False),  # mass events collapse by it
    Column("zone", String(64), nullable=False),
    Column("conditions", Json),  # list of words from the care profile
    Column("medicines", Json),  # list of words from the care profile
    Column("home_toml", Text, nullable=False, default=""),
    Column("config_revision", Integer, nullable=False, default=0),
    Column("has_medical_device", Boolean, nullable=False, default=False),
)

hub = Table(
    "hub",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False),
    Column("household_id", ForeignKey("household.id"), nullable=False),
    Column("token_hash", String(64), nullable=False),  # sha256 hex of the HTTPS bearer token
    Column("is_revoked", Boolean, nullable=False, default=False),
    Column("last_heard_at", Instant),
    Column("link_lost_at", Instant),  # set after 90 s of silence, empty again when heard
    Column("lost_at", Instant),  # when its silence was last told to operations
    Column("boot_id", String(80)),
    Column("software", String(80)),
    Column("coverage", Json),  # slug -> {state, reason, since, values}
    Column("coverage_at", Instant),
    Column("proof_of_life_at", Instant),
    Column("devices", Integer),
    Column("devices_silent", Integer),
    Column("queued", Integer),
    Column("oldest_queued_seconds", Float),
    Column("skew_seconds", Float),  # how far its clock is believed to be behind
    Column("skew_told_seconds", Float),  # by its last heartbeat or hello
    Column("refused", Integer),  # at the home's broker since the hub started
    Column("faults", Json),  # list of catalogue keys
    Column("day", Json),  # the last wire.Day, where the resident consents
    Index("ix_hub_household_id", "household_id"),
    Index("ix_hub_last_heard_at", "last_heard_at"),
)

person = Table(
    "person",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False),
    Column("name", String(120), nullable=False),
    Column("login", String(120), unique=True),  # e-mail form, lower case
    Column("password_hash", String(200)),
    Column("language", String(8), nullable=False, default="en"),
    Column("zone", String(64), nullable=False),
    Column("roles", Json, nullable=False),  # list of gp | desk | community | family | operations
    Column("is_active", Boolean, nullable=False, default=True),
)

contact_method = Table(
    "contact_method",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("channel", String(16), nullable=False),  # voice | sms
    Column("address", String(20), nullable=False),  # E.164
    Column("position", Integer, nullable=False, default=0),
    Column("verified_at", Instant),
    Column("stopped_at", Instant),  # STOP received (SMS)
    Index("ix_contact_method_person_id", "person_id", "position"),
)

relation = Table(
    "relation",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False),
    Column("household_id", ForeignKey("household.id"), nullable=False),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("role", String(16), nullable=False),  # family | gp (own panel) | community
    Column("label", String(60), nullable=False, default=""),  # daughter, neighbour, own doctor
    Column("position", Integer, nullable=False, default=0),  # family 1, family 2
    Column("sees", String(16), nullable=False, default="summary"),  # alerts|summary|details
    Column("valid_from", Instant, nullable=False),
    Column("valid_until", Instant),
    Index("ix_relation_person_id", "person_id"),
    Index("ix_relation_household_id", "household_id", "role", "position"),
)

session = Table(
    "session",
    metadata,
    Column("id_hash", String(64), primary_key=True),  # sha256 hex of the cookie's secret
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)
