"""An incident is one situation in one home that a named person must end."""

from enum import StrEnum, unique


@unique
class IncidentStatus(StrEnum):
    """open → acknowledged → closed; back to open only by hand-back or follow-up timer."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


@unique
class CheckOutcome(StrEnum):
    """How a spoken check ended. Silence is never a "no"; duress always looks like `fine`."""

    FINE = "fine"
    HELP = "help"
    UNCLEAR = "unclear"
    SILENCE = "silence"
    DURESS = "duress"


@unique
class Technical(StrEnum):
    """Faults of our own making carry no risk slug and go to the operations rota."""

    HUB_LOST = "hub_lost"
    LINK_LOST = "link_lost"
    DEVICE_LOST = "device_lost"
    PROVIDER_DOWN = "provider_down"
    ROTA_GAP = "rota_gap"
    WORKER_LATE = "worker_late"
    DISK_FULL = "disk_full"
    HUB_FAULT = "hub_fault"
    """It cannot keep what it must tell, or what it told of an incident could not be kept."""


@unique
class Disposition(StrEnum):
    """How an incident ended, in a word that can be counted."""

    RESOLVED_BY_PHONE = "resolved_by_phone"
    VISITED = "visited"
    EMERGENCY_SERVICE = "emergency_service"
    TO_HOSPITAL = "to_hospital"
    FALSE_ALARM = "false_alarm"
    TEST = "test"
    NO_CONTACT = "no_contact"
    TECHNICAL_FIXED = "technical_fixed"
    RESIDENT_CANCELLED = "resident_cancelled"
    RESOLVED_BEFORE_PAGE = "resolved_before_page"


ON_SITE = frozenset({Disposition.VISITED, Disposition.TO_HOSPITAL})
"""Somebody stood beside the resident: what only a person there may end, has ended."""

AUTOMATIC_DISPOSITIONS = frozenset(
    {Disposition.RESIDENT_CANCELLED, Disposition.RESOLVED_BEFORE_PAGE}
)
"""Only these may end an incident without a person, and only before its first page (DESIGN §6)."""


@unique
class Role(StrEnum):
    """Who answers: each is a track of the escalation policy."""

    GP = "gp"
    DESK = "desk"
    COMMUNITY = "community"
    FAMILY = "family"
    OPERATIONS = "operations"


RESPONDERS = frozenset({Role.GP, Role.DESK, Role.COMMUNITY})
"""Only these acknowledge a critical incident; a family acknowledgement stops its own track."""
