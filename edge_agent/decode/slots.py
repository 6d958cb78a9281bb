"""What a property of one device means, found once, so that reading a message is look-ups.

A slot answers "this value of this property is …" with meanings; a value that it does not know has
none: it is counted and never guessed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from edge_agent.decode.messages import clean
from vocabulary.observation import Kind, Layer, Quality
from vocabulary.profile import Json, Map

_LONGEST_TEXT: Final = 120
"""A reading's text is shown to people; longer ones are blobs (schedules, infrared codes)."""
_MOST_REMEMBERED: Final = 64
"""Texts a slot remembers the meaning of: an enumeration has fewer, and garbage gets no more."""
_LARGEST: Final = 1e15
"""Beyond this a float no longer counts whole numbers; no sensor says such a thing."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """One observation that a value gives, without time and place."""

    kind: Kind
    value: bool | float | str
    instance: str
    layer: Layer
    confidence: float = 1.0
    text: str = ""
    quality: Quality = Quality.OK
    is_edge: bool = False
    """Only the change to this value is an event (a call for help told as a state)."""


Meanings = tuple[Meaning, ...]


@dataclass(frozen=True, slots=True)
class Numeric:
    """A number in the device's unit becomes one in house units, if it can be believed."""

    kind: Kind
    instance: str
    layer: Layer
    low: float
    high: float
    factor: float = 1.0
    offset: float = 0.0
    drop: frozenset[float] = frozenset()
    text: str = ""
    """The unit of a number that nobody has a word for."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Which of several alike, and which layer of knowledge says so."""

    instance: str
    layer: Layer


@dataclass(slots=True)
class Slot:
    """One property of one device."""

    name: str
    known: dict[bool | str, Meanings] = field(default_factory=dict)
    """Truth values and texts → meanings."""
    numbers: dict[float, Meanings] = field(default_factory=dict)
    """Numbers that stand for words (value_on = 1)."""
    numeric: Numeric | None = None
    words: dict[str, Meanings] = field(default_factory=dict)
    """Texts in the spelling of the rules, for values that the device did not announce."""
    faults: Origin | None = None
    """Where any other text is a fault that explains itself."""
    separator: str = ""
    """Between several words at once ("water_shortage,water_leakage")."""
    is_generic: bool = False
    unit: str = ""
    remembered: dict[str, Meanings] = field(default_factory=dict)
    """Texts that had to be looked up by their plain spelling: devices say the same again."""
    when: tuple[str, Json] | None = None
    """Another property and what it must say, or this one counts for nothing."""
    slot_from: tuple[str, ...] = ()
    """For an event: the keys beside it that name its slot."""

    def text(self, value: str) -> Meanings | None:
        """What a text means that `known` does not hold; None: nobody knows."""
        found = self.remembered.get(value)
        if found is None:
            found = self._look_up(value)
            is_small = len(self.remembered) < _MOST_REMEMBERED and len(value) <= _LONGEST_TEXT
            if found is not None and is_small:
                self.remembered[value] = found
        return found

    def _look_up(self, value: str) -> Meanings | None:
        short = clean(value, _LONGEST_TEXT)
        found = self.words.get(plain(short))
        if found is None and self.separator and self.separator in short:
            found = self._several(short.split(self.separator)[:8])
        if found is None and self.faults is not None:
            found = (self._fault(short),)
        if found is None and self.is_generic:
            found = (self.generic(short),)
        return found

    def listed(self, value: list[object]) -> Meanings | None:
        """What a list means: an empty list of faults is none, else they are named."""
        if self.faults is None:
            return None
        named = ", ".join(part for part in value[:8] if isinstance(part, str))
        return (self._fault(clean(named, _LONGEST_TEXT), is_on=bool(value)),)

    def _fault(self, text: str, *, is_on: bool = True) -> Meaning:
        origin = self.faults or Origin("", Layer.GENERIC)
        return Meaning(Kind.FAULT, is_on, origin.instance, origin.layer, text=text)

    def generic(self, value: bool | float | str) -> Meaning:  # noqa: FBT001 - the value is the reading
        return Meaning(Kind.READING, value, self.name, Layer.GENERIC, text=self.unit)

    def _several(self, parts: list[str]) -> Meanings | None:
        """Any true part makes a kind true; all parts must be known to make it false."""
        each = [self.words.get(plain(part)) for part in parts]
        merged: dict[Kind, Meaning] = {}
        for meanings in each:
            for meaning in meanings or ():
                if meaning.kind not in merged or meaning.value is True:
                    merged[meaning.kind] = meaning
        is_whole = all(meanings is not None for meanings in each)
        kept = tuple(m for m in merged.values() if is_whole or m.value is True)
        return kept or None


def generic_slot(name: str, unit: str = "") -> Slot:
    """A property nobody has a word for: what it says is kept and shown, under its own name."""
    slot = Slot(name, is_generic=True, unit=unit)
    slot.known = {value: (slot.generic(value),) for value in (True, False)}
    slot.numeric = Numeric(Kind.READING, name, Layer.GENERIC, -_LARGEST, _LARGEST, text=unit)
    return slot


def plain(value: str) -> str:
    """The spelling in which rules name the values of enumerations."""
    return "_".join(value.casefold().replace("-", " ").replace("_", " ").split())


def add_meaning(slot: Slot, value: Json, meaning: Meaning) -> None:
    """Let a JSON value, told apart by its type, have this meaning as well; one a kind."""
    if isinstance(value, bool | str):
        slot.known[value] = _with(slot.known.get(value, ()), meaning)
        if isinstance(value, str):
            slot.words[plain(value)] = _with(slot.words.get(plain(value), ()), meaning)
    else:
        slot.numbers[value] = _with(slot.numbers.get(value, ()), meaning)


def fill_words(slot: Slot, record: Map, origin: Origin) -> None:
    """The values that a record states outright, for truth values and enumerations."""
    for values, claim in ((record.true_when, True), (record.false_when, False)):
        for value in values:
            add_meaning(slot, value, _claim(record, origin, is_so=claim))
    for value in record.maybe_when:
        sure = replace(_claim(record, origin, is_so=True), confidence=record.confidence)
        add_meaning(slot, value, replace(sure, text="warning"))
    for text, ours in record.values.items():
        add_meaning(slot, text, Meaning(record.to, ours, origin.instance, origin.layer))


def fill_claims(slot: Slot, record: Map, origin: Origin, on_off: tuple[Any, Any]) -> None:
    """A truth value in the device's own spelling: (what means true, what means false)."""
    for value, claim in zip(on_off, (True, False), strict=True):
        if value is not None:
            add_meaning(slot, value, _claim(record, origin, is_so=claim))


def announce(slot: Slot, values: tuple[str, ...]) -> None:
    """An enumeration's values as the device spells them; several at once stand between commas."""
    slot.separator = ","
    for value in values:
        for meaning in slot.words.get(plain(value), ()):
            add_meaning(slot, value, meaning)


def meanings_of(slot: Slot) -> Iterator[Meaning]:
    """All that a slot may say that we have a word for; a number with 0 in place of its value."""
    if slot.is_generic:
        return
    for table in (slot.known, slot.words, slot.numbers):
        for meanings in table.values():
            yield from meanings
    if slot.numeric is not None:
        yield Meaning(slot.numeric.kind, 0.0, slot.numeric.instance, slot.numeric.layer)
    if slot.faults is not None:
        yield Meaning(
            Kind.FAULT, value=True, instance=slot.faults.instance, layer=slot.faults.layer
        )


def recast(slot: Slot, says: Kind, means: Kind) -> None:
    """Let a kind be another, as the home file's role of the device asks."""
    _change(slot, lambda m: replace(m, kind=means) if m.kind is says else m)


def rename(slot: Slot, taken: set[tuple[Kind, str]]) -> None:
    """Make the kinds that another property of the device tells, too, an instance of their own."""
    _change(slot, lambda m: replace(m, instance=slot.name) if (m.kind, m.instance) in taken else m)
    number = slot.numeric
    if number is not None and (number.kind, number.instance) in taken:
        slot.numeric = replace(number, instance=slot.name)
    if slot.faults is not None and (Kind.FAULT, slot.faults.instance) in taken:
        slot.faults = replace(slot.faults, instance=slot.name)


def believable(number: Numeric, value: float) -> float | None:
    """The value in house units, or None where it cannot be believed."""
    if not -_LARGEST < value < _LARGEST or value in number.drop:
        return None
    if number.factor != 1.0 or number.offset:
        value = round(value * number.factor + number.offset, 6)
    return value if number.low <= value <= number.high else None


def _change(slot: Slot, change: Callable[[Meaning], Meaning]) -> None:
    slot.known = {value: tuple(map(change, held)) for value, held in slot.known.items()}
    slot.words = {value: tuple(map(change, held)) for value, held in slot.words.items()}
    slot.numbers = {value: tuple(map(change, held)) for value, held in slot.numbers.items()}


def _claim(record: Map, origin: Origin, *, is_so: bool) -> Meaning:
    return Meaning(record.to, is_so, origin.instance, origin.layer, is_edge=record.event)


def _with(meanings: Meanings, meaning: Meaning) -> Meanings:
    if any((m.kind, m.instance) == (meaning.kind, meaning.instance) for m in meanings):
        return meanings
    return (*meanings, meaning)
