"""Between hub and cloud only these messages exist, each strict, versioned and of bounded size.

Order of defence (RELIABILITY §5.17): size, UTF-8, JSON (depth, duplicate keys), strict schema.
Up: hello, heartbeat, incident, history, day, receipt. Down: receipt, incident_state, say,
history_request, config. None can open a valve, unlock a door or lower a limit.
"""

import json
from datetime import UTC
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from vocabulary.finding import Fact, Finding, FindingState
from vocabulary.incident import CheckOutcome, Disposition, IncidentStatus, Role
from vocabulary.risk import Severity
from vocabulary.risks import BY_SLUG

MAX_BYTES = 256 * 1024
"""Largest message; a 30-day history of one home stays under half of it."""
MAX_DEPTH = 12

Instant = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]
Word = Annotated[str, StringConstraints(max_length=80)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.]{1,80}$")]
HubId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{2,63}$")]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class _Envelope(_Message):
    schema_version: Literal[1] = 1
    event_id: UUID
    hub_id: HubId
    sent_at: Instant


class FactPart(_Message):
    """A reason: a catalogue key with its values."""

    key: Key
    values: dict[Key, Annotated[str, StringConstraints(max_length=120)] | float | int] = {}

    @classmethod
    def of(cls, fact: Fact) -> "FactPart":
        return cls(key=fact.key, values=dict(fact.values))

    def fact(self) -> Fact:
        return Fact(self.key, tuple(self.values.items()))


Facts = Annotated[list[FactPart], Field(max_length=8)]


class FindingPart(_Message):
    """One finding inside an incident."""

    slug: Key
    variant: Key
    severity: Literal["low", "medium", "high", "critical"]
    state: FindingState
    at: Instant
    since: Instant
    room: Word = ""
    device: Word = ""
    facts: Facts = []
    missing: Facts = []
    counter: Facts = []
    score: Annotated[float, Field(ge=0, le=1)] = 1.0
    was_found: bool = False
    late_by_seconds: Annotated[float, Field(ge=0)] = 0.0

    @model_validator(mode="after")
    def _known_variant(self) -> "FindingPart":
        if self.slug not in BY_SLUG:
            raise ValueError(f"no risk {self.slug!r} in the catalogue")
        try:
            BY_SLUG[self.slug].variant(self.variant)
        except KeyError as unknown:
            raise ValueError(str(unknown)) from unknown
        return self

    @classmethod
    def of(cls, finding: Finding) -> "FindingPart":
        return cls(
            slug=finding.slug,
            variant=finding.variant,
            severity=finding.severity.word,  # type: ignore[arg-type]  # the four words are the four names
            state=finding.state,
            at=finding.at,
            since=finding.since,
            room=finding.room,
            device=finding.device,
            facts=[FactPart.of(fact) for fact in finding.facts],
            missing=[FactPart.of(fact) for fact in finding.missing],
            counter=[FactPart.of(fact) for fact in finding.counter],
            score=finding.score,
            was_found=finding.was_found,
            late_by_seconds=finding.late_by_seconds,
        )

    def finding(self) -> Finding:
        return Finding(
            slug=self.slug,
            variant=self.variant,
            severity=Severity[self.severity.upper()],
            state=self.state,
            at=self.at,
            since=self.since,
            room=self.room,
            device=self.device,
            facts=tuple(part.fact() for part in self.facts),
            missing=tuple(part.fact() for part in self.missing),
            counter=tuple(part.fact() for part in self.counter),
            score=self.score,
            was_found=self.was_found,
            late_by_seconds=self.late_by_seconds,
        )


class ReplyPart(_Message):
    """What was heard during a check. `heard` is shown to responders only."""

    at: Instant
    terminal: Word = ""
    heard: Annotated[str, StringConstraints(max_length=200)] = ""
    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0
    outcome: CheckOutcome


class CheckPart(_Message):
    """The spoken check so far."""

    started_at: Instant
    prompts: Annotated[int, Field(ge=0, le=20)] = 0
    ended_at: Instant | None = None
    outcome: CheckOutcome | None = None
    replies: Annotated[list[ReplyPart], Field(max_length=20)] = []


class ActionPart(_Message):
    """What the hub did in the home: siren, light, valve, say, plan_b."""

    at: Instant
    action: Key
    target: Word = ""
    ended_at: Instant | None = None


class IncidentUp(_Envelope):
    """The whole hub part of an incident; ingest applies only a higher revision."""

    kind: Literal["incident"] = "incident"
    incident_id: UUID
    revision: Annotated[int, Field(ge=1)]
    slug: Key
    variant: Key
    severity: Literal["low", "medium", "high", "critical"]
    opened_at: Instant
    """When the criterion was met at the hub."""
    page_at: Instant | None
    """When the cloud pages unless a permitted cancel has arrived; None: a digest, no page."""
    cleared_at: Instant | None = None
    room: Word = ""
    findings: Annotated[list[FindingPart], Field(min_length=1, max_length=32)]
    check: CheckPart | None = None
    pin_at: Instant | None = None
    """The resident's own PIN within 20 s of an SOS: shown, withdraws nothing."""
    resident_cleared_at: Instant | None = None
    """The resident said "cooking" and the smoke went (RISKS §5): a mark, ends nothing."""
    withdrawn: Literal[Disposition.RESIDENT_CANCELLED, Disposition.RESOLVED_BEFORE_PAGE] | None = (
        None
    )
    withdrawn_at: Instant | None = None
    is_duress: bool = False
    """For responders' eyes only; every output to family and home looks like an ordinary cancel."""
    shown_page_at: Instant | None = None
    """What the home believes of `page_at`: under duress that of an ordinary "fine"."""
    has_settled: bool = False
    """The home was told that all is cancelled; under duress nothing else was cancelled."""
    actions: Annotated[list[ActionPart], Field(max_length=64)] = []

    @model_validator(mode="after")
    def _known_risk(self) -> "IncidentUp":
        if self.slug not in BY_SLUG:
            raise ValueError(f"no risk {self.slug!r} in the catalogue")
        if (self.withdrawn is None) != (self.withdrawn_at is None):
            raise ValueError("withdrawn and withdrawn_at come together")
        return self


class CoveragePart(_Message):
    """Whether one risk is really watched in this home, and if not, why and since when."""

    slug: Key
    state: Literal["covered", "degraded", "blind"]
    reason: Key = "alive"
    since: Instant
    values: dict[Key, Annotated[str, StringConstraints(max_length=120)] | float | int] = {}


class Hello(_Envelope):
    """Sent at each connection: the cloud answers with all that is still open for this hub."""

    kind: Literal["hello"] = "hello"
    boot_id: Word
    software: Word
    coverage: Annotated[list[CoveragePart], Field(max_length=64)] = []
    open_incidents: Annotated[list[UUID], Field(max_length=64)] = []
    config_revision: Annotated[int, Field(ge=0)] = 0


class Heartbeat(_Envelope):
    """Every 30 s: alive, what is queued, what is covered, last proof of life (without a room)."""

    kind: Literal["heartbeat"] = "heartbeat"
    boot_id: Word
    queued: Annotated[int, Field(ge=0)]
    oldest_queued_seconds: Annotated[float, Field(ge=0)] = 0.0
    coverage: Annotated[list[CoveragePart], Field(max_length=64)] = []
    """What changed since the last heartbeat that was sent; now and then all, as one may be lost."""
    proof_of_life_at: Instant | None = None
    devices: Annotated[int, Field(ge=0)] = 0
    devices_silent: Annotated[int, Field(ge=0)] = 0
    refused: Annotated[int, Field(ge=0)] = 0
    """Messages refused at the home's broker since start: size, nonsense, implausible."""
    faults: Annotated[list[Key], Field(max_length=16)] = []


class EpisodePart(_Message):
    """A stretch of time in the home: a stay in a room, a door standing open, a time in bed."""

    what: Literal["stay", "open", "bed", "outing", "power"]
    place: Word
    since: Instant
    until: Instant | None = None


class VitalPart(_Message):
    """One vital sign."""

    at: Instant
    what: Key
    value: float
    unit: Word = ""


class History(_Envelope):
    """24 h of episodes and vitals when an incident opens, up to 30 days when a responder asks."""

    kind: Literal["history"] = "history"
    incident_id: UUID
    since: Instant
    until: Instant
    episodes: Annotated[list[EpisodePart], Field(max_length=1500)] = []
    vitals: Annotated[list[VitalPart], Field(max_length=1500)] = []


class Day(_Envelope):
    """The day's digest, sent only where the resident consents."""

    kind: Literal["day"] = "day"
    day: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    outings: Annotated[int, Field(ge=0)] = 0
    visits: Annotated[int, Field(ge=0)] = 0
    meals: Annotated[int, Field(ge=0)] = 0
    nights: Annotated[int, Field(ge=0)] = 0
    active_minutes: Annotated[int, Field(ge=0)] = 0


class Receipt(_Envelope):
    """Says "I have committed these": the only thing that empties an outbox, either way."""

    kind: Literal["receipt"] = "receipt"
    of: Annotated[list[UUID], Field(min_length=1, max_length=500)]
    refused: dict[str, Word] = {}
    """Event id → why it will never be accepted; sending it again is vain, keep it and tell."""


class IncidentState(_Envelope):
    """The whole cloud part of an incident; the hub applies only a higher revision."""

    kind: Literal["incident_state"] = "incident_state"
    incident_id: UUID
    revision: Annotated[int, Field(ge=1)]
    number: Word
    """The incident number that every page carries."""
    status: IncidentStatus
    first_page_at: Instant | None = None
    acknowledged_at: Instant | None = None
    acknowledged_role: Role | None = None
    acknowledged_name: Word = ""
    """Spoken to the resident: "Doctor Lind is on the line with us"."""
    closed_at: Instant | None = None
    disposition: Disposition | None = None


class Say(_Envelope):
    """Speak a catalogue sentence at the terminals; never free text."""

    kind: Literal["say"] = "say"
    key: Annotated[str, StringConstraints(pattern=r"^say\.[a-z0-9_.]{1,60}$")]
    values: dict[Key, Annotated[str, StringConstraints(max_length=60)] | int] = {}
    until: Instant
    """After this it is no longer worth saying."""


class HistoryRequest(_Envelope):
    """A responder asks for more of the past, for one incident."""

    kind: Literal["history_request"] = "history_request"
    incident_id: UUID
    days: Annotated[int, Field(ge=1, le=30)]


class Config(_Envelope):
    """The household's care profile, as a home file's text, with its revision."""

    kind: Literal["config"] = "config"
    revision: Annotated[int, Field(ge=1)]
    home_toml: Annotated[str, StringConstraints(max_length=65536)]


Up = Annotated[
    IncidentUp | Hello | Heartbeat | History | Day | Receipt, Field(discriminator="kind")
]
Down = Annotated[
    IncidentState | Say | HistoryRequest | Config | Receipt, Field(discriminator="kind")
]

_UP: TypeAdapter[Any] = TypeAdapter(Up)
_DOWN: TypeAdapter[Any] = TypeAdapter(Down)


class BadMessage(ValueError):
    """A message that no retry can mend; says what is wrong, `reason` in one word to count by."""

    def __init__(self, said: str, reason: str = "schema") -> None:
        super().__init__(said)
        self.reason = reason


def parse_up(payload: bytes) -> IncidentUp | Hello | Heartbeat | History | Day | Receipt:
    """A message from a hub; raises `BadMessage`."""
    return _parse(_UP, payload)  # type: ignore[no-any-return]  # the adapter's union


def parse_down(payload: bytes) -> IncidentState | Say | HistoryRequest | Config | Receipt:
    """A message from the cloud; raises `BadMessage`."""
    return _parse(_DOWN, payload)  # type: ignore[no-any-return]  # the adapter's union


def dump(message: BaseModel) -> bytes:
    """The wire form of a message."""
    return message.model_dump_json().encode()


def load_json(payload: bytes, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Any:
    """JSON of bounded size and depth without duplicate keys or NaN; raises `BadMessage`."""
    if len(payload) > max_bytes:
        raise BadMessage(f"{len(payload)} bytes, at most {max_bytes} are read", "size")
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError as broken:
        raise BadMessage("not UTF-8", "not_utf8") from broken
    if deepest(text) > max_depth:
        raise BadMessage(f"nested deeper than {max_depth}", "depth")
    try:
        return json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except BadMessage:
        raise
    except (ValueError, RecursionError) as broken:
        raise BadMessage("not JSON", "not_json") from broken


def deepest(text: str) -> int:
    """How deep brackets nest, strings left out; cheap, so that the parser never sees a bomb."""
    depth = worst = 0
    in_string = escaped = False
    for char in text:
        if in_string:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                in_string = False
        elif char == '"':
            in_string = True
        elif char in "[{":
            depth += 1
            worst = max(worst, depth)
        elif char in "]}":
            depth -= 1
    return worst


def _parse(adapter: TypeAdapter[Any], payload: bytes) -> Any:
    load_json(payload)
    try:
        return adapter.validate_json(payload)
    except ValidationError as refused:
        first = refused.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadMessage(f"{where}: {first['msg']}") from refused


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadMessage("a key stands twice", "duplicate_key")
    return found


def _no_constant(name: str) -> Any:
    raise BadMessage(f"{name} is no number", "nan")
