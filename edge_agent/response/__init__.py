"""When a risk is found the home acts first, asks the person, and sees that somebody is told."""

from edge_agent.response.effects import CALL, EVACUATE, Changed, Closed, Effect, Speak, Switch
from edge_agent.response.incident import Action, CloudPart, HubIncident
from edge_agent.response.response import Response

__all__ = [
    "CALL",
    "EVACUATE",
    "Action",
    "Changed",
    "Closed",
    "CloudPart",
    "Effect",
    "HubIncident",
    "Response",
    "Speak",
    "Switch",
]
