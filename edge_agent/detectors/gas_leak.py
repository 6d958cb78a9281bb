"""Gas leak: a gas alarm has tripped, or the air holds a share of what it takes to explode.

An alarm's contact is believed as it is (EN 50194-1 [V13]). The measured share of the explosive
limit is a second look, well before the 20 % at which a certified alarm must have rung ([V14]). A
spray or a cleaner with alcohol is gone sooner than these holds; a tired sensor drifts below them.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from edge_agent.contact import BLIP, Ailments, Contact, Contacts
from edge_agent.detector import LOOKBACK, Assessment, is_usable, number
from vocabulary.finding import Fact
from vocabulary.observation import Kind, Observation

WARNING_LEL, WARNING_FOR = 5.0, timedelta(seconds=60)
ALARM_LEL, ALARM_FOR = 10.0, timedelta(seconds=10)
"""RISKS §4: `warning` ≥ 5 % LEL for 60 s; `alarm` ≥ 10 % LEL for 10 s or detector contact."""

OVER_BELOW = 0.8
"""Of its limit: the air must be clearly better before a finding ends. Ours, so it cannot flap."""


@dataclass(slots=True)
class Stage:
    """So much of the explosive limit, for so long: a contact that our own rule closes."""

    variant: str
    lel: float
    held: Contacts

    @property
    def ends(self) -> Fact:
        """What would have kept it away."""
        return Fact.of("fact.gas_would_clear", limit=round(self.lel * OVER_BELOW, 1))

    def observe(self, seen: Observation, lel: float) -> None:
        contact = self.held.of(seen)
        least = self.lel * OVER_BELOW if contact.is_present(seen.at) else self.lel
        self.held.read(seen, is_on=lel >= least)


def _warning() -> Stage:
    return Stage("warning", WARNING_LEL, Contacts(WARNING_FOR))


def _alarm() -> Stage:
    return Stage("alarm", ALARM_LEL, Contacts(ALARM_FOR))


@dataclass(frozen=True, slots=True)
class Sign:
    """One way in which gas shows itself."""

    variant: str
    device: str
    held: Contact
    because: Fact
    ends: Fact
    """What would have kept it away."""


@dataclass(slots=True)
class GasLeak:
    """Present per device and stage; at `alarm` the response closes the gas valve."""

    slug: ClassVar[str] = "gas_leak"
    kinds: ClassVar[frozenset[Kind]] = frozenset(
        {Kind.GAS, Kind.GAS_LEL, Kind.DEVICE_TEST, Kind.END_OF_LIFE, Kind.FAULT}
    )
    lookback: ClassVar[timedelta] = LOOKBACK

    contacts: Contacts = field(init=False, default_factory=lambda: Contacts(BLIP))
    warning: Stage = field(init=False, default_factory=_warning)
    alarm: Stage = field(init=False, default_factory=_alarm)
    lel: dict[str, float] = field(init=False, default_factory=dict)
    """The last share of the explosive limit that each device measured."""
    ailments: Ailments = field(init=False, default_factory=Ailments)

    def observe(self, seen: Observation) -> None:
        match seen.kind:
            case Kind.GAS:
                self.contacts.observe(seen)
            case Kind.GAS_LEL:
                self._observe_share(seen)
            case Kind.DEVICE_TEST:
                self.contacts.observe_test(seen)
            case _:
                self.ailments.observe(seen)

    def assess(self, now: datetime) -> tuple[Assessment, ...]:
        signs = self._signs(now)
        if not signs:
            return ()
        is_alone = len({sign.device for sign in signs}) == 1
        first: dict[tuple[str, str], Assessment] = {}
        for sign in signs:
            explained = self._explained(sign, is_alone=is_alone)
            first.setdefault((sign.variant, sign.device), explained)
        return tuple(first.values())

    def due(self, now: datetime) -> datetime | None:
        held = (self.contacts, self.warning.held, self.alarm.held)
        return min((at for each in held for at in each.dues() if at > now), default=None)

    def _observe_share(self, seen: Observation) -> None:
        lel = number(seen)
        if lel is None or not is_usable(seen):
            return
        self.lel[seen.device] = lel
        self.warning.observe(seen, lel)
        self.alarm.observe(seen, lel)

    def _signs(self, now: datetime) -> list[Sign]:
        signs = [
            Sign("alarm", device, contact, _tripped(contact, now), _CONTACT_ENDS)
            for _, device, contact in self.contacts.present(now)
        ]
        return signs + [
            Sign(stage.variant, device, held, self._measured(device), stage.ends)
            for stage in (self.alarm, self.warning)
            for _, device, held in stage.held.present(now)
        ]

    def _explained(self, sign: Sign, *, is_alone: bool) -> Assessment:
        assert sign.held.on_since is not None
        is_measured = sign.device in self.lel
        is_more = is_measured and sign.because.key != "fact.gas_share"
        alone = (Fact.of("fact.one_gas_source"),) if is_alone else ()
        return Assessment(
            variant=sign.variant,
            since=sign.held.on_since,
            facts=(sign.because, self._measured(sign.device)) if is_more else (sign.because,),
            missing=() if is_measured else (Fact.of("fact.no_gas_measured"),),
            counter=(sign.ends, *alone, *self.ailments.facts(sign.device)),
            room=sign.held.room,
            device=sign.device,
            was_found=sign.held.was_found,
            late_by_seconds=sign.held.late_by_seconds,
        )

    def _measured(self, device: str) -> Fact:
        return Fact.of("fact.gas_share", percent=self.lel[device])


_CONTACT_ENDS = Fact.of("fact.contact_would_clear")


def _tripped(contact: Contact, now: datetime) -> Fact:
    seconds = int((now - (contact.on_since or now)).total_seconds())
    return Fact.of("fact.gas_contact", seconds=seconds)
