"""What the home itself does, and how the incident remembers having done it.

A table by risk says what is spoken and switched the moment a finding is raised (RISKS §2, §5).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from edge_agent.response.effects import CALL, EVACUATE, Local, Speak, Switch, Use
from edge_agent.response.incident import MOST_ACTIONS, Action, HubIncident
from vocabulary.finding import Finding
from vocabulary.home import HomeFile
from vocabulary.risk import Chain, Course


@dataclass(frozen=True, slots=True)
class Opening:
    """Done at once, without asking."""

    say: str
    switches: tuple[Switch, ...] = ()
    is_by_day: bool = False
    """Good advice is not worth a night's sleep: by night it is not spoken."""


LIGHT = Switch("path_light", is_on=True)
SIREN = Switch("siren", is_on=True, pattern=EVACUATE)
CALL_SIREN = Switch("siren", is_on=True, pattern=CALL)
STOVE_OFF = Switch("stove", is_on=False)

OPENINGS: dict[str, Opening] = {
    "smoke_fire": Opening("say.smoke_evacuate", (SIREN, LIGHT)),
    "co_exposure.acute": Opening("say.co_evacuate", (SIREN, LIGHT)),
    "co_exposure.chronic_low": Opening("say.co_low", is_by_day=True),
    # no light: a switch can spark
    "gas_leak": Opening("say.gas_evacuate", (SIREN,)),
    "gas_leak.alarm": Opening("say.gas_evacuate", (SIREN, Switch("gas_valve", is_on=False))),
    "stove_unattended.overheat": Opening("say.stove_overheats", (STOVE_OFF, SIREN, LIGHT)),
    "air_quality_poor.pm25": Opening("say.air_is_dusty", is_by_day=True),
    "air_quality_poor.co2_stale": Opening("say.air_is_stale", is_by_day=True),
    "air_quality_poor.damp": Opening("say.air_is_damp", is_by_day=True),
    "power_failure": Opening("say.power_is_out", (LIGHT,)),
    "power_failure.mains_lost.high": Opening("say.power_is_still_out", (LIGHT,)),
    "power_failure.medical_device": Opening("say.medical_power_is_out", (LIGHT,)),
    "sos_call": Opening("say.sos_help_called", (LIGHT,)),
    "long_lie": Opening("say.help_called", (LIGHT,)),
    "voice_distress": Opening("say.help_called", (LIGHT,)),
    "missed_medication.missed": Opening("say.dose_missed"),
    "missed_medication.double_attempt": Opening("say.dose_double"),
}
"""By slug, slug.variant or slug.variant.severity. A sign of being threatened does nothing at all
(see `opening`)."""

WITH_PAGE: dict[str, Opening] = {
    # RISKS §4: "+5 min → family and cut-off"; a cut-off is warned of (EN 50615 [V15])
    "stove_unattended.left_on": Opening("say.stove_cut_off", (STOVE_OFF,)),
    # docs/decisions/water-waits-for-an-answer.md
    "water_leak.wet_floor": Opening("say.water_shut", (Switch("water_valve", is_on=False),)),
}
"""What else is done, by slug.variant, when the check has led to nothing and people are called."""

DAY_HOURS = range(8, 22)
"""RISKS §2: what is not urgent speaks from 08 to 22 h local."""

STAYS_OFF: tuple[Use, ...] = ("gas_valve", "water_valve", "stove")
"""Shut by the home, opened by a person only."""

SWITCHED_LATELY = timedelta(minutes=10)
"""As long as a command is repeated while its bridge is away; before that it has arrived."""

LASTING = frozenset({"siren", "path_light"})
"""These stay on until the incident ends; a closed valve stays closed for a person to open."""


def opening(finding: Finding, home: HomeFile) -> list[Local]:
    """What is done the moment this finding is raised."""
    if finding.slug == "sos_call" and finding.variant == "duress":
        return []
    named = f"{finding.slug}.{finding.variant}"
    graded = f"{named}.{finding.severity.word}"
    row = OPENINGS.get(graded) or OPENINGS.get(named) or OPENINGS.get(finding.slug)
    if row is None or (row.is_by_day and _is_night(finding.at, home)):
        return []
    return [Speak((), row.say), *row.switches]


def shut_off(finding: Finding, home: HomeFile) -> list[Local]:
    """The same inside a graver incident: what has to be shut, without another sentence.

    What would wait for a page is shut at once: the graver one has sent it.
    """
    later = WITH_PAGE.get(f"{finding.slug}.{finding.variant}")
    done = [*opening(finding, home), *(later.switches if later else ())]
    return [each for each in done if isinstance(each, Switch) and each.use in STAYS_OFF]


def _is_night(at: datetime, home: HomeFile) -> bool:
    return at.astimezone(ZoneInfo(home.home.zone)).hour not in DAY_HOURS


PROMPTS: dict[str, str] = {
    "water_leak": "say.water_check",
    "fall": "say.fall_check",
    "missed_medication.late": "say.dose_due",
    "stove_unattended": "say.stove_check",
    "indoor_temp_extreme.cold": "say.cold_check",
    "indoor_temp_extreme.heat": "say.heat_check",
    "heart_rate_abnormal": "say.heart_rate_check",
    "blood_pressure_abnormal.crisis": "say.pressure_high_check",
    "blood_pressure_abnormal.low": "say.pressure_low_check",
    "blood_pressure_abnormal.postural_drop": "say.pressure_drop_check",
    "respiratory_abnormal.spo2_low": "say.oxygen_check",
    "respiratory_abnormal.resp_rate": "say.breathing_check",
    "body_temp_abnormal.fever": "say.fever_check",
    "body_temp_abnormal.low": "say.body_cold_check",
    "glucose_abnormal.hypo": "say.sugar_low_check",
    "glucose_abnormal.hyper": "say.sugar_high_check",
    "entry_security.left_open": "say.left_open_check",
}
"""The question of the check, by slug.variant or slug: what was noticed, then one question."""
PROMPTS_IN: dict[str, str] = {"water_leak": "say.water_check_in"}
"""The same where the room is known and matters."""


def prompt(slug: str, variant: str, room: str) -> Speak:
    """What the spoken check asks."""
    if room and slug in PROMPTS_IN:
        return Speak((), PROMPTS_IN[slug], (("room", room),))
    return Speak((), PROMPTS.get(f"{slug}.{variant}") or PROMPTS.get(slug, "say.check"))


CLAIMS: dict[str, Use] = {"say.water_shut": "water_valve", "say.stove_cut_off": "stove"}
"""Sentences that say that something was shut."""


def fitted(done: Iterable[Local], home: HomeFile) -> list[Local]:
    """What this home can do of it: a valve that is not there is neither shut nor told of."""
    missing = set(STAYS_OFF) - {device.use for device in home.device}
    return [
        effect
        for effect in done
        if not (isinstance(effect, Switch) and effect.use in missing)
        and not (isinstance(effect, Speak) and CLAIMS.get(effect.key) in missing)
    ]


CALLED_OFF = {"missed_medication": "say.dose_noted"}
"""What is said when it is over before anyone was called, where not the usual."""


def called_off(slug: str) -> Speak:
    """Nobody is called any more."""
    return Speak((), CALLED_OFF.get(slug, "say.check_cancelled"))


def tells_help(course: Course) -> bool:
    """Whether the home says aloud that people are called when `page_at` comes: somebody listens."""
    is_later = course.asks is not None or course.waits > timedelta(0)
    return is_later or course.chain is Chain.PERSON


def help_called(incident: HubIncident) -> list[Local]:
    """What is said then; where nobody will come through the door at once no light is needed."""
    if incident.course.chain is Chain.HOME:
        return [*cut_off(incident), Speak((), "say.family_told")]
    return [*cut_off(incident), Speak((), "say.help_called"), LIGHT]


def cut_off(incident: HubIncident) -> list[Local]:
    """What is shut when the check has led to nothing, and is said to be."""
    also = WITH_PAGE.get(f"{incident.slug}.{incident.variant}")
    return [] if also is None else [Speak((), also.say), *also.switches]


def put_off(wait: timedelta) -> Speak:
    """How much time "fine" has won."""
    if wait < timedelta(hours=1):
        return Speak((), "say.put_off_minutes", (("minutes", wait // timedelta(minutes=1)),))
    return Speak((), "say.put_off_hours", (("hours", wait // timedelta(hours=1)),))


def light(incident: HubIncident) -> list[Local]:
    """The path of light, save where gas may be in the air: a switch can spark."""
    return [] if _has_gas([incident]) else [LIGHT]


def _has_gas(incidents: Iterable[HubIncident]) -> bool:
    return any(f.slug == "gas_leak" for each in incidents for f in each.standing())


def helper(name: str) -> Speak:
    """Who is helping, as soon as somebody is."""
    if not name:
        return Speak((), "say.helper_acknowledged_unnamed")
    return Speak((), "say.helper_acknowledged", (("name", name),))


def remember(incident: HubIncident, done: Iterable[Local], now: datetime) -> HubIncident:
    """The incident with what was done in the home written into it."""
    actions = list(incident.actions)
    for effect in done:
        if isinstance(effect, Speak):
            actions.append(Action(now, "say", effect.key, ended_at=now))
            continue
        actions = [_without(each, effect.use, now) for each in actions]
        if effect.is_on:
            actions.append(Action(now, effect.use, effect.pattern))
        elif effect.use not in LASTING:
            actions.append(Action(now, effect.use, "off", ended_at=now))
    return replace(incident, actions=_bounded(actions))


def _bounded(actions: list[Action]) -> tuple[Action, ...]:
    """How it began, what is still on, and the newest: an action that lasts is never forgotten."""
    over = len(actions) - MOST_ACTIONS
    ended = [n for n, each in enumerate(actions) if n and each.ended_at is not None]
    dropped = set(ended[: max(over, 0)])
    return tuple(each for n, each in enumerate(actions) if n not in dropped)


def switch_off(incident: HubIncident, *uses: str) -> list[Local]:
    """End what this incident switched on."""
    lasting: tuple[Switch, ...] = (Switch("siren", is_on=False), Switch("path_light", is_on=False))
    return [off for off in lasting if off.use in uses and incident.running(off.use) is not None]


def arbitrate(effects: Iterable[Local], others: Iterable[HubIncident]) -> list[Local]:
    """The home has one siren and one path of light: what another incident still needs stays on.

    The call to leave the house drowns the call for a neighbour, never the other way round. While
    gas stands no lamp is switched for anything: a switch can spark.
    """
    live = list(others)
    patterns = {p for each in live if (p := each.running("siren")) is not None}
    is_lit = any(each.running("path_light") is not None for each in live)
    has_gas = _has_gas(live)
    decided: list[Local] = []
    for effect in effects:
        match effect:
            case Switch(use="siren", is_on=True, pattern=pattern) if pattern == CALL:
                if EVACUATE not in patterns:
                    decided.append(effect)
            case Switch(use="siren", is_on=False) if patterns:
                decided.append(SIREN if EVACUATE in patterns else CALL_SIREN)
            case Switch(use="path_light", is_on=False) if is_lit:
                continue
            case Switch(use="path_light") if has_gas:
                continue
            case _:
                decided.append(effect)
    return decided


def done_again(
    running: Iterable[HubIncident], lately: Iterable[HubIncident], died_at: datetime
) -> list[Local]:
    """After a restart: on with what is on, off with what went off just before the hub died.

    `lately`: all of `running` and what ended since. Each command may be given twice and does no
    harm then; while gas stands a lamp stays as it is.
    """
    live = list(running)
    went_off = {
        done.action
        for each in lately
        for done in each.actions
        if done.ended_at is not None and died_at - done.ended_at <= SWITCHED_LATELY
    }
    effects: list[Local] = []
    patterns = {p for each in live if (p := each.running("siren")) is not None}
    if patterns:
        effects.append(SIREN if EVACUATE in patterns else CALL_SIREN)
    elif "siren" in went_off:
        effects.append(Switch("siren", is_on=False))
    if not _has_gas(live):
        if any(each.running("path_light") is not None for each in live):
            effects.append(LIGHT)
        elif "path_light" in went_off:
            effects.append(Switch("path_light", is_on=False))
    effects += [Switch(use, is_on=False) for use in STAYS_OFF if use in went_off]
    return effects


def _without(action: Action, use: str, now: datetime) -> Action:
    is_running = action.action == use and action.ended_at is None
    return replace(action, ended_at=now) if is_running else action
