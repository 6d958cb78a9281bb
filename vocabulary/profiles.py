"""All that a hub knows of makes and models: profiles, rules and units, read once at its start."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from vocabulary.home import line_of
from vocabulary.observation import Layer
from vocabulary.profile import Health, Profile
from vocabulary.rulebook import House, RuleBook

_Model = TypeVar("_Model", bound=BaseModel)
_AT_LINE = re.compile(r"line (\d+)")


class ProfileError(ValueError):
    """A profile or rule file cannot be used: `file:line: what, expected`. Trying again is vain."""


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
