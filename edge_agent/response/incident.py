"""The hub's part of one incident: it survives a restart and travels whole to the cloud."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from edge_agent.errors import HubError
from edge_agent.spoken_check import SpokenCheck
from vocabulary.finding import Finding, FindingState
from vocabulary.incident import CheckOutcome, Disposition, IncidentStatus, Role
from vocabulary.risk import Course, Severity
from vocabulary.risks import BY_SLUG
from vocabulary.wire import ActionPart, CheckPart, FindingPart, IncidentUp, ReplyPart

MOST_FINDINGS = 32
MOST_ACTIONS = 64
"""The wire's limits (vocabulary.wire.IncidentUp)."""


class UnreadableIncidentError(HubError, ValueError):
    """A row that holds no incident; says where and what sort its faults are, never its words."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something done in the home: siren, light, valve, a sentence, plan B."""

    at: datetime
    action: str
    target: str = ""
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CloudPart:
    """What the cloud last said of the incident; the cloud owns it, the hub only reads it."""

    revision: int = 0
    number: str = ""
    status: IncidentStatus = IncidentStatus.OPEN
    first_page_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_role: Role | None = None
    acknowledged_name: str = ""
    closed_at: datetime | None = None
    disposition: Disposition | None = None


@dataclass(frozen=True, slots=True)
class HubIncident:
    """One situation. Frozen: each change is a new value with a higher revision."""

    incident_id: UUID
    slug: str
    variant: str
    severity: Severity
    opened_at: datetime
    page_at: datetime | None
    """When the cloud pages; None: a digest, nobody is paged."""
    findings: tuple[Finding, ...]
    revision: int = 1
    room: str = ""
    check: SpokenCheck | None = None
    cleared_at: datetime | None = None
    pin_at: datetime | None = None
    resident_cleared_at: datetime | None = None
    withdrawn: Disposition | None = None
    withdrawn_at: datetime | None = None
    is_duress: bool = False
    actions: tuple[Action, ...] = ()
    cloud: CloudPart = CloudPart()
    # what only the hub needs
    shown_page_at: datetime | None = None
    """When the home is told that help is called: `page_at`, but under duress what an ordinary
    "fine" would have made of it."""
    is_help_told: bool = False
    has_moved: bool = False
    """A fall answered "fine" has moved `page_at`; it does so once."""
    upright_at: datetime | None = None
    has_settled: bool = False
    """The home was told that all is cancelled; under duress nothing else was cancelled."""
    settled_at: datetime | None = None
    """When it was told so."""
    cooking_at: datetime | None = None
    handed_back_at: datetime | None = None
    """An acknowledgement was handed back, or has not heard of a further call for help, or it has
    only now become grave: the hub's 180 s begin anew."""
    is_called_again: bool = False
    """Something critical was raised after the acknowledgement, which counts no more until the
    cloud gives another."""
    plan_b_at: datetime | None = None
    plan_b_said_at: datetime | None = None
    reopens_at: datetime | None = None
    """Over, or under duress seemingly over, while a lesser danger still stands: asked anew after
    the cool-down."""
    has_heir: bool = False
    """Under duress: what still stands has been asked about anew, in an incident of its own."""

    @property
    def is_ended(self) -> bool:
        return self.cloud.status is IncidentStatus.CLOSED

    @property
    def is_acknowledged(self) -> bool:
        return self.cloud.status is IncidentStatus.ACKNOWLEDGED and not self.is_called_again

    @property
    def is_live(self) -> bool:
        """Whether it still asks for somebody: neither ended, nor withdrawn, nor settled in show."""
        return not (self.is_ended or self.withdrawn or self.has_settled)

    @property
    def course(self) -> Course:
        """What is done about it, as it stands."""
        return BY_SLUG[self.slug].course(self.variant, self.severity)

    def running(self, action: str) -> str | None:
        """The target of an action that is still on (a siren's pattern), or None."""
        return next((a.target for a in self.actions if a.action == action and not a.ended_at), None)

    def standing(self) -> tuple[Finding, ...]:
        """The findings that were raised and not cleared since."""
        last: dict[tuple[str, str, str], Finding] = {}
        for finding in self.findings:
            last[finding.slug, finding.variant, finding.device] = finding
        return tuple(f for f in last.values() if f.state is FindingState.RAISED)

    def to_json(self) -> str:
        """The whole of it, for the journal."""
        return _ADAPTER.dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """What `to_json` wrote; raises `UnreadableIncidentError` when the row is damaged."""
        try:
            return _ADAPTER.validate_json(text)  # type: ignore[return-value]  # there are no subclasses
        except ValidationError as refused:
            # pydantic's own says what stood there: what was heard in a home belongs in no log
            raise UnreadableIncidentError(_wrong(refused)) from None

    def to_wire(self, event_id: UUID, hub_id: str, sent_at: datetime) -> IncidentUp:
        """The whole hub part as the cloud gets it."""
        return IncidentUp(
            event_id=event_id,
            hub_id=hub_id,
            sent_at=sent_at,
            incident_id=self.incident_id,
            revision=self.revision,
            slug=self.slug,
            variant=self.variant,
            severity=self.severity.word,  # type: ignore[arg-type]  # the four words are the four names
            opened_at=self.opened_at,
            page_at=self.page_at,
            cleared_at=self.cleared_at,
            room=self.room,
            findings=[FindingPart.of(finding) for finding in self.findings],
            check=None if self.check is None else _check_part(self.check),
            pin_at=self.pin_at,
            resident_cleared_at=self.resident_cleared_at,
            withdrawn=self.withdrawn,  # type: ignore[arg-type]  # only the two automatic ones are set
            withdrawn_at=self.withdrawn_at,
            is_duress=self.is_duress,
            shown_page_at=self.shown_page_at,
            has_settled=self.has_settled,
            actions=[
                ActionPart(
                    at=done.at, action=done.action, target=done.target, ended_at=done.ended_at
                )
                for done in self.actions
            ],
        )


def _wrong(refused: ValidationError) -> str:
    faults = refused.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, each['loc']))} {each['type']}".strip() for each in faults)


def _check_part(check: SpokenCheck) -> CheckPart:
    return CheckPart(
        started_at=check.started_at,
        prompts=check.prompts,
        ended_at=check.ended_at,
        outcome=check.outcome,
        replies=[
            ReplyPart(
                at=reply.at,
                terminal=reply.terminal,
                heard=reply.heard,
                confidence=reply.confidence,
                outcome=CheckOutcome(reply.outcome),
            )
            for reply in check.replies
        ],
    )


_ADAPTER = TypeAdapter(HubIncident)
