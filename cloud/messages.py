"""People read in their own language: every text we show or speak comes from one catalogue.

The English text is the key; the Chinese one stands in
`vocabulary/locale/zh_CN/LC_MESSAGES/hearthline.po`, from where the hub speaks it too. That file is
read as it is when a language is first asked for (20 ms): there is no compiled copy that could be
older than its source.
"""

import gettext
from datetime import datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale, dates
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES: Final = ("en", "zh_CN")
LOCALE_DIR: Final = Path(__file__).resolve().parent.parent / "vocabulary" / "locale"
DOMAIN: Final = "hearthline"

_MINUTE = timedelta(minutes=1)
_UNITS = (
    timedelta(days=365),
    timedelta(days=30),
    timedelta(days=7),
    timedelta(days=1),
    timedelta(hours=1),
    _MINUTE,
    timedelta(seconds=1),
)
"""As Babel counts them, largest first."""


def mark(text: str) -> str:
    """Put a text that is told elsewhere into the catalogue; returns it unchanged."""
    return text


def po_file(language: str) -> Path:
    """Where a language's translations stand."""
    return LOCALE_DIR / language / "LC_MESSAGES" / f"{DOMAIN}.po"


class Tongue:
    """One language: texts by `tell`, instants and durations as its readers write them."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.locale = Locale.parse(language)
        self.translations: gettext.NullTranslations = _translations(language)

    @property
    def tag(self) -> str:
        """As HTML and telephone providers write it: `en`, `zh-CN`."""
        return self.language.replace("_", "-")

    def tell(self, text: str, /, **values: object) -> str:
        """`text` in this language, `{named}` places filled with `values`."""
        told = self.translations.gettext(text)
        return told.format(**values) if values else told

    def tell_many(self, one: str, many: str, count: int, /, **values: object) -> str:
        """As `tell`, in the form that `count` needs; `{count}` is filled with it."""
        return self.translations.ngettext(one, many, count).format(count=count, **values)

    def ago(self, at: datetime, now: datetime) -> str:
        """`4 minutes ago`; below a minute `just now`. Rounds down: never fresher than true."""
        age = now - at
        if age < _MINUTE:
            return self.tell("just now")
        return dates.format_timedelta(
            -_whole(age), threshold=1, add_direction=True, locale=self.locale
        )

    def lasting(self, length: timedelta | float) -> str:
        """`40 seconds`, `3 minutes`, `2 hours`: the largest whole unit. A number is in seconds."""
        span = length if isinstance(length, timedelta) else timedelta(seconds=length)
        return dates.format_timedelta(_whole(span), threshold=1, locale=self.locale)

    def waited(self, length: timedelta) -> str:
        """A running clock: `2:14`, from an hour on `1:02:14`, from a day on in days."""
        seconds = max(0, int(length.total_seconds()))
        if seconds >= 2 * 86_400:
            return self.lasting(length)
        minutes, second = divmod(seconds, 60)
        hours, minute = divmod(minutes, 60)
        return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"

    def clock(self, at: datetime, zone: str, *, seconds: bool = False) -> str:
        """The time of day in `zone`: `03:12`."""
        local = at.astimezone(ZoneInfo(zone))
        return f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"

    def moment(self, at: datetime, zone: str, now: datetime) -> str:
        """The time of day in `zone`, with the date when it is not today's there."""
        local, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
        if local.date() == today:
            return f"{local:%H:%M}"
        day = dates.format_skeleton("MMMd", local, locale=self.locale)
        return f"{day} {local:%H:%M}"


@cache
def tongue(language: str) -> Tongue:
    """The language of that name; an unknown one is read as English, so that nobody gets nothing."""
    return Tongue(language if language in LANGUAGES else LANGUAGES[0])


def negotiate(accept: str) -> str:
    """The language a browser asks for in `Accept-Language`; English where none of ours is named."""
    wanted: list[tuple[float, int, str]] = []
    for position, part in enumerate(accept[:500].split(",")):
        tag, _, weight = part.strip().partition(";q=")
        try:
            wanted.append((-float(weight or 1), position, tag.casefold()))
        except ValueError:
            continue
    for _, _, tag in sorted(wanted):
        if tag.startswith("en"):
            return "en"
        if tag.startswith("zh"):
            return "zh_CN"
    return LANGUAGES[0]


def _translations(language: str) -> gettext.NullTranslations:
    if language == LANGUAGES[0]:
        return gettext.NullTranslations()
    with po_file(language).open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _whole(length: timedelta) -> timedelta:
    """Rounded down to the largest unit that fits: 119 minutes are one hour, never two."""
    for unit in _UNITS:
        if length >= unit:
            return (length // unit) * unit
    return timedelta(0)
