"""The town's people on duty, and secrets that a story can quote."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import Connection, Row, insert, select, update

from cloud.escalation import service as escalation
from cloud.households.tables import household
from cloud.incidents import service as incidents
from cloud.incidents.tables import incident
from cloud.oncall.tables import schedule
from cloud.paging.tables import page
from cloud.settings import BrokerSettings, Settings, TwilioSettings
from tests.town import (
    COMMUNITY,
    DESK,
    GP,
    GP_BACKUP,
    HUB,
    MARGARETS,
    NOON,
    OPERATIONS,
    ORGANISATION,
    Ids,
    incident_id,
    settle,
    told,
    wire,
)
from vocabulary.incident import Role

ACCOUNT = "AC" + "0" * 31 + "1"
AUTH_TOKEN = "the-account's-token"
OUR_NUMBER = "+12025550199"
RESIDENT_NUMBER = "+12025550190"
NUMBERS = {"lind": "+12025550100", "osei": "+12025550101", "desk": "+12025550102",
           "tom": "+12025550103", "anna": "+12025550104", "peter": "+12025550105",
           "sam": "+12025550106"}  # fmt: skip
WORKER = "worker-1"


@dataclass(slots=True)
class Secrets:
    """Secrets that repeat in each run: digit 1 to 9 in turn, codes and tokens from a counter."""

    count: int = field(default=0)

    def token(self) -> str:
        self.count += 1
        return hashlib.sha256(f"token {self.count}".encode()).hexdigest()[:43]

    def digit(self) -> str:
        return str(1 + self.count % 9)

    def code(self) -> str:
        return f"{100_000 + self.count % 900_000}"


def settings(public_url: str, phone_url: str, database_url: str = "") -> Settings:
    """A cloud whose telephone company is at `phone_url`."""
    return Settings(
        database_url=database_url or "sqlite+aiosqlite:///unused.db",
        public_url=public_url,
        broker=BrokerSettings(host="127.0.0.1"),
        twilio=TwilioSettings(
            account_sid=ACCOUNT,
            auth_token=SecretStr(AUTH_TOKEN),
            base_url=phone_url,
            from_number=OUR_NUMBER,
        ),
        cookies_secure=False,
    )


def on_duty(connection: Connection, *places: tuple[Role, int, Sequence[UUID]]) -> None:
    """Rotas that began long ago; without `places` everybody of the town is on duty."""
    usual = (
        (Role.GP, 0, [GP]),
        (Role.GP, 1, [GP_BACKUP]),
        (Role.DESK, 0, [DESK]),
        (Role.COMMUNITY, 0, [COMMUNITY]),
        (Role.OPERATIONS, 0, [OPERATIONS]),
    )
    connection.execute(
        insert(schedule),
        [
            {
                "id": UUID(int=0x4000 + number),
                "organisation_id": ORGANISATION,
                "name": f"{role} {position}",
                "role": role,
                "position": position,
                "zone": "Europe/London",
                "starts_on": "2026-01-05",
                "members": [str(member) for member in members],
            }
            for number, (role, position, members) in enumerate(places or usual)
        ],
    )


def move_in(connection: Connection) -> None:
    """The town with its rotas; Margaret has an address and a telephone."""
    settle(connection)
    on_duty(connection)
    connection.execute(
        update(household)
        .where(household.c.id == MARGARETS)
        .values(
            address="4 Mill Lane, London", access="key in the safe", resident_phone=RESIDENT_NUMBER
        )
    )


def press(connection: Connection, number: int = 1, **parts: Any) -> UUID:
    """Margaret presses her SOS button, or whatever else `parts` say; its escalation begins."""
    message = told(incident=number, **parts)
    at = parts.get("at", NOON)
    incidents.receive(connection, HUB, message, wire(message), at)
    escalation.begin(connection, incident_id(number), at)
    return incident_id(number)


@dataclass(slots=True)
class Desk:
    """Takes the worker's part in a story without a worker."""

    connection: Connection
    ids: Ids = field(default_factory=lambda: Ids(10_000))
    secrets: Secrets = field(default_factory=Secrets)

    def step(self, now: Any, worker: str = WORKER) -> list[UUID]:
        """Take every step that is due; the pages that were planned."""
        planned: list[UUID] = []
        for claim in escalation.claim_due(self.connection, now, worker):
            planned += escalation.step(self.connection, claim, now, self.ids, self.secrets)
        return planned


def row_of(connection: Connection, incident_uuid: UUID) -> Row[Any]:
    return connection.execute(select(incident).where(incident.c.id == incident_uuid)).one()


def pages_of(connection: Connection, incident_uuid: UUID | None = None) -> list[Row[Any]]:
    """Pages in the order in which they were planned."""
    query = select(page).order_by(page.c.created_at, page.c.id)
    if incident_uuid is not None:
        query = query.where(page.c.incident_id == incident_uuid)
    return list(connection.execute(query))
