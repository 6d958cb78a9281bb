"""What the response wants done; the rim does it, in this order: journal, act in the home, send."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from edge_agent.response.incident import HubIncident
from vocabulary.finding import Finding

Use = Literal["siren", "path_light", "gas_valve", "water_valve", "stove"]
EVACUATE = "evacuate"
CALL = "call"
"""The two sirens: leave the house; and "somebody outside, please come" (plan B)."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A new revision of an incident: commit it to the journal, then send it."""

    incident: HubIncident


@dataclass(frozen=True, slots=True)
class Speak:
    """Say a catalogue sentence; no terminal named means every terminal."""

    terminals: tuple[str, ...]
    key: str
    values: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True, slots=True)
class Switch:
    """Switch every device of one use; an empty room means all of them, idempotently."""

    use: Use
    is_on: bool
    pattern: str = ""
    """For a siren: `evacuate` or `call`."""
    room: str = ""


@dataclass(frozen=True, slots=True)
class Closed:
    """A person (or a permitted cancel) ended the incident: the journal's 30 days begin.

    For each finding the rim calls `Engine.release(finding.slug, finding.since)`.
    """

    incident_id: UUID
    findings: tuple[Finding, ...] = ()


Local = Speak | Switch
"""What the home itself does."""

Effect = Changed | Local | Closed
