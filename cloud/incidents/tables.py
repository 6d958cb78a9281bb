"""What a hub has told, kept once; and what became of it."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from cloud.db import Instant, Json, Serial, metadata

event = Table(
    "event",
    metadata,
    Column("event_id", Uuid, primary_key=True),  # UUIDv7 made at the hub
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False),
    Column("hub_id", ForeignKey("hub.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("payload", LargeBinary, nullable=False),
)
"""Each uplink message once: a second delivery changes nothing and gets the same receipt."""

incident = Table(
    "incident",
    metadata,
    Column("id", Uuid, primary_key=True),  # made at the hub; technical ones here
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False),
    Column("household_id", ForeignKey("household.id")),  # None: a technical one of an area
    Column("hub_id", ForeignKey("hub.id")),
    Column("number", String(12), nullable=False),  # what every page says
    Column("slug", String(40)),  # a risk, or None for a technical one
    Column("variant", String(40)),
    Column("technical", String(20)),
    Column("area", String(80)),
    Column("severity", Integer, nullable=False),  # vocabulary.risk.Severity
    Column("chain", String(16), nullable=False),
    Column("status", String(16), nullable=False),  # open | acknowledged | closed
    Column("hub_revision", Integer, nullable=False, default=0),
    Column("cloud_revision", Integer, nullable=False, default=1),
    Column("hub_part", Json),  # the last applied wire.IncidentUp, as JSON
    Column("is_duress", Boolean, nullable=False, default=False),
    Column("room", String(80), nullable=False, default=""),
    Column("opened_at", Instant, nullable=False),  # the criterion, on the hub's timeline
    Column("committed_at", Instant, nullable=False),  # when the cloud had it
    Column("page_at", Instant),
    Column("cleared_at", Instant),
    Column("withdrawn_at", Instant),
    Column("page_begun_at", Instant),  # first page about to be handed over: nobody cancels now
    Column("first_page_at", Instant),  # first page accepted by a provider
    Column("acknowledged_at", Instant),
    Column("acknowledged_by", ForeignKey("person.id")),
    Column("acknowledged_role", String(16)),
    Column("family_acknowledged_at", Instant),
    Column("family_acknowledged_by", ForeignKey("person.id")),
    Column("going_by", ForeignKey("person.id")),  # "I am going there"
    Column("going_at", Instant),
    # the first relative who said so: of a silent call the family sees nobody else going
    Column("family_going_by", ForeignKey("person.id")),
    Column("family_going_at", Instant),
    Column("label", String(40)),  # "false alarm because …": a label, changes nothing
    Column("closed_at", Instant),
    Column("closed_by", ForeignKey("person.id")),
    Column("disposition", String(30)),
    Column("linked_to", ForeignKey("incident.id")),  # closed while its finding was still raised
    Column("affected", Json),  # technical: list of {hub_id, household_id, since, cleared_at}
    Column("spread_at", Instant),  # technical: when its holder is to hear that more has failed
    # the escalation's own memory: a row with a deadline, a lease and a fencing number
    Column("policy", Json),  # this incident's own copy
    Column("progress", Json),
    Column("escalate_asked_at", Instant),  # key 5, or the button
    Column("next_action_at", Instant),
    Column("lease_by", String(80)),
    Column("lease_until", Instant),
    Column("fence", Integer, nullable=False, default=0),
    CheckConstraint("(slug IS NULL) <> (technical IS NULL)", name="one_cause"),
    # INV-3: an incident that is not closed always has its next action
    CheckConstraint("status = 'closed' OR next_action_at IS NOT NULL", name="timer_armed"),
    UniqueConstraint("organisation_id", "number"),
    Index(
        "ix_incident_due",
        "next_action_at",
        postgresql_where=text("status <> 'closed'"),
        sqlite_where=text("status <> 'closed'"),
    ),
    Index("ix_incident_household_id", "household_id", "opened_at"),
    Index("ix_incident_organisation_id", "organisation_id", "status"),
    Index("ix_incident_hub_id", "hub_id", "status"),
    Index("ix_incident_linked_to", "linked_to"),
)

history = Table(
    "history",
    metadata,
    Column("incident_id", ForeignKey("incident.id"), primary_key=True),
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("body", Json, nullable=False),  # wire.History's episodes and vitals
    Column("delete_after", Instant),  # 30 days after the incident closed
)

note = Table(
    "note",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False),
    Column("incident_id", ForeignKey("incident.id"), nullable=False),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("text", Text, nullable=False),
    Index("ix_note_incident_id", "incident_id", "at"),
)

downlink = Table(
    "downlink",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False),
    Column("hub_id", ForeignKey("hub.id"), nullable=False),
    Column("incident_id", ForeignKey("incident.id")),
    Column("kind", String(20), nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("next_send_at", Instant, nullable=False),
    Column("receipted_at", Instant),
    Index("ix_downlink_hub_id", "hub_id", "incident_id"),
    Index(
        "ix_downlink_due",
        "next_send_at",
        postgresql_where=text("receipted_at IS NULL"),
        sqlite_where=text("receipted_at IS NULL"),
    ),
)
"""What a hub must still be told: sent every 10 s until its receipt, and after each hello."""

blindness = Table(
    "blindness",
    metadata,
    Column("hub_id", ForeignKey("hub.id"), primary_key=True),
    Column("slug", String(40), primary_key=True),
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False),
    Column("household_id", ForeignKey("household.id"), nullable=False),
    Column("gateway", String(120), nullable=False, default=""),  # that is gone, if that is why
    Column("since", Instant, nullable=False),  # when the cloud was told so first
    Column("told_at", Instant),  # to the family
    Column("ended_at", Instant),
    Column("incident_id", ForeignKey("incident.id")),  # the technical one: operations know
    Index(
        "ix_blindness_untold",
        "since",
        postgresql_where=text("incident_id IS NULL AND ended_at IS NULL"),
        sqlite_where=text("incident_id IS NULL AND ended_at IS NULL"),
    ),
    Index("ix_blindness_incident_id", "incident_id"),
)
"""Critical risks that were watched in a home and are not any more: each is told once."""

number_source = Table(
    "number_source",
    metadata,
    Column("organisation_id", ForeignKey("organisation.id"), primary_key=True),
    Column("last", Serial, nullable=False),
)
"""Counts incidents per organisation, so that a page can say "incident 42"."""

quarantine = Table(
    "quarantine",
    metadata,
    Column("hub_id", String(64), primary_key=True),  # as the topic says; may be nobody's
    Column("reason", String(40), primary_key=True),  # of a closed list, never the sender's words
    Column("count", Integer, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
)
"""Messages that were refused, counted by reason; what they said is not kept."""
