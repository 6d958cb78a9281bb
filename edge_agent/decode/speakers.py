"""Devices that no bridge lists make themselves known by speaking, property by property.

What each has told of itself is kept small enough to be written down, so that a hub that starts anew
still knows of the cuff that speaks once a day.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, field
from typing import Final

from edge_agent.decode.devices import (
    KEEPS_QUIET,
    Entity,
    KnownDevice,
    Sense,
    kinds_of,
    known_device,
    make_sense,
    place,
)
from edge_agent.decode.exposes import Definition, Entry
from edge_agent.decode.meaning import Interpreter
from edge_agent.decode.naming import Naming, words
from vocabulary.home import HomeFile
from vocabulary.observation import Kind
from vocabulary.profiles import Known, Profiles

MAX_PROPERTIES: Final = 64
"""Per device; the richest known (a node that reads a smart meter) has about 50."""
_MAX_SPEAKERS: Final = 500
"""A gateway hears the whole street pass by."""
_MAX_GATEWAYS: Final = 8
_UNREMARKABLE: Final = KEEPS_QUIET | {Kind.BATTERY, Kind.TAG_SEEN}
"""A device of a passer-by tells no more than this."""


@dataclass(frozen=True, slots=True)
class Told:
    """One property as its device describes it."""

    property: str
    name: str
    """What it is called for people; the meaning of a vital often stands only here."""
    type: str
    unit: str = ""
    device_class: str = ""
    category: str = ""
    on: str = ""
    """What means yes; empty: the JSON value true."""
    off: str = ""
    component: str = ""
    """Which of a node's sorts of entities it belongs to."""


@dataclass(slots=True)
class Speaker:
    """One device and all that it has told of itself."""

    entity: Entity
    aliases: tuple[str, ...] = ()
    vendor: str = ""
    model: str = ""
    sort: str = ""
    """What it says that it is, in its own words."""
    told: dict[str, Told] = field(default_factory=dict)
    gateways: dict[str, None] = field(default_factory=dict)
    """Who relays it, the first one first."""
    is_new: bool = True
    """Something is not yet written down."""
    is_ours: bool | None = None
    """Whether it tells something of the home; None: not asked since it changed."""


class Speakers:
    """All devices of one path that introduce themselves."""

    def __init__(self, path: str, home: HomeFile, profiles: Profiles) -> None:
        self.book = profiles.books[path]
        self.naming = Naming(self.book.names)
        self.revision = 0
        self.by_address: dict[str, Speaker] = {}
        self.silent_gateways: set[str] = set()
        """Gateways that are known to be gone."""
        self._home = home
        self._profiles = profiles
        self._interpreter = Interpreter(self.book, profiles.house, self.naming)

    def meet(self, address: str, name: str, *aliases: str) -> Speaker | None:
        """The device of that address, perhaps for the first time; None: there are too many.

        `aliases`: other spellings of the address that a home file may use.
        """
        known = self.by_address.get(address)
        if known is not None:
            return known
        spellings = (address, *aliases)
        found = (self._home.device_at(self.book.path, spelling) for spelling in spellings)
        said = next((device for device in found if device is not None), None)
        if len(self.by_address) >= _MAX_SPEAKERS and not self._forget_a_stranger():
            return None
        speaker = Speaker(place(self._home, said, address, name, "", None, ""), aliases)
        self.by_address[address] = speaker
        return speaker

    def describe(self, speaker: Speaker, told: Iterable[Told]) -> None:
        """The device has told of properties; what is new or different is read anew."""
        has_news = False
        for each in told:
            held = speaker.told.get(each.property)
            if held == each or (held is None and len(speaker.told) >= MAX_PROPERTIES):
                continue
            speaker.told[each.property] = each
            has_news = True
        if has_news:
            self._changed(speaker)

    def withdraw(self, speaker: Speaker, name: str) -> None:
        """A property is no longer there."""
        if speaker.told.pop(name, None) is not None:
            self._changed(speaker)

    def identify(self, speaker: Speaker, vendor: str, model: str, sort: str = "") -> None:
        """Who made it and what it is called, as far as this message says so."""
        said = vendor or speaker.vendor, model or speaker.model, sort or speaker.sort
        if said != (speaker.vendor, speaker.model, speaker.sort):
            speaker.vendor, speaker.model, speaker.sort = said
            speaker.entity.power = speaker.sort.casefold()
            self._changed(speaker)

    def relay(self, speaker: Speaker, gateway: str) -> None:
        """The gateway carries the device's words."""
        if gateway not in speaker.gateways and len(speaker.gateways) < _MAX_GATEWAYS:
            speaker.gateways[gateway] = None
            self._changed(speaker)

    def hear_of(self, gateway: str, *, is_online: bool) -> None:
        """A gateway has come or gone: what it relays may have another way."""
        gone = self.silent_gateways
        if not any(gateway in speaker.gateways for speaker in self.by_address.values()):
            return
        if is_online == (gateway in gone):
            gone.symmetric_difference_update({gateway})
            self.revision += 1

    def sense(self, entity: Entity) -> Sense:
        """What the device's words mean; compiled once per description."""
        if entity.sense is None:
            speaker = self.by_address[entity.address]
            known = self._known(speaker)
            definition = self._definition(speaker)
            table = self._interpreter.table(definition, known, entity.guards)
            entity.sense = make_sense(self.book, entity, definition, table, known)
        return entity.sense

    def devices(self) -> Iterator[KnownDevice]:
        """All that tell something of the home, or that the home file names."""
        for speaker in self.by_address.values():
            if self._is_of_the_home(speaker):
                yield known_device(
                    speaker.entity,
                    self.sense(speaker.entity),
                    self.book,
                    bridge=self._bridge(speaker),
                )

    def learned(self) -> Iterator[tuple[str, str]]:
        """Address and description of each device that has something new to keep."""
        for address, speaker in self.by_address.items():
            if speaker.is_new and self._is_of_the_home(speaker):
                yield address, _written(speaker)
            speaker.is_new = False

    def recall(self, address: str, text: str) -> None:
        """Take over a description that was kept; one that cannot be read is left out."""
        try:
            held = json.loads(text)
            told = [Told(*map(str, each)) for each in held["told"]]
            aliases = map(str, held["aliases"])
            name, vendor, model, sort, *gateways = map(str, held["is"])
        except (ValueError, TypeError, KeyError):
            return
        speaker = self.meet(address, name, *aliases)
        if speaker is not None:
            self.identify(speaker, vendor, model, sort)
            self.describe(speaker, told)
            speaker.gateways |= dict.fromkeys(gateways)
            speaker.is_new = False

    def _changed(self, speaker: Speaker) -> None:
        speaker.entity.sense = None
        speaker.is_ours = None
        speaker.is_new = True
        self.revision += 1

    def _known(self, speaker: Speaker) -> Known:
        """By its model, or else by the name that its maker gave it."""
        path, address = self.book.path, speaker.entity.address
        known = self._profiles.known(path, speaker.vendor, speaker.model, address)
        if known.layers:
            return known
        return self._profiles.known(path, speaker.vendor, speaker.entity.name, address)

    def _definition(self, speaker: Speaker) -> Definition:
        entries = tuple(self._entry(speaker.told[name]) for name in sorted(speaker.told))
        names = {entry.name for entry in entries} | {entry.base for entry in entries}
        return Definition(
            vendor=speaker.vendor,
            model=speaker.model,
            about=words(f"{speaker.sort} {speaker.model}"),
            entries=entries,
            features=frozenset(),
            names=frozenset(names),
        )

    def _entry(self, told: Told) -> Entry:
        name = "_".join(words(told.name).split())
        if name in {"", "action"}:  # the name of a press where a message has several properties
            name = told.property
        parts, own = self.naming.parts(name), self.naming.parts(told.property)
        return Entry(
            property=told.property,
            name=name,
            base=parts.base,
            instance=parts.instance,
            endpoint="",
            tokens=parts.tokens | own.tokens,
            type=told.type,
            unit=told.unit,
            values=(),
            value_on=told.on or True,
            value_off=told.off or False,
            is_readable=True,
            is_settable=False,
            category=told.category,
            feature="",
            about="",
            is_secret=parts.is_secret or own.is_secret,
            is_silent=parts.is_silent or own.is_silent,
            device_class=told.device_class,
        )

    def _bridge(self, speaker: Speaker) -> str:
        """The first gateway that still relays it, or the first of all."""
        alive = (each for each in speaker.gateways if each not in self.silent_gateways)
        return next(alive, next(iter(speaker.gateways), ""))

    def _is_of_the_home(self, speaker: Speaker) -> bool:
        if speaker.is_ours is None:
            entity = speaker.entity
            is_placed = bool(entity.room or entity.guards)
            speaker.is_ours = is_placed or bool(kinds_of(self.sense(entity)) - _UNREMARKABLE)
        return speaker.is_ours

    def _forget_a_stranger(self) -> bool:
        """Make room for one more; False where all are of the home."""
        strangers = (a for a, each in self.by_address.items() if not self._is_of_the_home(each))
        first = next(strangers, None)
        if first is None:
            return False
        del self.by_address[first]
        return True


def _written(speaker: Speaker) -> str:
    said = (speaker.entity.name, speaker.vendor, speaker.model, speaker.sort, *speaker.gateways)
    told = [astuple(each) for each in speaker.told.values()]
    return json.dumps({"is": said, "aliases": speaker.aliases, "told": told}, ensure_ascii=False)
