"""How a webhook proves that the provider sent it (header X-Twilio-Signature)."""

import base64
import hashlib
import hmac
from collections.abc import Iterable

HEADER = "X-Twilio-Signature"


def sign(auth_token: str, url: str, form: Iterable[tuple[str, str]] = ()) -> str:
    """HMAC-SHA1 over the address as called and the form's keys and values in order of key."""
    text = url + "".join(key + value for key, value in sorted(set(form)))
    digest = hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
