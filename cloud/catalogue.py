"""Every text that people see or hear, gathered from where it stands, for the translators.

`python -m cloud.catalogue` writes `vocabulary/locale/hearthline.pot` anew and merges it into each
language's `.po`: translations stay, new texts appear untranslated, and a test then names them.
"""

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from cloud.messages import DOMAIN, LANGUAGES, LOCALE_DIR, po_file
from vocabulary.devices_in_words import IN_ROOM, NAMED, PLACES, SOME_DEVICE, THE_THING, THINGS
from vocabulary.names import DISPLAY_NAMES, RISK_NAMES
from vocabulary.sentences import SENTENCES

ROOT: Final = Path(__file__).parent
RUNBOOKS: Final = ROOT / "triage" / "runbooks"
METHODS: Final = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS: Final = {"templates/**.html": {"trimmed": "true", "silent": "false"}}
KEYWORDS: Final[dict[str, tuple[int, ...] | None]] = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "mark": None,
    "tell": None,
    "tell_many": (1, 2),
}
_UNDATED: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""The files carry no clock, so that writing them twice changes nothing."""


def collect() -> Catalog:
    """All texts, with the file each stands in."""
    found = Catalog(domain=DOMAIN, project="Hearthline", creation_date=_UNDATED)
    found.fuzzy = False
    for file, _, text, comments, context in extract_from_dir(
        ROOT, METHODS, OPTIONS, keywords=KEYWORDS, comment_tags=("translators:",)
    ):
        found.add(text, locations=[(f"cloud/{file}", 0)], auto_comments=comments, context=context)
    for text, place in _data_texts():
        found.add(text, locations=[(place, 0)])
    return found


def _data_texts() -> Iterator[tuple[str, str]]:
    """Texts that stand in data: names, the sentences of the hub, the runbooks of the responders."""
    for text in SENTENCES.values():
        yield text, "vocabulary/sentences.py"
    for text in (*RISK_NAMES.values(), *DISPLAY_NAMES.values()):
        yield text, "vocabulary/names.py"
    for text in (*THINGS.values(), *PLACES.values(), SOME_DEVICE, NAMED, THE_THING, IN_ROOM):
        yield text, "vocabulary/devices_in_words.py"
    for file in sorted(RUNBOOKS.glob("*.toml")):
        place = f"cloud/triage/runbooks/{file.name}"
        book = tomllib.loads(file.read_text(encoding="utf-8"))
        yield book["title"], place
        for step in book["step"]:
            yield step["do"], place
            if step.get("why"):
                yield step["why"], place


def read_catalogue(language: str) -> Catalog:
    """A language's translations as they are committed."""
    with po_file(language).open("rb") as source:
        return read_po(source, locale=language, domain=DOMAIN)


def update() -> None:
    """Write the template and merge it into each language."""
    texts = collect()
    _write(texts, LOCALE_DIR / f"{DOMAIN}.pot")
    for language in LANGUAGES[1:]:
        file = po_file(language)
        file.parent.mkdir(parents=True, exist_ok=True)
        known = read_catalogue(language) if file.exists() else Catalog(locale=language)
        known.update(texts, no_fuzzy_matching=True)
        known.obsolete.clear()
        known.creation_date = known.revision_date = _UNDATED
        known.fuzzy = False
        _write(known, file)


def _write(catalogue: Catalog, file: Path) -> None:
    catalogue.project, catalogue.version = "Hearthline", "1"
    catalogue.header_comment = "# Texts of Hearthline. Written anew by: python -m cloud.catalogue"
    catalogue.msgid_bugs_address = catalogue.last_translator = catalogue.language_team = ""
    with file.open("wb") as target:
        write_po(target, catalogue, sort_output=True, no_location=False, include_lineno=False)


if __name__ == "__main__":
    update()
