"""A doctor woken at three hears, in a few seconds, which incident it is and which keys to press.

Before a key is pressed nothing is said that tells who or where: a voicemail, a neighbour, or a
pocket may be listening (RELIABILITY T7, T19). All is said twice, in the person's language.
"""

from dataclasses import dataclass

from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Dial, Gather, Say, VoiceResponse

from cloud.incidents.again import Anew
from cloud.messages import Tongue, mark
from cloud.paging.rules import DISPOSITION_KEYS, Purpose
from cloud.words import DISPOSITIONS, SEVERITIES
from vocabulary.incident import Disposition, Role
from vocabulary.risk import Severity

KEY_WAIT_SECONDS = 4
"""How long keys are waited for after the voice has ended, and after a single one for a second."""

_QUESTIONS = (
    mark("Have you spoken with the resident?"),
    mark("Is it settled, or who is going there?"),
    mark("Is help with the resident?"),
)
"""The follow-ups of DESIGN §6; those of incidents that are not critical begin with the second."""

_ANEW = {
    Anew.CALL: mark("The home has called for help again. Please look after it now."),
    Anew.WORSE: mark(
        "It has become more severe since you took it. Priority: {severity}."
        " Please look after it now."
    ),
    Anew.MORE: mark(
        "Something more has been noticed in the home since you took it: {what}."
        " Please look after it now."
    ),
    Anew.SPREAD: mark(
        "More has failed, or become worse, since you took it: {what}. Please look after it now."
    ),
}

_LESS_WATCHED = mark(
    "Hearthline incident {number}: a home that you look after is not watched as it should be,"
    " because a device does not work. You need not answer."
)

_SPOKEN_OUTCOMES = (
    Disposition.RESOLVED_BY_PHONE,
    Disposition.VISITED,
    Disposition.FALSE_ALARM,
    Disposition.NO_CONTACT,
)


@dataclass(frozen=True, slots=True)
class Briefing:
    """What one call is about."""

    number: str
    severity: Severity
    what: str
    """The risk or fault in a few English words of the catalogue."""
    digit: str
    purpose: Purpose = Purpose.PAGE
    question: int = 0
    """Which follow-up."""
    is_repeat: bool = False
    has_pin: bool = False
    """The resident's own PIN came after an SOS: told, withdraws nothing."""
    anew: Anew | None = None
    """Asks a holder in whose incident something has come anew; None: the usual question."""
    what_came: str = ""
    """What it is about, as `what`."""


@dataclass(frozen=True, slots=True)
class Handover:
    """What only the person hears who has just acknowledged."""

    role: Role
    name: str = ""
    address: str = ""
    access: str = ""
    is_duress: bool = False
    can_be_called: bool = False
    is_family_only: bool = False
    """The family's own calls stop; a responder is still being looked for."""
    is_going: bool = False


def announce(tongue: Tongue, briefing: Briefing, keys_url: str, *, was_wrong: bool = False) -> str:
    """The call is answered: what it is about, and the keys; said twice, then goodbye."""
    voice = VoiceResponse()
    if was_wrong:
        _say(voice, tongue, tongue.tell("That was not right."))
    for _ in range(2):
        voice.append(_listen(tongue, _sentences(tongue, briefing), keys_url))
    return _goodbye(voice, tongue)


def hand_over(tongue: Tongue, briefing: Briefing, handover: Handover, keys_url: str) -> str:
    """The listener has acknowledged: who, where, how to get in, what next."""
    voice = VoiceResponse()
    voice.append(_listen(tongue, _particulars(tongue, briefing, handover), keys_url))
    return _goodbye(voice, tongue)


def tell_once(tongue: Tongue, *sentences: str) -> str:
    """Say it, and hang up."""
    voice = VoiceResponse()
    for sentence in sentences:
        _say(voice, tongue, sentence)
    voice.hangup()
    return str(voice)


def taken(tongue: Tongue, number: str, name: str) -> str:
    """Somebody else was first."""
    if not name:
        return tongue.tell("Incident {number} has already been taken.", number=number)
    return tongue.tell("Incident {number} is already taken by {name}.", number=number, name=name)


def over(tongue: Tongue, number: str) -> str:
    """It is closed."""
    return tongue.tell("Incident {number} is already closed.", number=number)


def no_longer_asked(tongue: Tongue) -> str:
    """Somebody was asked who is no relative of that home any more."""
    return tongue.tell("You are no longer a contact of this home.")


def connect(tongue: Tongue, number: str, from_number: str) -> str:
    """Join the call with the resident's telephone."""
    voice = VoiceResponse()
    _say(voice, tongue, tongue.tell("You are being connected."))
    dial = Dial(caller_id=from_number, timeout=30)
    dial.number(number)
    voice.append(dial)
    return _goodbye(voice, tongue)


def text_message(tongue: Tongue, briefing: Briefing, link: str, code: str) -> str:
    """The SMS: incident number, priority, link and code; no name, no room, nothing of the case."""
    if briefing.purpose is Purpose.NOTICE:
        return f"{tongue.tell(_LESS_WATCHED, number=briefing.number)} {link}"
    about = tongue.tell(
        "Hearthline incident {number}. Priority: {severity}.",
        number=briefing.number,
        severity=tongue.tell(SEVERITIES[briefing.severity]),
    )
    answer = tongue.tell(
        'Answer "{code} a" to acknowledge, "{code} e" to ask somebody else.', code=code
    )
    return f"{about} {link} {answer}"


def reply(text: str) -> str:
    """The answer to an SMS; without text nothing is sent."""
    response = MessagingResponse()
    if text:
        response.message(text)
    return str(response)


def _sentences(tongue: Tongue, briefing: Briefing) -> list[str]:
    if briefing.purpose is Purpose.FOLLOW_UP:
        return _question(tongue, briefing)
    said = [_about(tongue, briefing)]
    if briefing.is_repeat:
        said.append(tongue.tell("You may have been called about this a moment ago."))
    if briefing.has_pin:
        said.append(tongue.tell("The resident has entered the own PIN since."))
    return [
        *said,
        tongue.tell("To acknowledge, press 4 and then {digit}.", digit=briefing.digit),
        tongue.tell("If you are going there, press 7 and then {digit}.", digit=briefing.digit),
        tongue.tell("For somebody else, press 5."),
        tongue.tell("To hear this again, press star."),
    ]


def _question(tongue: Tongue, briefing: Briefing) -> list[str]:
    first = 0 if briefing.severity is Severity.CRITICAL else 1
    question = _QUESTIONS[min(briefing.question + first, len(_QUESTIONS) - 1)]
    said = [
        tongue.tell("Hearthline incident {number} is yours.", number=briefing.number),
        tongue.tell(question) if briefing.anew is None else _anew(tongue, briefing, briefing.anew),
        tongue.tell("If it is in hand, press 4 and then {digit}.", digit=briefing.digit),
        tongue.tell("To hand it back, press 5."),
    ]
    if briefing.severity <= Severity.MEDIUM:
        keys = {outcome: key for key, outcome in DISPOSITION_KEYS.items()}
        said += [
            tongue.tell(
                "To close it, press 6 and then {key}: {outcome}.",
                key=keys[outcome],
                outcome=tongue.tell(DISPOSITIONS[outcome]),
            )
            for outcome in _SPOKEN_OUTCOMES
        ]
    return said


def _anew(tongue: Tongue, briefing: Briefing, anew: Anew) -> str:
    severity = tongue.tell(SEVERITIES[briefing.severity])
    return tongue.tell(_ANEW[anew], severity=severity, what=tongue.tell(briefing.what_came))


def _particulars(tongue: Tongue, briefing: Briefing, handover: Handover) -> list[str]:
    said = [tongue.tell("Thank you. Incident {number} is yours.", number=briefing.number)]
    if handover.is_family_only:
        said = [
            tongue.tell("Thank you. A responder is still being called as well."),
        ]
    if handover.is_duress:
        said.append(tongue.tell("Silent call under threat: do not call the home, send the police."))
    if handover.name:
        said.append(f"{handover.name}.")
    if handover.role is not Role.FAMILY:
        said += [f"{told}." for told in (handover.address, handover.access) if told]
    if handover.can_be_called:
        said.append(tongue.tell("To speak with the resident, press 0."))
    if handover.is_going:
        said.append(tongue.tell("It is noted that you are going there."))
    elif not handover.is_family_only:
        said.append(
            tongue.tell("If you are going there, press 7 and then {digit}.", digit=briefing.digit)
        )
    said.append(tongue.tell("To hear this again, press star."))
    return said


def _about(tongue: Tongue, briefing: Briefing) -> str:
    return tongue.tell(
        "Hearthline incident {number}. {severity}: {what}.",
        number=briefing.number,
        severity=tongue.tell(SEVERITIES[briefing.severity]),
        what=tongue.tell(briefing.what),
    )


def _listen(tongue: Tongue, sentences: list[str], keys_url: str) -> Gather:
    gather = Gather(
        input="dtmf",
        num_digits=2,
        timeout=KEY_WAIT_SECONDS,
        finish_on_key="#",
        action=keys_url,
        method="POST",
    )
    _say(gather, tongue, " ".join(sentences))
    return gather


def _goodbye(voice: VoiceResponse, tongue: Tongue) -> str:
    _say(voice, tongue, tongue.tell("Goodbye."))
    voice.hangup()
    return str(voice)


def _say(into: VoiceResponse | Gather, tongue: Tongue, text: str) -> None:
    language = "zh-CN" if tongue.language.startswith("zh") else "en-GB"
    into.append(Say(text, language=language))  # type: ignore[no-untyped-call]  # the SDK's own
