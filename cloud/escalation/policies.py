"""Who is asked for help, in which order: the response chains of RISKS §2 as data.

Tracks run side by side; the steps of a track follow one another. A policy ends at a staffed desk
and then begins again: it never stops by itself. Every incident carries its own copy.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from cloud.paging.rules import Channel
from vocabulary.incident import Role
from vocabulary.risk import Chain, Severity

TECHNICAL: Final = "technical"
"""The chain of faults of our own making."""

Seconds = Annotated[int, Field(ge=0, le=86_400)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Who(_Part):
    """Whom a step asks: a place on a rota, everybody on a role's rotas, or a household's own."""

    schedule: Role | None = None
    pool: Role | None = None
    relation: Role | None = None
    position: Annotated[int, Field(ge=0, le=20)] = 0

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        if sum(part is not None for part in (self.schedule, self.pool, self.relation)) != 1:
            raise ValueError("a step asks exactly one of schedule, pool, relation")
        return self

    @property
    def role(self) -> Role:
        """As what the person is asked."""
        role = self.schedule or self.pool or self.relation
        assert role is not None
        return role

    @property
    def is_staffed(self) -> bool:
        """Whether somebody is paid to be there, so that nobody being there is a fault of ours."""
        return self.relation is None

    @property
    def key(self) -> str:
        """A short name, equal for equal ones."""
        if self.pool is not None:
            return f"pool:{self.role}"
        return f"{'schedule' if self.schedule else 'relation'}:{self.role}:{self.position}"


class Step(_Part):
    """From `after_s` seconds on, these are asked."""

    after_s: Seconds
    who: Annotated[tuple[Who, ...], Field(min_length=1)]
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)] = (Channel.VOICE, Channel.SMS)

    @field_validator("who", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, (Who, Mapping)) else value


class Track(_Part):
    """Steps that follow one another; between them the current people are called again."""

    name: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    repeat_every_s: Annotated[int, Field(ge=30, le=86_400)] = 60

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        times = [step.after_s for step in self.steps]
        if times != sorted(times):
            raise ValueError(f"track {self.name}: the steps are not in the order of their times")
        return self


class Policy(_Part):
    """The whole chain. No tracks: nobody is paged, the incident stands in the digest."""

    tracks: tuple[Track, ...]
    ends_at: Role | None = Role.DESK
    """The staffed role that is asked at once when a track's round has reached nobody."""
    follow_up_minutes: tuple[int, ...] = (15, 45)
    """After an acknowledgement, when the helper is asked how it stands (DESIGN §6)."""
    hours: tuple[int, int] | None = None
    """Local hours within which anyone is paged; None: day and night."""
    chain: str = ""
    severity: Severity | None = None
    """Of an incident's own copy: for what it was copied."""

    @model_validator(mode="after")
    def _ends_at_a_desk(self) -> Self:
        names = [track.name for track in self.tracks]
        if len(set(names)) != len(names):
            raise ValueError("two tracks of one name")
        if self.tracks and not any(ends(track, self.ends_at) for track in self.tracks):
            raise ValueError(f"no track ends at the staffed role {self.ends_at}")
        return self


def ends(track: Track, role: Role | None) -> bool:
    """Whether the track's last step asks that role where it is staffed."""
    return any(who.role == role and who.is_staffed for who in track.steps[-1].who)


def _on_duty(role: Role, position: int = 0) -> Who:
    return Who(schedule=role, position=position)


def _family(position: int) -> Who:
    return Who(relation=Role.FAMILY, position=position)


def _step(after_s: int, *who: Who) -> Step:
    return Step(after_s=after_s, who=who)


_GP, _GP_BACKUP, _GP_POOL = _on_duty(Role.GP), _on_duty(Role.GP, 1), Who(pool=Role.GP)
_DESK, _COMMUNITY = _on_duty(Role.DESK), _on_duty(Role.COMMUNITY)

_CRITICAL_FOLLOW_UP = (3, 15, 45)
"""3 min "have you spoken?", 15 min "settled, or who is going?", 45 min "on scene?"."""

_FIRE = (
    Track(name="desk", steps=(_step(0, _DESK), _step(60, _on_duty(Role.DESK, 1)))),
    Track(name="family", steps=(_step(0, _family(0), _family(1)),)),
    Track(name="community", steps=(_step(0, _COMMUNITY),)),
    # a GP is paged when nobody has confirmed within 3 min that the resident is outside
    Track(name="gp", steps=(_step(180, _GP), _step(240, _GP_BACKUP), _step(300, _GP_POOL))),
)
_PERSON = (
    Track(name="gp", steps=(_step(0, _GP), _step(60, _GP_BACKUP), _step(180, _GP_POOL))),
    Track(name="family", steps=(_step(0, _family(0)), _step(60, _family(1)))),
    Track(name="community", steps=(_step(180, _COMMUNITY),)),
    Track(name="desk", steps=(_step(300, _DESK),)),  # the emergency-service task
)
_WELFARE = (
    Track(
        name="care",
        steps=(
            _step(0, _family(0)),
            _step(300, _family(1)),
            _step(600, _COMMUNITY),
            _step(1200, _GP),
            _step(1500, _DESK),
        ),
    ),
)
_VITAL = (
    Track(name="gp", steps=(_step(0, _GP), _step(60, _GP_BACKUP), _step(180, _GP_POOL))),
    Track(name="family", steps=(_step(300, _family(0)), _step(360, _family(1)))),
    Track(name="desk", steps=(_step(600, _DESK),)),
)
_AWAY = (
    Track(
        name="care",
        steps=(_step(0, _family(0), _family(1)), _step(600, _COMMUNITY), _step(1200, _DESK)),
    ),
)
_HOME = (
    Track(name="care", steps=(_step(0, _family(0)), _step(600, _COMMUNITY), _step(1200, _DESK))),
)
_VISIT = (
    Track(name="community", steps=(_step(0, _COMMUNITY), _step(600, _DESK))),
    Track(name="family", steps=(_step(0, _family(0)), _step(300, _family(1)))),
)
_TECHNICAL = (
    Track(
        name="operations",
        steps=(
            _step(0, _on_duty(Role.OPERATIONS)),
            _step(300, _on_duty(Role.OPERATIONS, 1)),
            _step(600, _DESK),
        ),
        repeat_every_s=300,
    ),
)

_TRACKS: Final[dict[str, tuple[Track, ...]]] = {
    Chain.FIRE: _FIRE,
    Chain.PERSON: _PERSON,
    Chain.WELFARE: _WELFARE,
    Chain.VITAL: _VITAL,
    Chain.AWAY: _AWAY,
    Chain.HOME: _HOME,
    Chain.VISIT: _VISIT,
    Chain.DIGEST: (),
    TECHNICAL: _TECHNICAL,
}

_DAY_HOURS = (8, 22)
"""A medium incident is answered between 8 and 22 h local (RISKS §2)."""


def default_policy(chain: str, severity: Severity) -> Policy:
    """The chain of RISKS §2 for an organisation that has set none of its own.

    Medium incidents go by SMS first, by day, and are repeated every quarter of an hour: an answer
    within 60 minutes is promised, not a telephone that rings each minute. Low ones page nobody.
    """
    tracks = _TRACKS.get(chain, _PERSON)  # an unknown chain still asks for a doctor
    if severity >= Severity.HIGH:
        tracks = tracks or _PERSON  # and so does what is graver than a digest may be
    if chain == TECHNICAL:
        return Policy(tracks=tracks)
    if severity is Severity.LOW:
        return Policy(tracks=())
    if severity is Severity.MEDIUM:
        return Policy(tracks=tuple(_gentle(track) for track in tracks), hours=_DAY_HOURS)
    follow_up = _CRITICAL_FOLLOW_UP if severity is Severity.CRITICAL else (15, 45)
    return Policy(tracks=tracks, follow_up_minutes=follow_up)


def _gentle(track: Track) -> Track:
    first, *rest = track.steps
    quiet = first.model_copy(update={"channels": (Channel.SMS,)})
    return track.model_copy(update={"steps": (quiet, *rest), "repeat_every_s": 900})
