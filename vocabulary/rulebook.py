"""Devices that describe themselves need no profile: rules say what their words mean.

One file `device_profiles/_rules/<path>.toml` per path, with the same records as a profile plus
what a self-description must look like; `house.toml` holds units and plausible ranges for all.
"""

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field, field_validator

from vocabulary.observation import Kind
from vocabulary.profile import Json, Map, Strict, Word, Words


class Rule(Map):
    """`[[map]]` of a rule file: also says which self-descriptions it is for. All given must fit."""

    type: Literal["", "binary", "enum", "numeric", "text", "list", "event"] = ""
    needs: tuple[tuple[str, ...], ...] = ()
    """The enumeration must hold one value of each list."""
    without: tuple[str, ...] = ()
    """… and none of these."""
    tokens: tuple[tuple[str, ...], ...] = ()
    """The name must hold one word of each list."""
    not_tokens: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    """The entry must claim one of these device classes."""
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


class Setting(Strict):
    """`[[command]]`: how something is switched by the entry that the device describes."""

    use: tuple[Literal["siren", "path_light", "gas_valve", "water_valve", "stove"], ...]
    type: Literal["binary", "enum", "composite"]
    name: tuple[str, ...]
    feature: tuple[str, ...] = ()
    on: tuple[str, ...] = ()
    """For an enumeration: the first of these that the device knows switches on."""
    off: tuple[str, ...] = ()
    call: tuple[str, ...] = ()
    """Like `on`, for the siren's call pattern (not the evacuation one)."""
    also: dict[str, Json] = Field(default_factory=dict)
    """What else is sent when switching on, as far as the device describes it."""


class Actions(Strict):
    """`[action]`: what the words of a press mean; a path without presses has none."""

    sos: tuple[str, ...] = ()
    nothing: tuple[str, ...] = ()
    press: dict[
        Literal["single", "double", "triple", "many", "long", "release"], tuple[str, ...]
    ] = Field(default_factory=dict)
    about_sos: tuple[str, ...] = ()
    """A device described so and doing nothing else calls for help with any press."""
    not_about_sos: tuple[str, ...] = ()
    about_cord: tuple[str, ...] = ()
    about_hand: tuple[str, ...] = ()
    """Described so it is pressed by hand, wherever it hangs."""
    cord_guards: tuple[str, ...] = ()
    cord_rooms: tuple[str, ...] = ()
    about_doorbell: tuple[str, ...] = ()
    doorbell_guards: tuple[str, ...] = ()
    other_words: tuple[str, ...] = ()
    """An action with one of these shows that the device has other purposes, too."""
    several_purposes: tuple[str, ...] = ()
    """Entries or features that show that an action need not be a call for help."""


class Names(Strict):
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


class Role(Strict):
    """`[[role]]`: what a home file's `guards` makes of a kind: a strap for beds on an armchair."""

    guards: Annotated[tuple[str, ...], Field(min_length=1)]
    says: Kind
    means: Kind


class Property(Strict):
    """`[[property]]`: what a gateway's own table says of properties that carry no unit."""

    name: Words
    unit: str = ""
    unit_from: str = ""
    """The key of the same message that holds the unit."""
    is_press: bool = False
    """Its values are presses, by the words of `[action]`."""


class Nodes(Strict):
    """`[node]`: which topics are those of a node with one topic per entity."""

    observed: tuple[str, ...] = ()
    """Components that tell of the home."""
    silent: tuple[str, ...] = ()
    """Components that are settings and actuators."""
    strangers: tuple[str, ...] = ()
    """First levels of topics that only look like a node's."""


class PowerHealth(Strict):
    """`[[health]]` of a rule file: the normal silence by how a device is powered, or its sort."""

    power: tuple[str, ...]
    expect_every_s: Annotated[int, Field(gt=0)]
    sleepy: bool = False


class RuleBook(Strict):
    """One file `_rules/<path>.toml`."""

    schema_: Annotated[Literal[1], Field(alias="schema")]
    path: Word
    names: Names
    action: Actions = Actions()
    property: tuple[Property, ...] = ()
    node: Nodes = Nodes()
    map: tuple[Rule, ...]
    role: tuple[Role, ...] = ()
    command: tuple[Setting, ...] = ()
    health: tuple[PowerHealth, ...] = ()


class Unit(Strict):
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


class House(Strict):
    """`_rules/house.toml`: units and plausible ranges, the same for all paths."""

    schema_: Annotated[Literal[1], Field(alias="schema")]
    unit: tuple[Unit, ...]
    plausible: dict[Kind, tuple[float, float]]
