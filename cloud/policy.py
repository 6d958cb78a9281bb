"""Who may do what: one function, and whatever no rule allows is forbidden.

A doctor sees the open incidents of the shift and the own panel; the desk what its organisation
owns; a community worker what is open; operations only technical incidents; a relative only the
household that the resident has let them see. Routes gather the facts, `can` decides (DESIGN §6).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique
from uuid import UUID

from vocabulary.incident import RESPONDERS, IncidentStatus, Role

AFTERCARE = timedelta(hours=24)
"""How long whoever handled an incident may still read it and add a note after its end."""


@unique
class Action(StrEnum):
    """Everything that a route lets people do."""

    SEE_QUEUE = "see_queue"
    SEE_HUBS = "see_hubs"
    SEE_INCIDENT = "see_incident"
    ACKNOWLEDGE = "acknowledge"
    TAKE_OVER = "take_over"
    REQUEST_HISTORY = "request_history"
    ESCALATE = "escalate"
    HAND_BACK = "hand_back"
    NOTE = "note"
    CLOSE = "close"
    SEE_HOMES = "see_homes"
    SEE_HOME = "see_home"
    FAMILY_ACKNOWLEDGE = "family_acknowledge"
    FAMILY_GOING = "family_going"
    FAMILY_LABEL = "family_label"


@unique
class Because(StrEnum):
    """Why, so that the answer can say what to do; `OVER` and `STALE` are for people to mend."""

    ALLOWED = "allowed"
    NOT_YOURS = "not_yours"
    OVER = "over"
    STALE = "stale"
    NOT_HOLDER = "not_holder"


@dataclass(frozen=True, slots=True)
class Tie:
    """What binds a person to a household, from when until when."""

    role: Role
    sees: str
    valid_from: datetime
    valid_until: datetime | None

    def holds(self, now: datetime) -> bool:
        return self.valid_from <= now and (self.valid_until is None or now < self.valid_until)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. `on_shift`: duties of this minute; `is_fresh`: active in the last 15 minutes."""

    person_id: UUID
    organisation_id: str
    roles: frozenset[Role]
    on_shift: frozenset[Role] = frozenset()
    is_fresh: bool = True


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """What the decision needs to know of an incident."""

    status: IncidentStatus
    is_technical: bool = False
    is_duress: bool = False
    seems_over: bool = True
    """To the family, where it is a silent call."""
    held_by: UUID | None = None
    closed_by: UUID | None = None
    closed_at: datetime | None = None
    was_paged: bool = False
    """The actor has been paged for it."""

    @property
    def is_over(self) -> bool:
        return self.status is IncidentStatus.CLOSED


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked about: an organisation's queue, a household, one incident."""

    organisation_id: str
    ties: tuple[Tie, ...] = ()
    """Between the actor and the household."""
    incident: IncidentFacts | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Allowed or not, and why."""

    is_allowed: bool
    because: Because


YES = Decision(is_allowed=True, because=Because.ALLOWED)
NO = Decision(is_allowed=False, because=Because.NOT_YOURS)
OVER = Decision(is_allowed=False, because=Because.OVER)
STALE = Decision(is_allowed=False, because=Because.STALE)
NOT_HOLDER = Decision(is_allowed=False, because=Because.NOT_HOLDER)


def can(actor: Actor, action: Action, target: Target | None, now: datetime) -> Decision:
    """Whether `actor` may do `action` to `target`; what is not known (None) may not be touched."""
    if target is None or target.organisation_id != actor.organisation_id:
        return NO
    rule = _RULES.get(action)
    return NO if rule is None else rule(actor, target, now)


def family_level(ties: tuple[Tie, ...], now: datetime) -> str:
    """The most that a relative's valid ties let them see: "", alerts, summary or details."""
    seen = {tie.sees for tie in ties if tie.role is Role.FAMILY and tie.holds(now)}
    return next((level for level in ("details", "summary", "alerts") if level in seen), "")


def _queue(actor: Actor, _target: Target, _now: datetime) -> Decision:
    responders = {Role.GP, Role.DESK, Role.COMMUNITY, Role.OPERATIONS}
    return YES if actor.roles & responders else NO


def _hubs(actor: Actor, _target: Target, _now: datetime) -> Decision:
    return YES if actor.roles & {Role.DESK, Role.OPERATIONS} else NO


def _see(actor: Actor, target: Target, now: datetime) -> Decision:
    incident = target.incident
    if incident is None:
        return NO
    if incident.is_technical:
        return YES if actor.roles & {Role.DESK, Role.OPERATIONS} else NO
    if Role.DESK in actor.roles or _handled(actor, incident, now):
        return YES
    if Role.GP in actor.roles:
        on_panel = any(tie.role is Role.GP and tie.holds(now) for tie in target.ties)
        of_shift = Role.GP in actor.on_shift or incident.was_paged
        return YES if on_panel or (of_shift and not incident.is_over) else NO
    return YES if Role.COMMUNITY in actor.roles and not incident.is_over else NO


def _handled(actor: Actor, incident: IncidentFacts, now: datetime) -> bool:
    """They held or closed it, and it is not long over. A family role alone opens no triage page."""
    is_theirs = actor.person_id in {incident.held_by, incident.closed_by}
    recent = incident.closed_at is None or now < incident.closed_at + AFTERCARE
    return is_theirs and recent and bool(actor.roles & {Role.GP, Role.COMMUNITY})


def _act(actor: Actor, target: Target, now: datetime) -> Decision:
    seen = _see(actor, target, now)
    if not seen.is_allowed or target.incident is None:
        return NO
    return OVER if target.incident.is_over else YES


def _past(actor: Actor, target: Target, now: datetime) -> Decision:
    """More of a home's past: for responders, and only while they work on an incident there."""
    decision = _act(actor, target, now)
    if not decision.is_allowed or target.incident is None:
        return decision
    return YES if actor.roles & RESPONDERS and not target.incident.is_technical else NO


def _hand_back(actor: Actor, target: Target, now: datetime) -> Decision:
    decision = _act(actor, target, now)
    if not decision.is_allowed or target.incident is None:
        return decision
    is_theirs = Role.DESK in actor.roles or target.incident.held_by == actor.person_id
    return YES if is_theirs else NOT_HOLDER


def _close(actor: Actor, target: Target, now: datetime) -> Decision:
    """Whoever accepted it closes it, or the desk; never on a screen left alone for 15 minutes."""
    decision = _act(actor, target, now)
    if not decision.is_allowed or target.incident is None:
        return decision
    is_desk = Role.DESK in actor.roles
    is_technician = target.incident.is_technical and Role.OPERATIONS in actor.roles
    if not (is_desk or is_technician or target.incident.held_by == actor.person_id):
        return NOT_HOLDER
    return YES if actor.is_fresh else STALE


def _homes(actor: Actor, _target: Target, _now: datetime) -> Decision:
    return YES if Role.FAMILY in actor.roles else NO


def _home(actor: Actor, target: Target, now: datetime) -> Decision:
    is_related = Role.FAMILY in actor.roles and family_level(target.ties, now) != ""
    return YES if is_related else NO


def _family_act(actor: Actor, target: Target, now: datetime) -> Decision:
    """A silent call looks like an ordinary "I am fine": first open, then perhaps called off."""
    if not _home(actor, target, now).is_allowed or target.incident is None:
        return NO
    if target.incident.is_technical:
        return NO
    incident = target.incident
    return OVER if (incident.seems_over if incident.is_duress else incident.is_over) else YES


_RULES: dict[Action, Callable[[Actor, Target, datetime], Decision]] = {
    Action.SEE_QUEUE: _queue,
    Action.SEE_HUBS: _hubs,
    Action.SEE_INCIDENT: _see,
    Action.NOTE: _see,
    Action.ACKNOWLEDGE: _act,
    Action.ESCALATE: _act,
    Action.TAKE_OVER: _act,
    Action.REQUEST_HISTORY: _past,
    Action.HAND_BACK: _hand_back,
    Action.CLOSE: _close,
    Action.SEE_HOMES: _homes,
    Action.SEE_HOME: _home,
    Action.FAMILY_ACKNOWLEDGE: _family_act,
    Action.FAMILY_GOING: _family_act,
    Action.FAMILY_LABEL: _family_act,
}
