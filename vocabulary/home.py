"""What is known about one home: its rooms, what each device stands by, who lives there.

The home file (TOML, DESIGN §7) is read by the hub; the cloud keeps the same as the household's
care profile. Place and role belong to the home, never to a device profile.
"""

import tomllib
from datetime import date, time
from enum import StrEnum, unique
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
)

from vocabulary.vitals import VitalLimits, limits_with, loosened, wrong_limit

Name = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


@unique
class RoomType(StrEnum):
    """What a room is for: the detectors ask for the type, people see the name."""

    KITCHEN = "kitchen"
    BATHROOM = "bathroom"
    TOILET = "toilet"
    BEDROOM = "bedroom"
    LIVING = "living"
    DINING = "dining"
    HALL = "hall"
    STAIRS = "stairs"
    STUDY = "study"
    UTILITY = "utility"
    STORAGE = "storage"
    GARAGE = "garage"
    OUTDOOR = "outdoor"
    OTHER = "other"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Home(_Strict):
    """`[home]`: where it is and whose care it is in."""

    zone: str
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    organisation: Slug
    area: Name
    """The operator's code for mass events; by default the postcode district."""
    emergency_number: Annotated[str, StringConstraints(pattern=r"^[0-9]{2,6}$")] = "112"
    """What plan B tells the resident to call when nobody has answered."""

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
            raise ValueError(f"{value!r} is no IANA time zone such as Europe/Paris") from unknown
        return value


class Room(_Strict):
    """`[[room]]`: a name people use and a type detectors understand."""

    name: Name
    type: RoomType


class Match(_Strict):
    """Which device is meant: the path it speaks by and its lasting address."""

    path: Name
    address: Name


class Device(_Strict):
    """`[[device]]`: where a device stands and what it guards or does in this home."""

    match: Match
    name: Name | None = None
    """What people call it; needless where its bridge knows it by a name of theirs."""
    room: Name | None = None
    guards: str = ""
    """front_door, back_door, window, fridge, medicine, stove, bed, chair, shower …"""
    use: Literal["", "siren", "path_light", "gas_valve", "water_valve", "stove"] = ""
    """What the response may switch; empty: only a sensor."""
    duress_action: str = ""
    """The action that means "I am being threatened"; a hold of 5 s always does."""


class Terminal(_Strict):
    """`[[terminal]]`: a voice or text terminal that can speak and listen."""

    id: Slug
    room: Name | None = None


class Resident(_Strict):
    """`[resident]`: flags that change limits and wording (RISKS §6); none of them loosens a limit.

    What each changes is told in docs/how-to/set-clinical-limits.md.
    """

    flags: frozenset[
        Literal[
            "dementia",
            "copd_scale_2",
            "pacemaker",
            "atrial_fibrillation",
            "insulin",
            "diuretics",
            "heart_failure",
            "oxygen_device",
            "hearing_impaired",
            "pet",
            "two_residents",
            "do_not_call_at_night",
        ]
    ] = frozenset()
    language: Literal["en", "zh_CN"] = "en"


class Dose(_Strict):
    """`[[dose]]`: one medicine at one local time of day."""

    name: Name
    at: time
    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = (
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
        "sat",
        "sun",
    )
    slot: Name | None = None
    time_critical: bool = False


class Clinical(_Strict):
    """`[clinical]`: what a clinician has set for this resident (RISKS §6 G9).

    Anybody may make a limit stricter. What loosens one, the second oxygen scale among it, counts
    only with the clinician's name and the day of signing.
    """

    by: Name | None = None
    signed_at: date | None = None
    spo2_scale: Literal[1, 2] = 1
    limits: dict[str, float] = {}
    """`[clinical.limits]`: names of `vocabulary.vitals.BOUNDS`."""
    fluid_limit_litres: Annotated[float, Field(gt=0, le=5)] | None = None
    fluid_goal_litres: Annotated[float, Field(gt=0, le=5)] | None = None

    @property
    def is_signed(self) -> bool:
        return self.by is not None and self.signed_at is not None

    def needs_signature(self) -> tuple[str, ...] | None:
        """Where the first thing stands that only a clinician may say; None: nothing does."""
        if self.spo2_scale != 1:
            return ("spo2_scale",)
        for name in loosened(self.limits):
            return ("limits", name)
        for name in ("fluid_limit_litres", "fluid_goal_litres"):
            if getattr(self, name) is not None:
                return (name,)
        return None


class HomeFile(_Strict):
    """The whole home file."""

    home: Home
    room: tuple[Room, ...] = ()
    device: tuple[Device, ...] = ()
    terminal: tuple[Terminal, ...] = ()
    resident: Resident = Resident()
    dose: tuple[Dose, ...] = ()
    clinical: Clinical | None = None

    @property
    def vital_limits(self) -> VitalLimits:
        """The limits that hold for this resident: published ones, and what has been set.

        A flag alone switches no scale: the doctor does, in `[clinical]`.
        """
        if self.clinical is None:
            return VitalLimits()
        return limits_with(self.clinical.limits, self.clinical.spo2_scale)

    def room_type(self, name: str | None) -> str:
        """The type of the room of that name, or "" where there is none."""
        return next((str(room.type) for room in self.room if room.name == name), "")

    def terminal_type(self, terminal: str) -> str:
        """The type of the room in which a terminal stands, or "" where the home does not say."""
        return self.room_type(next((t.room for t in self.terminal if t.id == terminal), None))

    def device_at(self, path: str, address: str) -> Device | None:
        """What the home says of a device, or None where it says nothing."""
        wanted = address.casefold()
        for device in self.device:
            if device.match.path == path and device.match.address.casefold() == wanted:
                return device
        return None


class HomeFileError(ValueError):
    """The home file cannot be used; says file, line and what is expected. Trying again is vain."""


def read_home(text: str, name: str = "home.toml") -> HomeFile:
    """Parse a home file; raises `HomeFileError` with `file:line: what, expected`."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as broken:
        line = line_of_toml_error(broken, text)
        raise HomeFileError(f"{name}:{line}: {broken}, expected TOML") from broken
    try:
        home = HomeFile.model_validate(raw)
    except ValidationError as refused:
        first = refused.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        line = line_of(text, first["loc"])
        raise HomeFileError(f"{name}:{line}: {where}: {first['msg']}") from refused
    _check_rooms(home, text, name)
    _check_limits(home.clinical, text, name)
    return home


def _check_limits(clinical: Clinical | None, text: str, name: str) -> None:
    if clinical is None:
        return
    wrong = wrong_limit(clinical.limits)
    if wrong is not None:
        where: tuple[str, ...] = ("clinical", "limits", wrong[0])
        line = line_of(text, where)
        raise HomeFileError(f"{name}:{line}: {'.'.join(where)}: {wrong[1]}")
    unsigned = clinical.needs_signature()
    if unsigned is not None and not clinical.is_signed:
        where = ("clinical", *unsigned)
        line = line_of(text, where)
        raise HomeFileError(
            f"{name}:{line}: {'.'.join(where)}: only a named clinician may set this, "
            "expected by and signed_at in [clinical]"
        )


def _check_rooms(home: HomeFile, text: str, name: str) -> None:
    known = {room.name for room in home.room}
    placed: tuple[tuple[str, tuple[Device | Terminal, ...]], ...] = (
        ("device", home.device),
        ("terminal", home.terminal),
    )
    for table, entries in placed:
        for index, entry in enumerate(entries):
            if entry.room is not None and entry.room not in known:
                line = line_of(text, (table, index, "room"))
                expected = ", ".join(sorted(known)) or "a [[room]] first"
                raise HomeFileError(
                    f"{name}:{line}: {table}.{index}.room: no room {entry.room!r}, "
                    f"expected one of: {expected}"
                )


def line_of_toml_error(broken: tomllib.TOMLDecodeError, text: str) -> int:
    """Where the TOML breaks: until Python 3.14 only the error's own words tell ("at line 3")."""
    _, found, rest = str(broken).partition("at line ")
    number = rest.split(",", 1)[0]
    return int(number) if found and number.isdigit() else text.count("\n") + 1


def line_of(text: str, where: tuple[Any, ...]) -> int:
    """The line on which the key at `where` stands, as near as the TOML text tells; 1 at least.

    `where`: as pydantic gives it, for example ("device", 3, "room").
    """
    lines = text.splitlines()
    index = next((part for part in where if isinstance(part, int)), None)
    table = _innermost_table(lines, where)
    key = next((str(p) for p in reversed(where) if isinstance(p, str) and p != table), "")
    start, seen = 0, -1
    for number, line in enumerate(lines):  # a key above all tables
        if line.lstrip().startswith("["):
            break
        if line.split("=", 1)[0].strip() == table and "=" in line:
            return number + 1
    for number, line in enumerate(lines):
        head = line.split("#", 1)[0].strip()
        if head in {f"[[{table}]]", f"[{table}]"}:
            seen += 1
            start = number
            if index is None or seen == index:
                break
    for number in range(start + 1, len(lines)):
        stripped = lines[number].strip()
        if stripped.startswith("["):
            break
        if key and stripped.split("=", 1)[0].strip() == key:
            return number + 1
    return start + 1


def _innermost_table(lines: list[str], where: tuple[Any, ...]) -> str:
    """`clinical.limits` where the text has such a table, else `clinical`."""
    inner = ".".join(str(part) for part in where[:-1])
    heads = {line.split("#", 1)[0].strip() for line in lines}
    return inner if f"[{inner}]" in heads else str(where[0]) if where else ""
