"""Anybody in charge may make a limit stricter; only a clinician who signs may loosen one.

Looser is measured against what holds now, so that a doctor's stricter limit is not undone by
somebody else's edit (RISKS §6 G9).
"""

from collections.abc import Collection
from datetime import date

from vocabulary.home import Clinical, HomeFile
from vocabulary.incident import Role
from vocabulary.vitals import BOUNDS

MAY_CHANGE = frozenset({Role.GP, Role.DESK})
"""Who keeps care profiles at all."""


def loosens(before: HomeFile | None, after: HomeFile) -> list[str]:
    """What `after` lets through that `before` does not; without a `before`, published limits."""
    known = before or HomeFile(home=after.home)
    old, new = known.vital_limits, after.vital_limits
    found = [
        name
        for name, bound in BOUNDS.items()
        if _is_looser(getattr(old, name), getattr(new, name), is_floor=bound.is_floor)
    ]
    if new.spo2_scale > old.spo2_scale:
        found.append("spo2_scale")
    was, now = known.clinical or Clinical(), after.clinical or Clinical()
    return found + [
        name
        for name in ("fluid_limit_litres", "fluid_goal_litres")
        if getattr(was, name) != getattr(now, name)
    ]


def refusal(
    before: HomeFile | None,
    after: HomeFile,
    name: str,
    roles: Collection[Role],
    today: date,
) -> str:
    """Why this person may not make this change; "": they may."""
    if not MAY_CHANGE & set(roles):
        return "only a doctor or the duty desk keeps care profiles"
    loosened = loosens(before, after)
    signature = _signature(after)
    is_new_signature = signature is not None and signature != _signature(before)
    if not loosened and not is_new_signature:
        return ""
    what = ", ".join(loosened) or "a new signature"
    if Role.GP not in roles:
        return f"only a doctor may sign for {what}"
    if signature != (name, today):
        return (
            f'{what}: sign it, expected by = "{name}" and signed_at = {today.isoformat()} '
            "in [clinical]"
        )
    return ""


def may_restore(before: HomeFile | None, after: HomeFile, roles: Collection[Role]) -> str:
    """Why this person may not bring back an earlier version; its own signature stands in it."""
    if not MAY_CHANGE & set(roles):
        return "only a doctor or the duty desk keeps care profiles"
    loosened = loosens(before, after)
    if loosened and Role.GP not in roles:
        return f"only a doctor may bring back {', '.join(loosened)}"
    return ""


def _is_looser(old: float, new: float, *, is_floor: bool) -> bool:
    return new < old if is_floor else new > old


def _signature(home: HomeFile | None) -> tuple[str, date] | None:
    clinical = home.clinical if home else None
    if clinical is None or clinical.by is None or clinical.signed_at is None:
        return None
    return clinical.by, clinical.signed_at
