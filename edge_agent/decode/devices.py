"""The devices behind one bridge, as its retained list tells; only what changed is read anew."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from edge_agent.decode.actions import ActionReader, read_actions
from edge_agent.decode.commands import offers
from edge_agent.decode.exposes import Definition, read_definition
from edge_agent.decode.meaning import Interpreter, Table
from edge_agent.decode.naming import Naming
from edge_agent.decode.slots import meanings_of
from vocabulary.devices_in_words import holds_address
from vocabulary.home import Device, HomeFile
from vocabulary.observation import Kind
from vocabulary.profile import Json
from vocabulary.profiles import Known, Profiles
from vocabulary.rulebook import RuleBook

_MAX_DEVICES: Final = 1000
_LONGEST_NAME: Final = 256
_LONGEST_ADDRESS: Final = 64
KEEPS_QUIET: Final = frozenset({Kind.LINK_QUALITY, Kind.READING})
"""Kinds that come with any message: a device with nothing else speaks only when used."""


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """One device as the hub knows it: for coverage, for `edge_agent devices`, for the installer."""

    address: str
    name: str
    vendor: str
    model: str
    kinds: frozenset[Kind]
    commands: frozenset[str]
    """siren, path_light, gas_valve, water_valve, stove: what `Decoder.command` can switch."""
    room: str
    room_type: str
    guards: str
    use: str
    bridge: str
    last_seen_at: datetime | None
    expect_every: timedelta | None
    """Longest silence that is normal; None: it speaks only when something happens."""
    clear_after: timedelta = timedelta()
    """For sensors that only ever report "on"; 0: they report "off" themselves."""
    is_sleepy: bool = False
    is_profiled: bool = False
    given_name: str = ""
    """What people of this home call it; "" where they gave it no name."""
    unnamed: tuple[str, ...] = ()
    """Properties beside an alarm that nobody understands: please name them."""


@dataclass(slots=True)
class Sense:
    """What one device's words mean, compiled at its first message."""

    definition: Definition
    table: Table
    actions: ActionReader
    known: Known
    guarded: tuple[tuple[str, tuple[str, Json]], ...] = ()
    """Properties that count only while another one of the same message says so."""


@dataclass(slots=True)
class Entity:
    """One device: what the bridge says of it, what the home says of it, what it said last."""

    address: str
    name: str
    topic: str
    raw: object
    power: str
    room: str
    room_type: str
    guards: str
    use: str
    duress_action: str
    given_name: str = ""
    """By the home file."""
    sense: Sense | None = None
    last_seen_at: datetime | None = None
    reported_at: datetime | None = None
    has_spoken: bool = True
    """Since its bridge came back; the first message after that may be an old state."""
    levels: dict[str, bool] = field(default_factory=dict)
    """Calls for help told as a state: only their rising edge is a call."""
    last_press: tuple[str, datetime, str] | None = None
    last_press_payload: bytes = b""


class Registry:
    """All devices of a bridge, by address and by topic."""

    def __init__(
        self, base: str, home: HomeFile, profiles: Profiles, book: RuleBook, naming: Naming
    ) -> None:
        self.by_topic: dict[str, Entity] = {}
        self.by_address: dict[str, Entity] = {}
        self.is_known = False
        """Whether the bridge has told its devices at all."""
        self._base = base
        self._home = home
        self._profiles = profiles
        self._book = book
        self._naming = naming
        self._interpreter = Interpreter(book, profiles.house, naming)
        self._compiled: dict[tuple[object, ...], tuple[object, Definition, Table]] = {}

    def update(self, listed: list[Any], refused: Counter[str]) -> bool:
        """Take over the bridge's list; False where it cannot be one (nothing changes then).

        An entry that is garbage is left out, and then no other device is taken away either.
        """
        entities: dict[str, Entity] = {}
        is_whole = True
        for item in listed[:_MAX_DEVICES]:
            if isinstance(item, dict) and item.get("type") == "Coordinator":
                continue
            entity = self._entity(item)
            if entity is None:
                refused["bad_device"] += 1
                is_whole = False
            else:
                entities[entity.address] = entity
        if not listed or (not entities and not is_whole):
            refused["no_devices"] += 1
            return False
        kept = {} if is_whole else self.by_address
        self.by_address = {**kept, **entities}
        self.by_topic = {entity.topic: entity for entity in self.by_address.values()}
        self.is_known = True
        self._compiled.clear()  # what devices in use mean they hold themselves
        return True

    def sense(self, entity: Entity) -> Sense:
        """What the device's words mean; compiled once per definition."""
        if entity.sense is None:
            vendor, model = _named(entity.raw)
            known = self._profiles.known(self._book.path, vendor, model, entity.address)
            definition, table = self._compile(entity, known)
            entity.sense = make_sense(self._book, entity, definition, table, known)
        return entity.sense

    def _compile(self, entity: Entity, known: Known) -> tuple[Definition, Table]:
        """Devices of one model in one role share a table: homes buy by the dozen."""
        key = (*_named(entity.raw), entity.guards, tuple(id(p) for _, p in known.layers))
        held = self._compiled.get(key)
        if held is None or held[0] != entity.raw:
            definition = read_definition(entity.raw, self._naming)
            table = self._interpreter.table(definition, known, entity.guards)
            held = (entity.raw, definition, table)
            self._compiled[key] = held
        return held[1], held[2]

    def known_devices(self) -> Iterator[KnownDevice]:
        """All devices as others see them."""
        for entity in self.by_address.values():
            sense = self.sense(entity)
            device = known_device(
                entity,
                sense,
                self._book,
                bridge=self._base,
                unnamed=self._interpreter.unnamed(sense.table, sense.definition),
            )
            yield replace(device, given_name=entity.given_name or _friendly(entity.name))

    def _entity(self, item: object) -> Entity | None:
        if not isinstance(item, dict):
            return None
        address = item.get("ieee_address")
        if not isinstance(address, str) or not 0 < len(address) <= _LONGEST_ADDRESS:
            return None
        name = item.get("friendly_name")
        if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME:
            name = address
        address = address.casefold()
        raw, power = item.get("definition"), item.get("power_source")
        old = self.by_address.get(address)
        if old is not None and old.raw == raw:
            old.name, old.topic = name, f"{self._base}/{name}"
            return old
        said = self._home.device_at(self._book.path, address)
        source = power.casefold() if isinstance(power, str) else ""
        entity = place(self._home, said, address, name, f"{self._base}/{name}", raw, source)
        if old is not None:
            entity.last_seen_at, entity.reported_at = old.last_seen_at, old.reported_at
            entity.levels, entity.last_press = old.levels, old.last_press
        return entity


def known_device(
    entity: Entity, sense: Sense, book: RuleBook, *, bridge: str, unnamed: tuple[str, ...] = ()
) -> KnownDevice:
    """A device as others see it."""
    kinds = kinds_of(sense)
    health = sense.known.health
    default = next((h for h in book.health if entity.power in h.power), None)
    seconds = health.expect_every_s if health else default and default.expect_every_s
    speaks = bool(kinds - KEEPS_QUIET - {Kind.SOS, Kind.BUTTON, Kind.DOORBELL})
    return KnownDevice(
        address=entity.address,
        name=entity.name,
        vendor=sense.definition.vendor,
        model=sense.definition.model,
        kinds=kinds,
        commands=offers(book.command, sense.definition),
        room=entity.room,
        room_type=entity.room_type,
        guards=entity.guards,
        use=entity.use,
        bridge=bridge,
        last_seen_at=entity.last_seen_at,
        expect_every=timedelta(seconds=seconds) if seconds and (speaks or health) else None,
        clear_after=timedelta(seconds=health.clear_after_s if health else 0),
        is_sleepy=health.sleepy if health else bool(default and default.sleepy),
        is_profiled=bool(sense.known.layers),
        given_name=entity.given_name,
        unnamed=unnamed,
    )


def make_sense(
    book: RuleBook, entity: Entity, definition: Definition, table: Table, known: Known
) -> Sense:
    """What one device's words mean, put together."""
    actions = read_actions(
        book.action,
        definition,
        known,
        guards=entity.guards,
        room_type=entity.room_type,
        duress_action=entity.duress_action,
    )
    guarded = tuple((n, s.when) for n, s in table.items() if s is not None and s.when is not None)
    return Sense(definition, table, actions, known, guarded)


def place(  # noqa: PLR0913, PLR0917 - who it is, how it speaks, where it stands
    home: HomeFile,
    said: Device | None,
    address: str,
    name: str,
    topic: str,
    raw: object,
    power: str,
) -> Entity:
    """A device where the home file says that it stands."""
    return Entity(
        address=address,
        name=name,
        topic=topic,
        raw=raw,
        power=power,
        room=(said.room or "") if said else "",
        room_type=home.room_type(said.room) if said else "",
        guards=said.guards if said else "",
        use=said.use if said else "",
        duress_action=said.duress_action if said else "",
        given_name=(said.name or "") if said else "",
    )


def _friendly(name: str) -> str:
    """A bridge's name for a device, unless nobody gave it one: then it is the address."""
    return "" if holds_address(name) else name


def _named(raw: object) -> tuple[str, str]:
    """Vendor and model, as far as they are texts."""
    held = raw if isinstance(raw, dict) else {}
    vendor, model = held.get("vendor"), held.get("model")
    return vendor if isinstance(vendor, str) else "", model if isinstance(model, str) else ""


def kinds_of(sense: Sense) -> frozenset[Kind]:
    """What the device can tell, its presses included."""
    kinds = {m.kind for slot in sense.table.values() if slot for m in meanings_of(slot)}
    for entry in sense.definition.entries:
        if entry.name == "action":
            presses = (sense.actions.read(value) for value in entry.values)
            kinds |= {press.kind for press in presses if press is not None}
    if any(r.to is Kind.SOS for _, r in sense.actions.records) or (
        sense.actions.is_sos_device and "action" in sense.definition.names
    ):
        kinds.add(Kind.SOS)
    return frozenset(kinds)
