"""Made-up people; their numbers are those set aside for fiction (555-0100 to 555-0199)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from vocabulary.incident import Role

HUB_ID = "hub-margaret"
ORGANISATION = "demo-care"
_NAMESPACE = UUID("6f1c3f0a-8f0e-5c55-9a7e-1d2c3b4a5968")
"""Of the ids of everything that is made up here, so that each run gives the same ones."""

_PEOPLE = (
    ("Doctor Clara Lind", Role.GP, "clara.lind"),
    ("Doctor Kofi Osei", Role.GP, "kofi.osei"),
    ("Priya Nair", Role.DESK, "priya.nair"),
    ("Jonas Weber", Role.DESK, "jonas.weber"),
    ("Tom Field", Role.COMMUNITY, "tom.field"),
    ("Anna Hale", Role.FAMILY, "anna.hale"),
    ("Peter Hale", Role.FAMILY, "peter.hale"),
    ("Sam Wright", Role.OPERATIONS, "sam.wright"),
    ("Mei Chen", Role.OPERATIONS, "mei.chen"),
)


def made_up_id(name: str) -> UUID:
    """The id of somebody or something made up."""
    return uuid5(_NAMESPACE, name)


HOUSEHOLD = made_up_id("the home of Margaret Hale")


@dataclass(frozen=True, slots=True)
class Seeded:
    """Somebody who can log in and be called."""

    id: UUID
    name: str
    role: Role
    login: str
    password: str
    phone: str


@dataclass(frozen=True, slots=True)
class Roster:
    """Whom the demo has made up, with the secrets that only this run knows."""

    hub_id: str
    hub_token: str
    people: tuple[Seeded, ...]

    def all_of(self, role: Role) -> list[Seeded]:
        return [one for one in self.people if one.role is role]

    def as_json(self) -> dict[str, Any]:
        """What `python -m cloud seed --json` prints."""
        return {
            "schema": 1,
            "household": str(HOUSEHOLD),
            "hub": {"id": self.hub_id, "token": self.hub_token},
            "people": [
                {
                    "id": str(one.id),
                    "name": one.name,
                    "role": str(one.role),
                    "login": one.login,
                    "password": one.password,
                    "phone": one.phone,
                }
                for one in self.people
            ],
        }


def make_roster(token: Callable[[int], str]) -> Roster:
    """Everybody, with fresh passwords. `token(bytes)`: a random text for addresses."""
    people = tuple(
        Seeded(
            made_up_id(login),
            name,
            role,
            f"{login}@hearthline.example",
            token(9),
            f"+1202555{101 + number:04}",
        )
        for number, (name, role, login) in enumerate(_PEOPLE)
    )
    return Roster(HUB_ID, token(32), people)
