"""What the far ends hold after a story: rows of the cloud, the hub's journal, the phone's log.

Figures come from here and never from what a program says of itself while it runs.
"""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from vocabulary.risk import Severity

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class IncidentRecord:
    """One incident row, as far as a story needs it."""

    id: UUID
    slug: str
    variant: str
    severity: Severity
    status: str
    number: str
    opened_at: datetime
    committed_at: datetime
    cleared_at: datetime | None
    first_page_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    acknowledged_role: str | None
    closed_at: datetime | None
    disposition: str | None
    raised: Mapping[str, datetime]
    """Each risk that belongs to it, and when it was first raised; a fall may become a long lie."""
    stages: Mapping[tuple[str, str], datetime]
    """The same by risk and variant: a danger may have come in stages."""
    standing: frozenset[str]
    """Those of them that have not cleared."""


@dataclass(frozen=True, slots=True)
class PageRecord:
    """One page row."""

    incident_id: UUID
    role: str
    channel: str
    address: str
    status: str
    provider_id: str | None
    is_repeat: bool
    created_at: datetime
    sent_at: datetime | None


class CloudRecords:
    """Reads the cloud's database from outside, on a connection of its own."""

    def __init__(self, url: str) -> None:
        self._engine: AsyncEngine = create_async_engine(url)
        self._is_sqlite = url.startswith("sqlite")

    async def incidents(self, household: str, since: datetime) -> list[IncidentRecord]:
        """The household's own incidents (no technical ones) that came in at or after `since`."""
        rows = await self._rows(
            "SELECT id, slug, variant, severity, status, number, opened_at, committed_at,"
            " cleared_at, first_page_at, acknowledged_at, acknowledged_by, acknowledged_role,"
            " closed_at, disposition,"
            " hub_part FROM incident WHERE household_id = :household AND slug IS NOT NULL"
            " AND committed_at >= :since ORDER BY opened_at",
            household=self._uuid(household),
            since=_micros(since),
        )
        return [
            IncidentRecord(
                id=_as_uuid(row["id"]),
                slug=row["slug"],
                variant=row["variant"] or "",
                severity=Severity(row["severity"]),
                status=row["status"],
                number=row["number"],
                opened_at=_instant(row["opened_at"]),
                committed_at=_instant(row["committed_at"]),
                cleared_at=_maybe(row["cleared_at"]),
                first_page_at=_maybe(row["first_page_at"]),
                acknowledged_at=_maybe(row["acknowledged_at"]),
                acknowledged_by=_person(row["acknowledged_by"]),
                acknowledged_role=row["acknowledged_role"],
                closed_at=_maybe(row["closed_at"]),
                disposition=row["disposition"],
                raised=_raised(row["hub_part"]),
                stages=_stages(row["hub_part"]),
                standing=_standing(row["hub_part"]),
            )
            for row in rows
        ]

    async def pages(self, incidents: list[UUID]) -> list[PageRecord]:
        """Every page of these incidents, oldest first."""
        found = [
            row
            for incident in incidents
            for row in await self._rows(
                "SELECT incident_id, role, channel, address, status, provider_id, is_repeat,"
                " created_at, sent_at FROM page WHERE incident_id = :incident ORDER BY created_at",
                incident=self._uuid(str(incident)),
            )
        ]
        return [
            PageRecord(
                incident_id=_as_uuid(row["incident_id"]),
                role=row["role"],
                channel=row["channel"],
                address=row["address"],
                status=row["status"],
                provider_id=row["provider_id"],
                is_repeat=bool(row["is_repeat"]),
                created_at=_instant(row["created_at"]),
                sent_at=_maybe(row["sent_at"]),
            )
            for row in found
        ]

    async def untold(self, household: str) -> int:
        """How many messages the household's hub has not yet given a receipt for."""
        rows = await self._rows(
            "SELECT count(*) AS untold FROM downlink JOIN hub ON hub.id = downlink.hub_id"
            " WHERE hub.household_id = :household AND downlink.receipted_at IS NULL",
            household=self._uuid(household),
        )
        return int(rows[0]["untold"])

    async def close(self) -> None:
        await self._engine.dispose()

    async def _rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        async with self._engine.connect() as connection:
            result = await connection.execute(text(query), values)
            return [dict(row) for row in result.mappings()]

    def _uuid(self, value: str) -> UUID | str:
        return UUID(value).hex if self._is_sqlite else UUID(value)


def journaled_at(journal: Path, incident: UUID) -> datetime | None:
    """When the hub's journal first held the incident; None when it does not."""
    if not journal.exists():
        return None
    connection = sqlite3.connect(f"file:{journal}?mode=ro", uri=True)
    try:
        row = connection.execute(
            "SELECT min(at) FROM incident WHERE incident_id = ?", (str(incident),)
        ).fetchone()
    finally:
        connection.close()
    return _maybe(row[0])


def _raised(hub_part: Any) -> Mapping[str, datetime]:
    first: dict[str, datetime] = {}
    for finding in _findings(hub_part):
        first.setdefault(finding["slug"], datetime.fromisoformat(finding["at"]))
    return first


def _stages(hub_part: Any) -> Mapping[tuple[str, str], datetime]:
    first: dict[tuple[str, str], datetime] = {}
    for finding in _findings(hub_part):
        first.setdefault(
            (finding["slug"], finding["variant"]), datetime.fromisoformat(finding["at"])
        )
    return first


def _standing(hub_part: Any) -> frozenset[str]:
    last = {(f["slug"], f["variant"], f["device"]): f["state"] for f in _findings(hub_part)}
    return frozenset(slug for (slug, _, _), state in last.items() if state == "raised")


def _findings(hub_part: Any) -> list[dict[str, Any]]:
    part = json.loads(hub_part) if isinstance(hub_part, str) else hub_part
    return list((part or {}).get("findings", ()))


def _person(value: Any) -> str | None:
    return None if value is None else str(_as_uuid(value))


def _as_uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(str(value))


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _instant(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def _maybe(micros: int | None) -> datetime | None:
    return None if micros is None else _instant(micros)
