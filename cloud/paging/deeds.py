"""What a person does by telephone or SMS, bound to one attempt and so to one incident."""

from datetime import datetime

from sqlalchemy import Connection

from cloud.errors import CloudError, Conflict, Forbidden, Refused
from cloud.households.service import relations_of
from cloud.incidents import service as incidents
from cloud.incidents.rules import called_as
from cloud.paging.rules import LIVE, RAISED_AGAIN, Deed, PageStatus, Press, Purpose
from cloud.paging.store import Held, change_page, is_first_time, record, wake
from vocabulary.incident import Role
from vocabulary.risk import Severity


def is_turned_away(connection: Connection, held: Held, now: datetime) -> bool:
    """Whether the paged relative is no relative of that home any more: their keys do nothing.

    An old call or text outlives the relation (RELIABILITY INV-9). What they hold is open again.
    """
    if held.role is not Role.FAMILY or _is_relative(connection, held, now):
        return False
    call = held.page.provider_id or ""
    if is_first_time(connection, held, call, "turned_away", now):
        record(connection, held, now, action="turned_away", actor=f"person:{held.page.person_id}")
    if held.is_mine:
        incidents.reopen_by_timer(connection, held.incident.id, now)
    return True


def _is_relative(connection: Connection, held: Held, now: datetime) -> bool:
    home = held.incident.household_id
    if home is None:
        return False
    related = relations_of(connection, home, now, Role.FAMILY)
    return any(one.person_id == held.page.person_id for one in related)


def do(connection: Connection, held: Held, press: Press, now: datetime) -> CloudError | None:
    """Do what was pressed, inside this transaction; the reason why not, which changes nothing."""
    try:
        match press.deed:
            case Deed.ACKNOWLEDGE | Deed.GOING:
                take(connection, held, press.deed, "voice", now)
            case Deed.ESCALATE:
                decline(connection, held, now)
            case Deed.CLOSE:
                _close(connection, held, press, now)
    except (Conflict, Forbidden, Refused) as refused:
        return refused
    return None


def _close(connection: Connection, held: Held, press: Press, now: datetime) -> None:
    if not held.is_mine or called_as(held.incident) > Severity.MEDIUM:
        raise Forbidden(f"incident {held.incident.id} is not closed by telephone")
    assert press.disposition is not None
    incidents.close(
        connection, held.incident.id, held.page.person_id, press.disposition, now, held.role
    )
    change_page(
        connection,
        held,
        now,
        action="page_acknowledged",
        values={"status": PageStatus.ACKNOWLEDGED, "acknowledged_at": now},
    )


def confirm(connection: Connection, held: Held, now: datetime) -> Held:
    """The helper says that it is in hand: the follow-up is answered."""
    values = {"status": PageStatus.ACKNOWLEDGED, "acknowledged_at": now}
    held = change_page(connection, held, now, action="follow_up_confirmed", values=values)
    if held.page.track == RAISED_AGAIN:
        incidents.tell_it_is_in_hand(connection, held.incident.id, now)
    wake(connection, held, now)
    return held


def take(connection: Connection, held: Held, deed: Deed, by: str, now: datetime) -> Held:
    """Acknowledge (or go) for the paged person, by this attempt. Raises what incidents raise."""
    if held.page.purpose == Purpose.FOLLOW_UP and held.is_mine:
        if deed is Deed.GOING:
            _go(connection, held, by, now)
        return confirm(connection, held, now)
    who, role = held.page.person_id, held.role
    incidents.acknowledge(connection, held.incident.id, who, role, by, held.page.id, now)
    if deed is Deed.GOING:
        _go(connection, held, by, now)
    values = {"status": PageStatus.ACKNOWLEDGED, "acknowledged_at": now}
    return change_page(connection, held, now, action="page_acknowledged", values=values)


def _go(connection: Connection, held: Held, by: str, now: datetime) -> None:
    incidents.going_there(
        connection, held.incident.id, held.page.person_id, held.role, by, held.page.id, now
    )


def decline(connection: Connection, held: Held, now: datetime) -> Held:
    """The paged person wants somebody else: others are asked at once. Raises what incidents raise.

    Who holds it gives it back, by whatever call or text; where another has it by now, nothing is
    asked or given back.
    """
    incidents.ask_escalation(connection, held.incident.id, held.page.person_id, now, held.role)
    if PageStatus(held.page.status) not in LIVE | {PageStatus.DELIVERED}:
        return held
    values = {"status": PageStatus.DECLINED, "ended_at": now}
    return change_page(connection, held, now, action="page_declined", values=values)
