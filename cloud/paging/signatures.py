"""Whoever speaks to us as the telephone company proves it by a signature over the exact address.

The address is the configured public one, never what a request's headers claim: behind a proxy every
genuine callback would fail otherwise, and a forged `Host` might pass.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

from twilio.request_validator import RequestValidator

MAX_BODY = 16 * 1024
"""Bytes; a genuine callback has about one thousand."""
MAX_FIELDS = 100


class Signatures:
    """Checks `X-Twilio-Signature`; two tokens are good while one is being replaced."""

    def __init__(self, public_url: str, tokens: Sequence[str]) -> None:
        self._base = public_url.rstrip("/")
        self._validators = [RequestValidator(token) for token in tokens if token]

    def is_genuine(self, target: str, fields: Mapping[str, str], signature: str) -> bool:
        """`target`: path with query as it was asked for. An absent signature is ''."""
        if not signature or not signature.isascii():
            return False
        url = self._base + target
        return any(check.validate(url, fields, signature) for check in self._validators)


def read_form(body: bytes) -> dict[str, str] | None:
    """A callback's fields; None for what no telephone company sends.

    A name that stands twice is refused: the signature sorts and joins fields, so it would say too
    little about which of the two was meant.
    """
    if len(body) > MAX_BODY:
        return None
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        return None
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else None
