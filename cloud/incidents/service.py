"""Everything that people, timers and hubs may do to an incident; each function one transaction.

Every function takes the row's lock first, asks `rules.judge`, and writes the change, its audit
row and what the hub must be told together, or nothing at all. They stand in files by what they are
about; this is the one address for the other packages.
"""

from cloud.incidents.acting import AlreadyAcknowledged, AlreadyClosed, NotAcknowledged
from cloud.incidents.again import tell_it_is_in_hand
from cloud.incidents.closing import close, delete_old_history, raised_now
from cloud.incidents.downlinks import Downlink, due_downlinks, receipted
from cloud.incidents.intake import Received, receive
from cloud.incidents.paged import mark_dialling, mark_paged
from cloud.incidents.remarks import (
    FALSE_REASONS,
    label_false,
    note,
    request_history,
)
from cloud.incidents.store import get_incident, lock_incident
from cloud.incidents.taking import (
    AcknowledgeResult,
    acknowledge,
    ask_escalation,
    going_there,
    hand_back,
    reopen_by_timer,
    take_over,
)
from cloud.incidents.technical import open_technical, supervise_hubs
from cloud.incidents.threat import has_open_duress

__all__ = [
    "FALSE_REASONS",
    "AcknowledgeResult",
    "AlreadyAcknowledged",
    "AlreadyClosed",
    "Downlink",
    "NotAcknowledged",
    "Received",
    "acknowledge",
    "ask_escalation",
    "close",
    "delete_old_history",
    "due_downlinks",
    "get_incident",
    "going_there",
    "hand_back",
    "has_open_duress",
    "label_false",
    "lock_incident",
    "mark_dialling",
    "mark_paged",
    "note",
    "open_technical",
    "raised_now",
    "receipted",
    "receive",
    "reopen_by_timer",
    "request_history",
    "supervise_hubs",
    "take_over",
    "tell_it_is_in_hand",
]
