"""TwiML tells a telephone call what to say and for which keys to wait: a short XML document."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError, fromstring

MAX_BYTES = 64 * 1024
"""Twilio's own limit for a document."""


class BadTwiml(ValueError):
    """The document cannot be played; carries Twilio's error code. Trying again is vain."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Say:
    """Speak a text, so often."""

    text: str
    language: str = ""
    loop: int = 1


@dataclass(frozen=True, slots=True)
class Play:
    """Play a recording."""

    url: str
    loop: int = 1


@dataclass(frozen=True, slots=True)
class Pause:
    """Say nothing for a while."""

    seconds: float = 1


@dataclass(frozen=True, slots=True)
class Gather:
    """Wait for keys while the prompts are spoken and `timeout_s` longer."""

    prompts: "tuple[Say | Play | Pause, ...]" = ()
    action: str = ""
    method: str = "POST"
    num_digits: int | None = None
    timeout_s: float = 5
    finish_on_key: str = "#"
    action_on_empty: bool = False
    takes_keys: bool = True


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go on with another document."""

    url: str
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Do not take the call."""

    reason: str = "rejected"


@dataclass(frozen=True, slots=True)
class Dial:
    """Join the call with other people: numbers that ring, or a conference room."""

    numbers: tuple[str, ...] = ()
    conference: str = ""
    action: str = ""
    method: str = "POST"
    timeout_s: float = 30


@dataclass(frozen=True, slots=True)
class Sms:
    """`<Message>` in the answer to an incoming text."""

    body: str
    to: str = ""


Verb = Say | Play | Pause | Gather | Redirect | Hangup | Reject | Dial | Sms


@dataclass(frozen=True, slots=True)
class Document:
    """The verbs in order, and what was there that is none of them (Twilio warns and goes on)."""

    verbs: tuple[Verb, ...]
    unknown: tuple[str, ...] = ()


def parse_twiml(text: str) -> Document:
    """The document; raises `BadTwiml` (12100 no XML, 12100 no <Response>, 11750 too long)."""
    if len(text.encode()) > MAX_BYTES:
        raise BadTwiml(11750, f"over {MAX_BYTES} bytes")
    try:
        root = fromstring(text)  # noqa: S314 - it comes from our own cloud
    except ParseError as broken:
        raise BadTwiml(12100, f"no XML: {broken}") from broken
    if root.tag != "Response":
        raise BadTwiml(12100, f"<{root.tag}> where <Response> is expected")
    verbs, unknown = [], []
    for element in root:
        verb = _verb(element)
        if verb is None:
            unknown.append(element.tag)
        else:
            verbs.append(verb)
    return Document(tuple(verbs), tuple(unknown))


def _verb(element: Element) -> Verb | None:
    read = _READ.get(element.tag)
    return None if read is None else read(element)


def _prompt(element: Element) -> Say | Play | Pause | None:
    loop = int(element.get("loop", "1")) or 1000
    match element.tag:
        case "Say":
            return Say(_text(element), element.get("language", ""), loop)
        case "Play":
            return Play(_text(element), loop)
        case "Pause":
            return Pause(float(element.get("length", "1")))
        case _:
            return None


def _gather(element: Element) -> Gather:
    prompts = [prompt for child in element if (prompt := _prompt(child)) is not None]
    digits = element.get("numDigits")
    timeout = element.get("timeout", "5")
    return Gather(
        prompts=tuple(prompts),
        action=element.get("action", ""),
        method=element.get("method", "POST").upper(),
        num_digits=None if digits is None else int(digits),
        timeout_s=5 if timeout == "auto" else float(timeout),
        finish_on_key=element.get("finishOnKey", "#"),
        action_on_empty=element.get("actionOnEmptyResult", "false") == "true",
        takes_keys="dtmf" in element.get("input", "dtmf").split(),
    )


def _dial(element: Element) -> Dial:
    numbers = [_text(child) for child in element.iter("Number")]
    conference = element.find("Conference")
    if conference is None and not numbers and (plain := (element.text or "").strip()):
        numbers = [plain]
    return Dial(
        numbers=tuple(numbers),
        conference="" if conference is None else _text(conference),
        action=element.get("action", ""),
        method=element.get("method", "POST").upper(),
        timeout_s=float(element.get("timeout", "30")),
    )


def _redirect(element: Element) -> Redirect:
    return Redirect(_text(element), element.get("method", "POST").upper())


def _reject(element: Element) -> Reject:
    return Reject(element.get("reason", "rejected"))


def _message(element: Element) -> Sms:
    body = element.find("Body")
    return Sms(_text(element if body is None else body), element.get("to", ""))


def _text(element: Element) -> str:
    """All text inside, with SSML tags such as <break/> and <prosody> left out."""
    return " ".join("".join(element.itertext()).split())


_READ: Mapping[str, Callable[[Element], Verb | None]] = {
    "Say": _prompt,
    "Play": _prompt,
    "Pause": _prompt,
    "Gather": _gather,
    "Redirect": _redirect,
    "Hangup": lambda _: Hangup(),
    "Reject": _reject,
    "Dial": _dial,
    "Message": _message,
}
"""Verb by tag; any other tag is a warning to Twilio, and skipped."""
