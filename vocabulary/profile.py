"""A device profile says what a make's words mean in a home, never how to compute them.

Profiles are TOML files, one per model; `_rules/<path>.toml` holds the same records for devices
that describe themselves, so that "no profile" is data, too (docs: DEVICES §4). Place and role are
not here: they belong to the home file.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from vocabulary.home import line_of
from vocabulary.observation import Kind, Layer

Word = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Json = bool | int | float | str
"""A JSON scalar, told apart by its type: `true` is neither 1 nor "true"."""


_Model = TypeVar("_Model", bound=BaseModel)
_AT_LINE = re.compile(r"line (\d+)")


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]


class ProfileError(ValueError):
    """A profile or rule file cannot be used: `file:line: what, expected`. Trying again is vain."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Map(_Strict):
    """`[[map]]`: one property of the device becomes one kind of ours.

    A value in none of the lists is unknown: counted, never guessed.
    """

    from_: Annotated[Words, Field(alias="from")] = ()
    to: Kind
    true_when: tuple[Json, ...] = ()
    false_when: tuple[Json, ...] = ()
    maybe_when: tuple[Json, ...] = ()
    """Values of a warning stage: true with `confidence`."""
    confidence: Annotated[float, Field(gt=0, le=1)] = 0.6
    """How sure a `maybe_when` is; RISKS §4 asks the resident first between 0.5 and 0.8."""
    is_inverted: bool = False
    """The device names the opposite: "connected" where we ask whether the mains are lost."""
    values: dict[str, str] = {}
    """Texts of an enumeration → our words."""
    text_else: bool = False
    """Any other value is true and says more in its own words (a fault's text)."""
    unit: Words = ()
    """In a profile the unit the device counts in; in rules the house units it may stand for."""
    scale: float = 1.0
    drop: tuple[Json, ...] = ()
    """Numbers that mean "no value"."""
    range: tuple[float, float] | None = None
    """Narrower than what is plausible for the kind."""
    instance: str = ""
    event: bool = False
    press: dict[str, str] = {}
    """Action → our word for the press, or the sort of SOS."""

    @model_validator(mode="after")
    def _one_meaning(self) -> "Map":
        stated = {*map(_typed, self.true_when), *map(_typed, self.maybe_when)}
        both = stated & set(map(_typed, self.false_when))
        if both:
            values = ", ".join(repr(value) for _, value in both)
            raise ValueError(f"{values} cannot mean both true and false")
        if self.range and self.range[0] > self.range[1]:
            raise ValueError("range is [lowest, highest]")
        return self


class Rule(Map):
    """`[[map]]` of a rule file: also says which self-descriptions it is for. All given must fit."""

    type: Literal["", "binary", "enum", "numeric", "text", "list"] = ""
    needs: tuple[tuple[str, ...], ...] = ()
    """The enumeration must hold one value of each list."""
    without: tuple[str, ...] = ()
    """… and none of these."""
    tokens: tuple[tuple[str, ...], ...] = ()
    """The name must hold one word of each list."""
    not_tokens: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    """The device's description must hold one of these words (a tie-breaker, DEVICES §6.11)."""
    not_about: tuple[str, ...] = ()
    feature: tuple[str, ...] = ()
    """The entry must belong to one of these feature groups (switch, light, lock …)."""
    settable: Literal["no", "yes", "any"] = "no"
    """A setting is no observation, unless a rule asks for the state of an actuator."""
    has: tuple[str, ...] = ()
    """The device must also describe one of these names or features."""
    lacks: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    """Names or description words that lift `lacks` and `not_about`."""
    guards: tuple[str, ...] = ()
    """What the home file must say that the device guards."""
    said: tuple[str, ...] = ()
    """The entry's own description must hold one of these."""
    more: bool = False
    """Further rules may give the same entry further kinds."""


class Match(_Strict):
    """`[[match]]`: which devices a profile is for. Any one match suffices."""

    path: Word
    vendor: Word = "*"
    model: Words = ("*",)
    address: Words = ()
    """Lasting addresses: the answer of an installer for this very device."""

    def layer(self, path: str, vendor: str, model: str, address: str) -> Layer | None:
        """Which layer this match makes for a device, or None where it does not fit."""
        if path != self.path:
            return None
        if self.address:
            known = address in (a.casefold() for a in self.address)
            return Layer.OVERRIDE if known else None
        if vendor == self.vendor and model in self.model:
            return Layer.EXACT
        fits = fnmatchcase(vendor, self.vendor) and any(fnmatchcase(model, m) for m in self.model)
        return Layer.FAMILY if fits else None


class Health(_Strict):
    """`[health]`: how silent a healthy device may be."""

    expect_every_s: Annotated[int, Field(gt=0, le=30 * 86400)] | None = None
    """Longest silence that is normal; none: it speaks only when something happens."""
    clear_after_s: Annotated[int, Field(ge=0, le=86400)] = 0
    """For sensors that only ever report "on"."""
    sleepy: bool = False


class Expect(_Strict):
    """One observation that a sample must give."""

    kind: Kind
    value: Json
    unit: str = ""
    text: str = ""
    instance: str = ""
    confidence: float = 1.0


class Sample(_Strict):
    """`[[sample]]`: a message and all that must come of it; the tests execute it."""

    topic: Word
    payload: str
    expect: tuple[Expect, ...]


class Evidence(_Strict):
    """Where the knowledge of a profile comes from."""

    level: Literal["device", "manual", "converter", "report"]
    note: str = ""


class Profile(_Strict):
    """One file of `device_profiles/`; without `match` it is a block that others `use`."""

    schema_: Annotated[Literal[1], Field(alias="schema")]
    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]+\.[a-z0-9_-]+$")]
    label: Word
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+\.[a-z0-9_]+$")]
    mode: Literal["extend", "replace"] = "extend"
    trust: Literal["certified", "medical", "consumer", "diy"] = "consumer"
    evidence: Evidence
    use: tuple[str, ...] = ()
    match: tuple[Match, ...] = ()
    map: tuple[Map, ...] = ()
    ignore: tuple[str, ...] = ()
    hide_auto: tuple[Kind, ...] = ()
    health: Health = Health()
    sample: tuple[Sample, ...] = ()

    @model_validator(mode="after")
    def _proves_itself(self) -> "Profile":
        if self.match and not self.sample:
            raise ValueError("a profile needs a [[sample]] that shows what it does")
        if any(not record.from_ for record in self.map):
            raise ValueError("each [[map]] of a profile needs `from`")
        return self


class Setting(_Strict):
    """`[[command]]`: how something is switched by the entry that the device describes."""

    use: tuple[Literal["siren", "path_light", "gas_valve", "water_valve"], ...]
    type: Literal["binary", "enum", "composite"]
    name: tuple[str, ...]
    feature: tuple[str, ...] = ()
    on: tuple[str, ...] = ()
    """For an enumeration: the first of these that the device knows switches on."""
    off: tuple[str, ...] = ()
    call: tuple[str, ...] = ()
    """Like `on`, for the siren's call pattern (not the evacuation one)."""
    also: dict[str, Json] = {}
    """What else is sent when switching on, as far as the device describes it."""
    also_off: dict[str, Json] = {}


class Actions(_Strict):
    """`[action]`: what the words of a press mean."""

    sos: tuple[str, ...]
    nothing: tuple[str, ...]
    press: dict[Literal["single", "double", "triple", "many", "long", "release"], tuple[str, ...]]
    about_sos: tuple[str, ...]
    """A device described so and doing nothing else calls for help with any press."""
    not_about_sos: tuple[str, ...]
    about_cord: tuple[str, ...]
    about_hand: tuple[str, ...]
    """Described so it is pressed by hand, wherever it hangs."""
    cord_guards: tuple[str, ...]
    cord_rooms: tuple[str, ...]
    about_doorbell: tuple[str, ...]
    several_purposes: tuple[str, ...]
    """Entries or features that show that an action need not be a call for help."""


class Names(_Strict):
    """`[names]`: words inside property names that decide without a record of their own."""

    ignore: tuple[str, ...]
    """Keys of a message that say nothing about the home."""
    secret: tuple[str, ...]
    """Keys that are never read, kept or forwarded (DEVICES §6.13)."""
    secret_tokens: tuple[str, ...]
    secret_pairs: tuple[tuple[str, str], ...]
    never_tokens: tuple[str, ...]
    """No rule that goes by words applies to a name that holds one of these."""
    instance_words: tuple[str, ...]
    instance_groups: tuple[str, ...]
    alarm_kinds: tuple[Kind, ...]
    """A device with one of these shows its unexplained entries to the installer (DEVICES §6.12)."""


class PowerHealth(_Strict):
    """`[[health]]` of a rule file: the normal silence by how a device is powered."""

    power: tuple[str, ...]
    expect_every_s: Annotated[int, Field(gt=0)]
    sleepy: bool = False


class RuleBook(_Strict):
    """One file `_rules/<path>.toml`."""

    schema_: Annotated[Literal[1], Field(alias="schema")]
    path: Word
    names: Names
    action: Actions
    map: tuple[Rule, ...]
    command: tuple[Setting, ...] = ()
    health: tuple[PowerHealth, ...] = ()


class Unit(_Strict):
    """`[[unit]]`: a unit as makers write it and its way to the house unit, exact."""

    names: Annotated[tuple[str, ...], Field(min_length=1)]
    house: str
    factor: str = "1"
    offset: str = "0"

    @field_validator("factor", "offset")
    @classmethod
    def _fraction(cls, value: str) -> str:
        Fraction(value)
        return value


class House(_Strict):
    """`_rules/house.toml`: units and plausible ranges, the same for all paths."""

    schema_: Annotated[Literal[1], Field(alias="schema")]
    unit: tuple[Unit, ...]
    plausible: dict[Kind, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Known:
    """What the profiles say about one device, surest layer first."""

    layers: tuple[tuple[Layer, Profile], ...] = ()

    @property
    def health(self) -> Health | None:
        return next((p.health for _, p in self.layers if p.health.expect_every_s), None)


@dataclass(frozen=True, slots=True)
class Profiles:
    """All profiles and rules that a hub was started with."""

    house: House
    books: Mapping[str, RuleBook]
    profiles: tuple[Profile, ...] = ()

    def known(self, path: str, vendor: str, model: str, address: str) -> Known:
        """The profiles for a device, in the order override, exact, family."""
        found: list[tuple[Layer, Profile]] = []
        for profile in self.profiles:
            layers = {m.layer(path, vendor, model, address) for m in profile.match} - {None}
            surest = next((layer for layer in Layer if layer in layers), None)
            if surest is not None:
                found.append((surest, profile))
        order = list(Layer)
        return Known(tuple(sorted(found, key=lambda pair: order.index(pair[0]))))


def load_profiles(files: Mapping[str, str]) -> Profiles:
    """Read all files of `device_profiles/`: name (with `/`) → text.

    Raises `ProfileError` with `file:line: what, expected` for the first that cannot be used.
    """
    house: House | None = None
    books: dict[str, RuleBook] = {}
    profiles: dict[str, tuple[str, Profile]] = {}
    for name in sorted(n for n in files if n.endswith(".toml")):
        text = files[name]
        if name.endswith("_rules/house.toml"):
            house = _read(House, name, text)
        elif "_rules/" in name:
            book = _read(RuleBook, name, text)
            books[book.path] = book
        else:
            profile = _read(Profile, name, text)
            if profile.id in profiles:
                raise ProfileError(
                    f"{name}:{line_of(text, ('id',))}: id {profile.id!r} is taken by "
                    f"{profiles[profile.id][0]}, expected one of its own"
                )
            profiles[profile.id] = (name, profile)
    if house is None or not books:
        raise ProfileError("_rules:1: no house.toml or no rule file, expected both")
    whole = tuple(_with_blocks(name, files[name], p, profiles) for name, p in profiles.values())
    return Profiles(house, books, tuple(p for p in whole if p.match))


def _typed(value: Json) -> tuple[type, Json]:
    return type(value), value


def _with_blocks(
    name: str, text: str, profile: Profile, known: Mapping[str, tuple[str, Profile]]
) -> Profile:
    """The profile with the records of the blocks it uses behind its own, which win."""
    records = list(profile.map)
    for block in profile.use:
        if block not in known or known[block][1].match:
            line = line_of(text, ("use",))
            raise ProfileError(f"{name}:{line}: no block {block!r}, expected a file without match")
        records += known[block][1].map
    return profile.model_copy(update={"map": tuple(records)})


def _read(model: type[_Model], name: str, text: str) -> _Model:
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as broken:
        place = _AT_LINE.search(str(broken))
        line = int(place.group(1)) if place else text.count("\n") + 1
        raise ProfileError(f"{name}:{line}: {broken}, expected TOML") from broken
    try:
        return model.model_validate(raw)
    except ValidationError as refused:
        first = refused.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        line = line_of(text, first["loc"])
        raise ProfileError(f"{name}:{line}: {where or 'file'}: {first['msg']}") from refused
