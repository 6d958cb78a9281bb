"""A finding says that a risk has been seen, or is gone, and explains itself."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique

from vocabulary.risk import Severity


@unique
class FindingState(StrEnum):
    """A finding is raised once and cleared once."""

    RAISED = "raised"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Fact:
    """One reason in two tongues: a message of the catalogue with its values.

    `key` names a message (`fact.smoke_contact`), `values` fill it; the cloud turns it into the
    reader's language. Values are plain words and numbers, never personal text.
    """

    key: str
    values: tuple[tuple[str, str | float | int], ...] = ()

    @classmethod
    def of(cls, key: str, **values: str | float) -> "Fact":
        return cls(key, tuple(values.items()))


@dataclass(frozen=True, slots=True)
class Finding:
    """A risk raised or cleared at an instant, in a room, with reasons and counter-reasons."""

    slug: str
    variant: str
    severity: Severity
    state: FindingState
    at: datetime
    since: datetime
    """When the episode began; with slug and variant the key that de-duplicates it."""
    room: str = ""
    device: str = ""
    facts: tuple[Fact, ...] = ()
    """The three strongest reasons."""
    missing: tuple[Fact, ...] = ()
    """What was not known."""
    counter: tuple[Fact, ...] = ()
    """What would have kept it from firing."""
    score: float = 1.0
    """How sure, 0 to 1; below 0.8 the resident is asked first (RISKS §4, fall)."""
    was_found: bool = False
    """Found as state at start or in a retained message, not seen to begin."""
    late_by_seconds: float = 0.0
    """How old the event was when the hub learned of it."""
