"""A small town for stories about the cloud: one organisation, two homes, everybody who may help."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert

from cloud.households.service import token_hash
from cloud.households.tables import contact_method, household, hub, organisation, person, relation
from vocabulary.finding import FindingState
from vocabulary.identity import uuid7
from vocabulary.incident import Role
from vocabulary.risks import BY_SLUG
from vocabulary.wire import FindingPart, IncidentUp, dump

NOON = datetime(2026, 5, 12, 12, 0, tzinfo=UTC)
"""When the stories begin: a Tuesday."""
ORGANISATION = "northside"
HUB = "hub-margaret"
OTHER_HUB = "hub-edwin"
TOKEN = "margarets-token"


def person_id(number: int) -> UUID:
    return UUID(int=0x1000 + number)


GP, GP_BACKUP, DESK, COMMUNITY, DAUGHTER, SON, OPERATIONS, STRANGER = (
    person_id(number) for number in range(8)
)
MARGARETS = UUID(int=0xA)
EDWINS = UUID(int=0xB)

PEOPLE: dict[UUID, tuple[str, Role]] = {
    GP: ("Doctor Lind", Role.GP),
    GP_BACKUP: ("Doctor Osei", Role.GP),
    DESK: ("Priya Nair", Role.DESK),
    COMMUNITY: ("Tom Field", Role.COMMUNITY),
    DAUGHTER: ("Anna Hale", Role.FAMILY),
    SON: ("Peter Hale", Role.FAMILY),
    OPERATIONS: ("Sam Wright", Role.OPERATIONS),
}


def settle(connection: Connection) -> None:
    """Everybody moves in."""
    connection.execute(
        insert(organisation),
        [
            {"id": name, "name": name, "zone": "Europe/London", "country": "GB"}
            for name in (ORGANISATION, "southside")
        ],
    )
    homes = [(MARGARETS, "Margaret Hale", HUB), (EDWINS, "Edwin Moor", OTHER_HUB)]
    connection.execute(
        insert(household),
        [
            {
                "id": home,
                "organisation_id": ORGANISATION,
                "resident_name": resident,
                "area": "N1",
                "zone": "Europe/London",
            }
            for home, resident, _ in homes
        ],
    )
    connection.execute(
        insert(hub),
        [
            {
                "id": hub_id,
                "organisation_id": ORGANISATION,
                "household_id": home,
                "token_hash": token_hash(TOKEN),
            }
            for home, _, hub_id in homes
        ],
    )
    arrivals = [(who, name, role, ORGANISATION) for who, (name, role) in PEOPLE.items()]
    _arrive(connection, [*arrivals, (STRANGER, "Doctor Far", Role.GP, "southside")])
    connection.execute(
        insert(relation),
        [
            {
                "id": UUID(int=0x2000 + position),
                "organisation_id": ORGANISATION,
                "household_id": MARGARETS,
                "person_id": who,
                "role": Role.FAMILY,
                "position": position,
                "valid_from": NOON - timedelta(days=30),
            }
            for position, who in enumerate((DAUGHTER, SON))
        ],
    )


def _arrive(connection: Connection, people: list[tuple[UUID, str, Role, str]]) -> None:
    connection.execute(
        insert(person),
        [
            {
                "id": who,
                "organisation_id": organisation_id,
                "name": name,
                "zone": "Europe/London",
                "roles": [role],
            }
            for who, name, role, organisation_id in people
        ],
    )
    connection.execute(
        insert(contact_method),
        [
            {
                "id": UUID(int=0x3000 + 16 * number + position),
                "organisation_id": organisation_id,
                "person_id": who,
                "channel": channel,
                "address": f"+1202555010{number}",
                "position": position,
            }
            for who, _, _, organisation_id in people
            for number in [who.int - person_id(0).int]
            for position, channel in enumerate(("voice", "sms"))
        ],
    )


@dataclass(slots=True)
class Ids:
    """Fresh UUIDv7s, the same ones in each run."""

    count: int = field(default=0)

    def __call__(self, now: datetime) -> UUID:
        self.count += 1
        return uuid7(now, self.count.to_bytes(10, "big"))


def finding(slug: str = "sos_call", variant: str = "pressed", **parts: Any) -> FindingPart:
    """A finding as a hub would send it."""
    card = BY_SLUG[slug].variant(variant)
    values: dict[str, Any] = {
        "severity": card.severity.word,
        "state": FindingState.RAISED,
        "at": NOON,
        "since": NOON,
        "room": "Living room",
    }
    return FindingPart(slug=slug, variant=variant, **(values | parts))


def told(
    slug: str = "sos_call", variant: str = "pressed", *, revision: int = 1, **parts: Any
) -> IncidentUp:
    """A revision of an incident as a hub would send it; `incident` and `event` are numbers."""
    card = BY_SLUG[slug].variant(variant)
    incident = parts.pop("incident", 1)
    at = parts.pop("at", NOON)
    values: dict[str, Any] = {
        "event_id": UUID(int=0x5000 + 256 * incident + parts.pop("event", revision)),
        "hub_id": HUB,
        "sent_at": at,
        "incident_id": incident_id(incident),
        "revision": revision,
        "slug": slug,
        "variant": variant,
        "severity": card.severity.word,
        "opened_at": at,
        "page_at": at + (BY_SLUG[slug].asks_before_paging or timedelta()),
        "findings": [finding(slug, variant, at=at, since=at)],
    }
    return IncidentUp(**(values | parts))


def incident_id(number: int = 1) -> UUID:
    return uuid7(NOON, number.to_bytes(10, "big"))


def wire(message: IncidentUp) -> bytes:
    return dump(message)
