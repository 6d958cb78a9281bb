"""What a person makes of the voice: "to acknowledge, press 4 and then 7"."""

import re

_SPOKEN = re.compile(r"press 4 and then (\d)|请先按4，再按(\d)", re.IGNORECASE)  # noqa: RUF001 - Chinese


def spoken_digit(text: str) -> tuple[str, int]:
    """The digit that acknowledges, and up to where one must listen to know it; "", 0 if unsaid."""
    heard = list(_SPOKEN.finditer(text))
    if not heard:
        return "", 0
    found = heard[-1]
    return found.group(1) or found.group(2), found.end()
