"""No bridge lists a cuff or a radar: what they told of themselves outlives a restart as notes."""

from collections.abc import Mapping

from edge_agent.decode import Decoder

_PREFIX = "known:"


def notes_of(decoder: Decoder) -> dict[str, str]:
    """What devices have newly told, as notes for the journal; {} most of the time."""
    return {f"{_PREFIX}{key}": text for key, text in decoder.learned().items()}


def recall(decoder: Decoder, notes: Mapping[str, str]) -> None:
    """Tell a fresh decoder what devices have told before."""
    for key, text in notes.items():
        if key.startswith(_PREFIX):
            decoder.recall(key.removeprefix(_PREFIX), text)
