"""A resident is asked in the language in which the answer will be understood.

The Chinese of each sentence stands in the message catalogue that the cloud reads as well. An
English hub reads no catalogue and loads nothing for it; a Chinese one starts 0.1 s later.
"""

from collections.abc import Callable
from pathlib import Path

from edge_agent.log import Log

LOCALE_DIR = Path(__file__).resolve().parent.parent / "vocabulary" / "locale"
_DOMAIN = "hearthline"
_SOURCE = "en"
"""The language in which `vocabulary.sentences` is written."""

_log = Log("tongue")


def translator(language: str, folder: Path = LOCALE_DIR) -> Callable[[str], str]:
    """What turns an English sentence into `language`; an untranslated one stays English.

    Never raises: a home whose catalogue cannot be read is spoken to in English and is not left
    without a hub.
    """
    if language == _SOURCE:
        return str
    try:
        texts = _read(folder / language / "LC_MESSAGES" / f"{_DOMAIN}.po", language)
    except (OSError, ValueError) as broken:
        _log.error("catalogue_unreadable", language=language, reason=type(broken).__name__)
        return str
    return lambda english: texts.get(english, english)


def _read(file: Path, language: str) -> dict[str, str]:
    from babel.messages.pofile import read_po  # noqa: PLC0415 - an English hub never needs it

    with file.open("rb") as source:
        catalogue = read_po(source, locale=language)
    return {
        message.id: message.string
        for message in catalogue
        if isinstance(message.id, str) and isinstance(message.string, str) and message.string
    }
