"""Pages are made here, whole, from a template and plain values; the browser only shows them.

Every value is escaped; an undefined one is an error, not an empty place. One environment per
language, so that a template never has to know which one it is in.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from cloud import statics, words
from cloud.households.lights import grouped, parted
from cloud.messages import LANGUAGES, tongue
from vocabulary.incident import IncidentStatus
from vocabulary.risk import Severity

TEMPLATES: Final = Path(__file__).parent / "templates"


@cache
def environment(language: str) -> Environment:
    """The templates in one language."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
    )
    speech = tongue(language)
    made.install_gettext_translations(speech.translations, newstyle=True)  # type: ignore[attr-defined]  # by the i18n extension
    made.policies["ext.i18n.trimmed"] = True
    made.globals |= {
        "t": speech,
        "words": words,
        "grouped": grouped,
        "parted": parted,
        "static": statics.url,
        "Severity": Severity,
        "Status": IncidentStatus,
        "languages": LANGUAGES,
    }
    return made


def render(template: str, language: str, **values: object) -> str:
    """A template as text; an unknown language is read as English."""
    known = language if language in LANGUAGES else LANGUAGES[0]
    return environment(known).get_template(template).render(values)


def page(
    template: str,
    language: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """A whole page as the answer to a request."""
    return HTMLResponse(render(template, language, **values), status, headers)
