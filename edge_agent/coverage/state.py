"""A light: which risk, how far it is watched, why, since when; and what is read of a device."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Protocol

from vocabulary.observation import Kind


@unique
class State(StrEnum):
    """How far a risk is watched."""

    COVERED = "covered"
    DEGRADED = "degraded"
    BLIND = "blind"


Values = tuple[tuple[str, str | float], ...]


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """One of the 29 lights."""

    slug: str
    state: State
    reason: str
    """A key of `vocabulary.sentences.COVERAGE`."""
    since: datetime
    values: Values = ()


class Known(Protocol):
    """What coverage reads of a device the bridge has told of (`decode.KnownDevice`)."""

    @property
    def address(self) -> str: ...
    @property
    def kinds(self) -> Collection[Kind]: ...
    @property
    def room_type(self) -> str: ...
    @property
    def guards(self) -> str: ...
    @property
    def bridge(self) -> str: ...
    @property
    def expect_every(self) -> timedelta | None: ...
