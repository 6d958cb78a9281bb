"""What an escalation looks at, and what it may answer: plain values, no database, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cloud.escalation.policies import Who
from cloud.escalation.progress import Progress
from cloud.paging.rules import LIVE, Ask, Channel, PageStatus, Purpose
from vocabulary.incident import IncidentStatus, Role, Technical
from vocabulary.risk import Severity

RINGS_AT_MOST = timedelta(seconds=45)
"""A phone rings 25 s; of a call without a word for so long nothing will come: call again."""
CALL_LASTS = timedelta(seconds=90)
"""A call without a word from the provider for so long no longer holds up the next step."""
TALK_LASTS = timedelta(seconds=120)
"""The same once it was answered: somebody is listening."""


@dataclass(frozen=True, slots=True)
class PageFact:
    """What became of one page."""

    person_id: UUID
    channel: Channel
    status: PageStatus
    purpose: Purpose
    track: str
    step: int
    round: int
    at: datetime
    """When it was planned or, once sent, when the provider took it."""

    def is_live(self, now: datetime) -> bool:
        """Whether this call may still bring a key press, so that the next step can wait."""
        return self._within(CALL_LASTS, now)

    def is_busy(self, now: datetime) -> bool:
        """Whether the person's telephone is taken by this call, so that another is in vain."""
        return self._within(RINGS_AT_MOST, now)

    def _within(self, lasts: timedelta, now: datetime) -> bool:
        longest = TALK_LASTS if self.status is PageStatus.ANSWERED else lasts
        return self.status in LIVE and now - self.at < longest


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of the incident at this moment."""

    status: IncidentStatus
    severity: Severity
    starts_at: datetime
    """When paging begins: `page_at`, inside the policy's hours."""
    people: Mapping[str, tuple[UUID, ...]]
    """By `Who.key`: who can be reached there now."""
    not_kept: frozenset[str] = frozenset()
    """Backups (by `Who.key`) for which no rota is kept at all: their absence is known, no gap."""
    pages: tuple[PageFact, ...] = ()
    is_duress: bool = False
    family_has_acknowledged: bool = False
    acknowledged_at: datetime | None = None
    acknowledged_by: UUID | None = None
    acknowledged_role: Role | None = None
    escalate_asked_at: datetime | None = None
    spread_at: datetime | None = None
    """When whoever holds a technical incident is to hear that more of it has failed."""
    last_deed_at: datetime | None = None
    """When the acknowledger last did something that shows in the record: a note, a departure."""

    def asks(self, who: Who) -> bool:
        """Whether that role is to be asked at all.

        A duress incident is never told to the family, who may stand beside the threat; on a
        critical one the family's own acknowledgement stops the family's calls and nothing else.
        """
        if who.role is not Role.FAMILY:
            return True
        is_settled = self.severity is Severity.CRITICAL and self.family_has_acknowledged
        return not (self.is_duress or is_settled)


@dataclass(frozen=True, slots=True)
class Missed:
    """A step that had nobody to ask: recorded, and the next one taken at once."""

    track: str
    step: int
    round: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do now, what to remember, and when to look again (None: never, it is closed)."""

    progress: Progress
    next_action_at: datetime | None
    asks: tuple[Ask, ...] = ()
    missed: tuple[Missed, ...] = ()
    technical: frozenset[Technical] = frozenset()
    reopens: bool = False
    must_reach: bool = False
    """Nobody but these people has it in hand: if they cannot be asked at all, it is open again."""
