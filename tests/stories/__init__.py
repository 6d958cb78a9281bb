"""A home in a few plain lines: what was seen at which second, and what the heart made of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from operator import attrgetter
from typing import Any
from uuid import UUID

from edge_agent.detector import Detector
from edge_agent.engine import Engine
from edge_agent.response import Changed, Effect, HubIncident, Response, Speak, Switch
from vocabulary.finding import Finding, FindingState
from vocabulary.home import HomeFile, read_home
from vocabulary.identity import uuid7
from vocabulary.incident import IncidentStatus, Role
from vocabulary.observation import VITALS, Kind, Observation, Value
from vocabulary.risk import Severity
from vocabulary.risks import BY_SLUG
from vocabulary.wire import IncidentState

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

ROOMS = {
    "Kitchen": "kitchen",
    "Living room": "living",
    "Bedroom": "bedroom",
    "Hall": "hall",
    "Bathroom": "bathroom",
    "Garden": "outdoor",
}

SWITCHES = "".join(
    f'[[device]]\nmatch = {{ path = "zigbee2mqtt", address = "{use}" }}\nuse = "{use}"\n'
    for use in ("gas_valve", "water_valve", "stove")
)

HOME_TOML = """
[home]
zone = "Europe/Paris"
organisation = "care-one"
area = "75011"
""" + "".join(f'[[room]]\nname = "{name}"\ntype = "{kind}"\n' for name, kind in ROOMS.items())

Make = Callable[[], Detector]


def at(seconds: float) -> datetime:
    """That many seconds after the story's start."""
    return START + timedelta(seconds=seconds)


def home(*flags: str, language: str = "en") -> HomeFile:
    """The story's home, with what is known of the resident."""
    listed = ", ".join(f'"{flag}"' for flag in flags)
    return read_home(
        f'{HOME_TOML}{SWITCHES}\n[resident]\nflags = [{listed}]\nlanguage = "{language}"\n'
    )


def seen(
    second: float, kind: Kind, value: Value, room: str = "Living room", **also: Any
) -> Observation:
    """One reading; its device is named after the kind and the room unless `device` says so."""
    also.setdefault("device", f"{kind}@{room}")
    return Observation(
        at(second), kind=kind, value=value, room=room, room_type=ROOMS.get(room, ""), **also
    )


def play(
    make: Make, story: Iterable[Observation], until: float, *, every: float = 1.0
) -> list[Finding]:
    """What the engine finds, told each reading and asked each second, as the hub does it."""
    engine, findings, second = Engine([make()]), list[Finding](), 0.0
    waiting = sorted(story, key=lambda each: each.at)
    while second <= until:
        while waiting and waiting[0].at <= at(second):
            findings += engine.observe(waiting.pop(0))
        findings += engine.tick(at(second))
        second += every
    return findings


def play_with_restart(
    make: Make, story: Sequence[Observation], until: float, cut: float, *, every: float = 1.0
) -> list[Finding]:
    """The same with the hub killed at second `cut`: it is told again as much as it asks for."""
    before = [each for each in story if each.at <= at(cut)]
    findings = play(make, before, cut, every=every)
    detector, second = make(), cut
    engine, horizon = Engine([detector]), at(cut) - detector.lookback
    engine.adopt(findings)
    for each in sorted(before, key=lambda each: each.at):
        if each.at >= horizon:
            engine.rehearse(each)
    waiting = sorted((each for each in story if each.at > at(cut)), key=lambda each: each.at)
    while second <= until:
        while waiting and waiting[0].at <= at(second):
            findings += engine.observe(waiting.pop(0))
        findings += engine.tick(at(second))
        second += every
    return findings


def journaled(seen: Sequence[Observation]) -> list[Observation]:
    """What the journal keeps: each change, one a minute unchanged, every event and vital.

    Of a part of what was seen it keeps that part of what it keeps of the whole.
    """
    kept: list[Observation] = []
    last: dict[tuple[str, Kind, str], Observation] = {}
    for one in seen:
        place = (one.device, one.kind, one.instance)
        before = last.get(place)
        is_all_kept = one.is_event or one.kind in VITALS
        is_soon = before is not None and one.at - before.at < timedelta(minutes=1)
        if before and is_soon and not is_all_kept and SAYS(before) == SAYS(one):
            continue
        last[place] = one
        kept.append(one)
    return kept


SAYS = attrgetter(
    *(each.name for each in fields(Observation) if each.name not in {"at", "reported_at"})
)
"""All of an observation but when: two of the same are a reading unchanged."""


def told(findings: Iterable[Finding]) -> list[str]:
    """The findings as short words: `smoke raised`, `smoke cleared`."""
    return [f"{each.variant} {each.state}" for each in findings]


def finding(slug: str, variant: str, second: float = 0.0, **also: Any) -> Finding:
    """A raised finding of the catalogue's severity."""
    card = BY_SLUG[slug].variant(variant)
    plain = Finding(
        slug,
        variant,
        card.severity,
        FindingState.RAISED,
        at(second),
        at(second),
        "Living room",
        slug,
    )
    return replace(plain, **also)


def cleared(raised: Finding, second: float) -> Finding:
    """The same risk, gone."""
    return replace(raised, state=FindingState.CLEARED, at=at(second))


def ids() -> Callable[[datetime], UUID]:
    """Incident ids that are the same in every run."""
    numbers = count(1)
    return lambda now: uuid7(now, next(numbers).to_bytes(10, "big"))


def response(*flags: str, language: str = "en", pin: str = "4711") -> Response:
    """A response that knows a PIN and a secret word ("blue umbrella")."""
    return Response(home(*flags, language=language), BY_SLUG, ids(), pin, "blue umbrella")


def only(response: Response) -> HubIncident:
    """The one open incident."""
    (incident,) = response.open_incidents.values()
    return incident


def local(effects: Iterable[Effect]) -> list[str]:
    """What the home was made to do, as short words."""
    words = []
    for effect in effects:
        match effect:
            case Speak(key=key, values=values):
                words.append(" ".join([key, *(str(value) for _, value in values)]))
            case Switch(use=use, is_on=is_on, pattern=pattern):
                words.append(" ".join(filter(None, [use, "on" if is_on else "off", pattern])))
            case _:
                pass
    return words


def revisions(effects: Iterable[Effect]) -> list[HubIncident]:
    """The incidents to be journaled and sent."""
    return [each.incident for each in effects if isinstance(each, Changed)]


def cloud_says(
    incident: HubIncident, status: IncidentStatus, revision: int = 1, **also: Any
) -> IncidentState:
    """A state of the cloud for this incident."""
    if status is IncidentStatus.ACKNOWLEDGED:
        also = {
            "acknowledged_at": at(0),
            "acknowledged_role": Role.GP,
            "acknowledged_name": "Doctor Lind",
            **also,
        }
    return IncidentState(
        event_id=incident.incident_id,
        hub_id="hub-1",
        sent_at=at(0),
        incident_id=incident.incident_id,
        revision=revision,
        number="2026-0001",
        status=status,
        **also,
    )


CRITICAL = Severity.CRITICAL
