"""A telephone call tells its story in pieces: late, twice, in any order, or not at all.

These rules say what each piece may change. Delivery, an answered call and a voicemail are never an
acknowledgement (RELIABILITY INV-4): only the attempt's own digit or code, given by a person, is.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique
from uuid import UUID

from vocabulary.incident import Disposition, Role


@unique
class Channel(StrEnum):
    """How a person is asked."""

    VOICE = "voice"
    SMS = "sms"


@unique
class Purpose(StrEnum):
    """Why a person is written to or called."""

    PAGE = "page"
    FOLLOW_UP = "follow_up"
    NOTICE = "notice"
    """To let a family know; nobody need answer, and an answer takes nothing."""


@unique
class PageStatus(StrEnum):
    """due → dialling → queued → ringing → answered → an end; unknown after a lost answer."""

    DUE = "due"
    DIALLING = "dialling"
    """Committed before the request leaves, so that a crash in between is noticed."""
    UNKNOWN = "unknown"
    """The request left and no answer came: the provider is asked before anyone is called again."""
    QUEUED = "queued"
    RINGING = "ringing"
    ANSWERED = "answered"
    COMPLETED = "completed"
    """Over without a key press: hung up, or a voicemail."""
    DELIVERED = "delivered"
    """An SMS that arrived; its code may still be sent back."""
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    DECLINED = "declined"
    """The person asked for somebody else (key 5)."""
    CANCELLED = "cancelled"
    """The incident was taken or closed before this page was sent."""
    ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True)
class Ask:
    """One person to be asked now, by these channels, for this step of a track.

    Its first six values are the key of the attempt: what has a key is never asked twice.
    """

    track: str
    step: int
    round: int
    attempt: int
    person_id: UUID
    role: Role
    channels: tuple[Channel, ...]
    purpose: Purpose = Purpose.PAGE


LIVE = frozenset(
    {
        PageStatus.DUE,
        PageStatus.DIALLING,
        PageStatus.QUEUED,
        PageStatus.RINGING,
        PageStatus.ANSWERED,
    }
)
"""Somebody may still press a key because of it."""

FRUITLESS = frozenset(
    {
        PageStatus.COMPLETED,
        PageStatus.NO_ANSWER,
        PageStatus.BUSY,
        PageStatus.FAILED,
        PageStatus.DECLINED,
    }
)
"""Over without an acknowledgement: for a call the escalation goes on at once."""

REACHED = frozenset(
    {
        PageStatus.QUEUED,
        PageStatus.RINGING,
        PageStatus.ANSWERED,
        PageStatus.COMPLETED,
        PageStatus.DELIVERED,
        PageStatus.NO_ANSWER,
        PageStatus.BUSY,
        PageStatus.DECLINED,
        PageStatus.ACKNOWLEDGED,
    }
)
"""The provider took it and tried: what failed after that is a person's silence, not ours."""

RING = timedelta(seconds=25)
"""How long a phone rings: about six rings, short of most voicemails' thirty seconds."""
DIAL_LEASE = timedelta(seconds=12)
"""A page still dialling after this was left by a dead worker: to connect and to be answered take at
most 5 s each."""
ATTEMPT_AT_MOST = timedelta(minutes=5)
"""A call of which nothing more is heard counts as over after this."""
ADOPTED = "found by look-up"
"""Stands in a page's error when its call was found in a list, not told by its own callback."""
RAISED_AGAIN = "raised_again"
"""The track of the questions to a holder in whose home something has come anew."""
SILENT_AFTER = timedelta(seconds=20)
"""A call tells something when it rings, is answered and ends: after so long without a word it is
asked about, because its callback may have come while the cloud was down."""
TOKEN_OUTLIVES = timedelta(minutes=10)
"""A key press counts until this long after its attempt ended (DESIGN §6)."""
WRONG_CODES = 10
"""So many wrong codes lock an incident's codes, and the lock itself escalates (RELIABILITY T6)."""
WRONG_PRESSES = 3
"""So many wrong keys end a call."""
REPEAT_AFTER = (timedelta(seconds=1), timedelta(seconds=3), timedelta(seconds=8))
"""When a provider said "later" (429, connection refused), the same person is tried again after
these waits; then the attempt has failed and the next step is taken."""
NOTICE_AGAIN = timedelta(minutes=1)
"""Ours: nothing follows on a notice, so after these waits it is tried again as often as this, until
the provider takes it or what it tells is over."""

_TOLD = {
    "queued": PageStatus.QUEUED,
    "initiated": PageStatus.QUEUED,
    "accepted": PageStatus.QUEUED,
    "sending": PageStatus.QUEUED,
    "sent": PageStatus.QUEUED,
    "ringing": PageStatus.RINGING,
    "in-progress": PageStatus.ANSWERED,
    "answered": PageStatus.ANSWERED,
    "completed": PageStatus.COMPLETED,
    "delivered": PageStatus.DELIVERED,
    "read": PageStatus.DELIVERED,
    "busy": PageStatus.BUSY,
    "no-answer": PageStatus.NO_ANSWER,
    "failed": PageStatus.FAILED,
    "undelivered": PageStatus.FAILED,
    "canceled": PageStatus.FAILED,
}
"""The provider's words in ours."""

_RANK = {
    PageStatus.DUE: 0,
    PageStatus.DIALLING: 1,
    PageStatus.UNKNOWN: 1,
    PageStatus.QUEUED: 2,
    PageStatus.RINGING: 3,
    PageStatus.ANSWERED: 4,
}
"""A status only moves up; those without a rank are ends."""


def told(word: str) -> PageStatus | None:
    """What the provider's word means; None for a word we do not know, which changes nothing."""
    return _TOLD.get(word)


def moved(status: PageStatus, to: PageStatus) -> PageStatus:
    """The status after hearing `to`: ends are final, and a late earlier word changes nothing."""
    if status not in _RANK or status is PageStatus.DUE:
        return status
    return to if _RANK.get(to, 9) > _RANK[status] else status


def token_is_alive(begun_at: datetime, ended_at: datetime | None, now: datetime) -> bool:
    """Whether a callback to this attempt, dialled at `begun_at`, is still listened to."""
    over_at = ended_at if ended_at is not None else begun_at + ATTEMPT_AT_MOST
    return now <= over_at + TOKEN_OUTLIVES


@unique
class Deed(StrEnum):
    """What a person wants by pressing keys or answering an SMS."""

    ACKNOWLEDGE = "acknowledge"
    GOING = "going"
    ESCALATE = "escalate"
    CONFERENCE = "conference"
    REPEAT = "repeat"
    CLOSE = "close"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Press:
    """A deed, for `CLOSE` with the outcome that was chosen."""

    deed: Deed
    disposition: Disposition | None = None


DISPOSITION_KEYS = {
    "1": Disposition.RESOLVED_BY_PHONE,
    "2": Disposition.VISITED,
    "3": Disposition.FALSE_ALARM,
    "4": Disposition.NO_CONTACT,
    "5": Disposition.EMERGENCY_SERVICE,
    "6": Disposition.TO_HOSPITAL,
    "7": Disposition.TEST,
    "8": Disposition.TECHNICAL_FIXED,
}


_PLAIN = {
    "5": Deed.ESCALATE,
    "55": Deed.ESCALATE,
    "0": Deed.CONFERENCE,
    "00": Deed.CONFERENCE,
    "*": Deed.REPEAT,
    "**": Deed.REPEAT,
}
"""Keys that need no digit. Two of a kind count too: the telephone waits for a second key."""


def read_keys(pressed: str, digit: str) -> Press:
    """What the pressed keys mean on a page whose spoken digit is `digit`; anything else is wrong.

    Asking for more help needs no digit: a pocket that does so harms nobody.
    """
    if deed := {"4" + digit: Deed.ACKNOWLEDGE, "7" + digit: Deed.GOING, **_PLAIN}.get(pressed):
        return Press(deed)
    if pressed[:1] == "6" and (outcome := DISPOSITION_KEYS.get(pressed[1:])):
        return Press(Deed.CLOSE, outcome)
    return Press(Deed.WRONG)


_REPLY = re.compile(r"\s*([0-9]{6})\s*([aAeE])\s*[.!]?\s*", re.ASCII)


def read_reply(body: str) -> tuple[str, Deed] | None:
    """The code and the deed of an SMS like `482913 a`; None when it is no such thing."""
    match = _REPLY.fullmatch(body)
    if match is None:
        return None
    deed = Deed.ACKNOWLEDGE if match[2].lower() == "a" else Deed.ESCALATE
    return match[1], deed


STOP_WORDS = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit"})
START_WORDS = frozenset({"start", "unstop", "yes"})
"""What carriers ask us to honour; the carrier itself already holds back further SMS."""
