"""A stove that was put off and then looked after: silent or not, the family sees the same end."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

from cloud.incidents.seeming import Seeming, seeming
from vocabulary.finding import FindingState
from vocabulary.incident import Disposition, IncidentStatus
from vocabulary.wire import FindingPart, IncidentUp

OPENED = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_what_was_only_put_off_seems_to_end_when_the_danger_did() -> None:
    cleared_at = OPENED + timedelta(minutes=4)
    told = IncidentUp(
        event_id=UUID(int=1),
        hub_id="hub-1",
        sent_at=cleared_at,
        incident_id=UUID(int=2),
        revision=4,
        slug="stove_unattended",
        variant="left_on",
        severity="high",
        opened_at=OPENED,
        page_at=OPENED + timedelta(minutes=1),
        cleared_at=cleared_at,
        findings=[
            FindingPart(
                slug="stove_unattended",
                variant="left_on",
                severity="high",
                state=FindingState.RAISED,
                at=OPENED,
                since=OPENED,
            )
        ],
        is_duress=True,
        has_settled=True,
    )
    row = SimpleNamespace(opened_at=OPENED, cleared_at=cleared_at)
    assert seeming(row, told, cleared_at) == Seeming(
        IncidentStatus.CLOSED,
        closed_at=cleared_at,
        disposition=Disposition.RESOLVED_BEFORE_PAGE,
    )
