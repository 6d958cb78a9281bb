"""The columns of an incident that its hub owns, from the row and back."""

from typing import Any

from sqlalchemy import Row

from cloud.audit import Value
from cloud.incidents.rules import HubPart
from vocabulary.risk import Severity
from vocabulary.risks import BY_SLUG
from vocabulary.wire import FindingPart, IncidentUp


def hub_columns(row: Row[Any]) -> HubPart:
    """As the row has them."""
    return HubPart(
        revision=row.hub_revision,
        slug=row.slug,
        variant=row.variant,
        severity=Severity(row.severity),
        room=row.room,
        is_duress=row.is_duress,
        opened_at=row.opened_at,
        page_at=row.page_at,
        cleared_at=row.cleared_at,
        withdrawn_at=row.withdrawn_at,
    )


def columns(part: HubPart, message: IncidentUp, known: IncidentUp | None) -> dict[str, Any]:
    """As the row shall have them; the message itself only where it is newer than the `known`."""
    is_newest = part.revision == message.revision
    told = {"hub_part": message.model_dump(mode="json")} if is_newest else {}
    return told | {
        "slug": part.slug,
        "variant": part.variant,
        "severity": part.severity,
        "chain": _chain(part, message if is_newest else known),
        "hub_revision": part.revision,
        "is_duress": part.is_duress,
        "room": part.room,
        "page_at": part.page_at,
        "cleared_at": part.cleared_at,
        "withdrawn_at": part.withdrawn_at,
    }


def _chain(part: HubPart, newest: IncidentUp | None) -> str:
    """Who is called goes by the worst that was seen: a fever is none of the digest that it joined.

    Also after it has cleared: nothing but a person makes it less than it was.
    """
    findings = newest.findings if newest else []
    worst = max(map(_severity, findings), default=part.severity)
    grave = [one for one in findings if _severity(one) == worst]
    if not grave or any(one.slug == part.slug for one in grave):
        return BY_SLUG[part.slug].course(part.variant, part.severity).chain
    return BY_SLUG[grave[0].slug].course(grave[0].variant, worst).chain


def _severity(finding: FindingPart) -> Severity:
    return Severity[finding.severity.upper()]


def told_of(part: HubPart) -> dict[str, Value]:
    """As the audit has them."""
    return {
        "revision": part.revision,
        "slug": part.slug,
        "variant": part.variant,
        "severity": int(part.severity),
        "is_duress": part.is_duress,
        "page_at": part.page_at.isoformat() if part.page_at else None,
        "cleared_at": part.cleared_at.isoformat() if part.cleared_at else None,
        "withdrawn_at": part.withdrawn_at.isoformat() if part.withdrawn_at else None,
    }
