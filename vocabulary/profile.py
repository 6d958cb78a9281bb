"""A device profile says what a make's words mean in a home, never how to compute them.

Profiles are TOML files, one per model; `_rules/<path>.toml` holds the same records for devices
that describe themselves, so that "no profile" is data, too (docs: DEVICES §4). Place and role are
not here: they belong to the home file.
"""

from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from vocabulary.observation import Kind, Layer

Word = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Json = bool | int | float | str
"""A JSON scalar, told apart by its type: `true` is neither 1 nor "true"."""


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]


class Strict(BaseModel):
    """What a file may say is listed; anything else is a mistake to be told."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class When(Strict):
    """A guard: a reading counts only while another property of the same message says so."""

    path: Word
    equals: Json


class Map(Strict):
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
    slot_from: Words = ()
    """Keys of an event that name its slot: the compartment that was emptied."""
    when: When | None = None
    """A scale weighs objects, too: only `weighing_mode = "person"` is somebody's weight."""
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


class Match(Strict):
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


class Health(Strict):
    """`[health]`: how silent a healthy device may be."""

    expect_every_s: Annotated[int, Field(gt=0, le=30 * 86400)] | None = None
    """Longest silence that is normal; none: it speaks only when something happens."""
    clear_after_s: Annotated[int, Field(ge=0, le=86400)] = 0
    """For sensors that only ever report "on"."""
    sleepy: bool = False


class Expect(Strict):
    """One observation that a sample must give."""

    kind: Kind
    value: Json
    unit: str = ""
    text: str = ""
    instance: str = ""
    confidence: float = 1.0


class Sample(Strict):
    """`[[sample]]`: a message and all that must come of it; the tests execute it."""

    topic: Word
    payload: str
    expect: tuple[Expect, ...]


class Evidence(Strict):
    """Where the knowledge of a profile comes from."""

    level: Literal["device", "manual", "converter", "report"]
    note: str = ""


class Profile(Strict):
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


def _typed(value: Json) -> tuple[type, Json]:
    return type(value), value
