"""Home Assistant finds the hub by itself: one retained message says what there is to see.

Device-based discovery (DEVICES §7; Home Assistant 2024.12 and later): `device`, `origin` and
`components` in one message. It names topics and words only, so it holds no state of the home.
"""

from collections.abc import Callable, Collection

from edge_agent import SOFTWARE
from edge_agent.agent.shown import NO_SEVERITY
from edge_agent.coverage import State
from vocabulary.names import DISPLAY_NAMES, RISK_NAMES
from vocabulary.risk import Group, Severity
from vocabulary.risks import BY_SLUG, RISKS

STATUS = "hearthline/status"
RISK = "hearthline/risk/{}"
INCIDENTS = "hearthline/incidents"
COVERAGE = "hearthline/coverage"
FINDINGS = "hearthline/finding/+"

_CLASSES = {
    "smoke_fire": "smoke",
    "co_exposure": "carbon_monoxide",
    "gas_leak": "gas",
    "water_leak": "moisture",
}
_UNSAFE = frozenset({Group.ENVIRONMENT, Group.ACUTE, Group.WHEREABOUTS})

Component = dict[str, object]


def config_topic(prefix: str, hub_id: str) -> str:
    """Where the message belongs."""
    return f"{prefix}/device/{_hub(hub_id)}/config"


def birth_topics(prefix: str) -> tuple[str, ...]:
    """Where Home Assistant says `online` when it has started; nowhere without a prefix."""
    return (f"{prefix}/status",) if prefix else ()


def discovery(
    hub_id: str, watched: Collection[str], translate: Callable[[str], str] = str
) -> dict[str, object]:
    """The message; a risk outside `watched` has no sensor of its own, only its coverage.

    What is left out is not taken away: a sensor announced before stays, reads "unknown" while
    nothing watches, and keeps what its owner made of it in Home Assistant.
    """
    parts = _overall(translate)
    for card in RISKS:
        if card.slug in watched:
            parts[f"risk_{card.slug}"] = _risk(card.slug, translate)
        parts[f"coverage_{card.slug}"] = _coverage(card.slug, translate)
    for name, part in parts.items():
        part["unique_id"] = f"{_hub(hub_id)}_{name}"
    return {
        "device": {
            "identifiers": [_hub(hub_id)],
            "name": "Hearthline",
            "manufacturer": "Hearthline",
            "sw_version": SOFTWARE,
        },
        "origin": {"name": "Hearthline", "sw_version": SOFTWARE},
        "availability_topic": STATUS,
        "qos": 1,
        "components": parts,
    }


def _overall(translate: Callable[[str], str]) -> dict[str, Component]:
    words = {name: translate(text) for name, text in DISPLAY_NAMES.items()}
    return {
        "open_incidents": {
            "platform": "sensor",
            "name": words["open_incidents"],
            "state_topic": INCIDENTS,
            "value_template": "{{ value_json.open }}",
            "state_class": "measurement",
        },
        "highest_severity": {
            "platform": "sensor",
            "name": words["highest_severity"],
            "state_topic": INCIDENTS,
            "value_template": "{{ value_json.highest_severity }}",
            "device_class": "enum",
            "options": [NO_SEVERITY, *(each.word for each in Severity)],
        },
        "latest_finding": {
            "platform": "sensor",
            "name": words["latest_finding"],
            "state_topic": FINDINGS,
            "value_template": "{{ value_json.slug }}",
            "json_attributes_topic": FINDINGS,
            "device_class": "enum",
            "options": [card.slug for card in RISKS],
            "force_update": True,
        },
    }


def _risk(slug: str, translate: Callable[[str], str]) -> Component:
    default = "safety" if BY_SLUG[slug].group in _UNSAFE else "problem"
    return {
        "platform": "binary_sensor",
        "name": translate(RISK_NAMES[slug]),
        "state_topic": RISK.format(slug),
        "device_class": _CLASSES.get(slug, default),
    }


def _coverage(slug: str, translate: Callable[[str], str]) -> Component:
    name = translate(DISPLAY_NAMES["coverage"]).format(risk=translate(RISK_NAMES[slug]))
    return {
        "platform": "sensor",
        "name": name,
        "state_topic": COVERAGE,
        "value_template": f"{{{{ value_json.{slug}.state }}}}",
        "device_class": "enum",
        "options": [state.value for state in State],
        "entity_category": "diagnostic",
    }


def _hub(hub_id: str) -> str:
    return f"hearthline_{hub_id}"
