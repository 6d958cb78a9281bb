"""Pages, from plan to answer; each function one transaction.

`planning` writes attempts down, `notices` what a family must know, `sending` hands them over,
`looking_up` finds what was lost, `calls` and `replies` hear what came of them. All changes of a
page's row go through `store`.
"""

from cloud.paging.calls import (
    OtherCall,
    UnknownAttempt,
    on_answer,
    on_keys,
    on_status,
    on_told,
)
from cloud.paging.looking_up import (
    Silent,
    claim_silent_calls,
    end_silent_calls,
    postpone_look_up,
    record_found,
)
from cloud.paging.notices import tell_blind_risks
from cloud.paging.planning import plan_pages
from cloud.paging.replies import on_text
from cloud.paging.sending import (
    Claimed,
    Todo,
    claim_page,
    due_pages,
    record_failed,
    record_sent,
    record_unknown,
)
from cloud.paging.store import NewId, Secrets

__all__ = [
    "Claimed",
    "NewId",
    "OtherCall",
    "Secrets",
    "Silent",
    "Todo",
    "UnknownAttempt",
    "claim_page",
    "claim_silent_calls",
    "due_pages",
    "end_silent_calls",
    "on_answer",
    "on_keys",
    "on_status",
    "on_text",
    "on_told",
    "plan_pages",
    "postpone_look_up",
    "record_failed",
    "record_found",
    "record_sent",
    "record_unknown",
    "tell_blind_risks",
]
