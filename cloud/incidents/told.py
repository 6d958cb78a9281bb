"""A page opens whatever a hub has told: what cannot be read is left out, and the page says so."""

import json
from typing import Any

from pydantic import ValidationError

from vocabulary.wire import IncidentUp


def told_of(stored: dict[str, Any] | None) -> IncidentUp | None:
    """The hub's last message about an incident; None if there is none or it cannot be read."""
    if not stored:
        return None
    try:
        return IncidentUp.model_validate_json(json.dumps(stored))
    except ValidationError:
        return None
