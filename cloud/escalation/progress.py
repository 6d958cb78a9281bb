"""How far an incident's escalation has come: what a worker needs that takes over a dead one's."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class _Part(BaseModel):
    """A key that is not known is a younger release's: passed over, so that its rows go on here."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class TrackProgress(_Part):
    """Where one track stands. `step` -1: none taken in this round yet."""

    round: int = 0
    step: int = -1
    attempt: int = 0
    """How often the people of this step have been called again."""
    began_at: AwareDatetime
    """When this round began: steps count from here."""
    called_at: AwareDatetime
    """When somebody was last asked, or should have been."""
    waits_until: AwareDatetime | None = None
    """After a round that reached nobody: when the next one begins."""
    is_later: bool = False
    """Not the first round: it begins with its first step at once, whatever that one's seconds."""

    @classmethod
    def begun(cls, now: datetime, number: int, *, is_later: bool) -> "TrackProgress":
        return cls(round=number, began_at=now, called_at=now, is_later=is_later)


class Watch(_Part):
    """After an acknowledgement: which follow-up is next, and how often it has been asked."""

    number: int
    """Counts this incident's acknowledgements: each watch's pages have their own keys."""
    since: AwareDatetime
    index: int = 0
    asked: Annotated[int, Field(ge=0)] = 0
    asked_at: AwareDatetime | None = None


class Raised(_Part):
    """Something critical came anew while somebody had the incident: they are asked about it."""

    number: int
    """Counts them: the pages of each have their own keys."""
    at: AwareDatetime
    """When the holder is called about it."""
    latest: AwareDatetime
    """The same of what came last: who was asked before has not heard of that."""
    asked: Annotated[int, Field(ge=0)] = 0
    asked_at: AwareDatetime | None = None


class Progress(_Part):
    """All of it, as it stands in the incident's row."""

    tracks: dict[str, TrackProgress] = {}
    rounds: int = 0
    """Rounds begun so far: a round begun anew never has the key of an earlier one."""
    watch: Watch | None = None
    watches: int = 0
    raised: Raised | None = None
    raises: int = 0
    spread_at: AwareDatetime | None = None
    """The last word of something more that has failed in it that has been taken up."""
    pushed_at: AwareDatetime | None = None
    """The last request to escalate that has been followed."""
