"""Before strangers are woken the home asks the person, and never takes silence for an answer.

PERSON: two prompts within 45 s (RISKS §2). WELFARE: one a minute for five minutes. What "fine" may
cancel is the risk's own rule (`Risk.cancel`); the check only says how it ended.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from vocabulary.incident import CheckOutcome
from vocabulary.phrases import PHRASES, Phrases, digits_in, normalise
from vocabulary.risk import Course, Severity
from vocabulary.risks import BY_SLUG

SURE_ENOUGH = 0.8
"""A recogniser less sure has not heard a clear "I am fine"; our figure, as the score of a fall."""

MOST_WORDS = 12
"""A longer utterance is a television or a visitor, not an answer; distress in it still counts."""

MOST_REPLIES = 20
MOST_HEARD = 200
"""The wire's limits (vocabulary.wire.CheckPart, ReplyPart)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """When the prompts are spoken, counted from the start, and when silence is the outcome."""

    prompts_at: tuple[timedelta, ...]
    ends_after: timedelta


_TWO_PROMPTS = (timedelta(0), timedelta(seconds=20))
_EACH = timedelta(seconds=60)


def plan_for(course: Course) -> Plan:
    """As long as the course waits before `page_at`: two prompts if short, else one a minute."""
    wait = course.asks or timedelta(0)
    if course.prompts_at:
        return Plan(course.prompts_at, wait)
    if wait <= _EACH:
        return Plan(tuple(at for at in _TWO_PROMPTS if at < wait), wait)
    return Plan(tuple(_EACH * n for n in range(wait // _EACH)), wait)


@dataclass(frozen=True, slots=True)
class Reply:
    """What was heard, and what it was taken for."""

    at: datetime
    terminal: str
    heard: str
    confidence: float
    outcome: CheckOutcome


@dataclass(frozen=True, slots=True)
class SpokenCheck:
    """One running or ended check; every step gives a new value."""

    slug: str
    started_at: datetime
    prompts: int = 0
    ended_at: datetime | None = None
    outcome: CheckOutcome | None = None
    replies: tuple[Reply, ...] = ()
    variant: str = ""
    severity: Severity | None = None
    """Of the finding that is asked about: they decide how long."""

    @classmethod
    def begin(
        cls, slug: str, now: datetime, variant: str = "", severity: Severity | None = None
    ) -> "SpokenCheck":
        """A check that has not spoken yet; `tick(now)` says the first prompt is due."""
        return cls(slug, now, variant=variant, severity=severity)

    @property
    def is_running(self) -> bool:
        return self.ended_at is None

    @property
    def course(self) -> Course:
        card = BY_SLUG[self.slug]
        return card.course(self.variant, self.severity or card.severity)

    @property
    def plan(self) -> Plan:
        return plan_for(self.course)

    def hear(self, reply: Reply) -> "SpokenCheck":
        """Take in a reply. A clear one ends the check; unclear and silence let it go on."""
        kept = replace(reply, heard=reply.heard[:MOST_HEARD])
        check = replace(self, replies=(*self.replies, kept)[-MOST_REPLIES:])
        is_clear = reply.outcome not in {CheckOutcome.UNCLEAR, CheckOutcome.SILENCE}
        if not check.is_running or not is_clear:
            return check
        return replace(check, ended_at=reply.at, outcome=reply.outcome)

    def tick(self, now: datetime) -> tuple["SpokenCheck", bool]:
        """The check now, and whether to speak the prompt; prompts missed in a restart are one."""
        if not self.is_running:
            return self, False
        if now - self.started_at >= self.plan.ends_after:
            heard_any = any(r.outcome is CheckOutcome.UNCLEAR for r in self.replies)
            outcome = CheckOutcome.UNCLEAR if heard_any else CheckOutcome.SILENCE
            return replace(self, ended_at=now, outcome=outcome), False
        fallen_due = sum(1 for at in self.plan.prompts_at if now - self.started_at >= at)
        if fallen_due <= self.prompts:
            return self, False
        return replace(self, prompts=fallen_due), True

    def due(self) -> datetime | None:
        """When `tick` has something to do next; None once ended."""
        if not self.is_running:
            return None
        if self.prompts < len(self.plan.prompts_at):
            return self.started_at + self.plan.prompts_at[self.prompts]
        return self.started_at + self.plan.ends_after


def interpret(  # noqa: PLR0913 - what was heard, and what it is to be held against
    text: str,
    language: str,
    pin: str = "",
    duress_word: str = "",
    confidence: float = 1.0,
    *,
    about: str = "",
) -> CheckOutcome:
    """What an answer to "are you all right?" means; in doubt never `fine`.

    The duress word wins over everything, distress over reassurance, doubt over "fine". The own PIN
    is the resident's clearest "fine". Blank text is silence.

    `about`: the risk that was asked about. To a wet floor "I am running a bath" is an answer, to a
    dose "yes" or "I have taken it" and nothing else (RISKS §5: what was said is written down as
    taken), and "no, not taken" is no call for help.
    """
    said = normalise(text)
    if not said:
        return CheckOutcome.SILENCE
    if is_duress(text, duress_word):
        return CheckOutcome.DURESS
    phrases = PHRASES.get(language, PHRASES["en"])
    if about == "missed_medication":
        return _of_a_dose(said, phrases, confidence)
    if is_pin(text, pin):
        return CheckOutcome.FINE
    own = phrases.bathing if about == "water_leak" else ()
    return _weigh(said, replace(phrases, fine=phrases.fine + own), confidence)


def is_duress(text: str, duress_word: str) -> bool:
    """Whether the duress word was said, alone or inside a sentence."""
    word = normalise(duress_word)
    return bool(word) and word in normalise(text)


def is_pin(text: str, pin: str) -> bool:
    """Whether the digits said or typed are the resident's PIN."""
    return bool(pin) and digits_in(text) == pin


def _of_a_dose(said: str, phrases: Phrases, confidence: float) -> CheckOutcome:
    """Who is fine, or proves by the PIN who speaks, has not yet said that a tablet was taken."""
    whole = said.strip()
    if whole in phrases.yes and confidence >= SURE_ENOUGH:
        return CheckOutcome.FINE
    if whole in phrases.no:
        return CheckOutcome.UNCLEAR
    fine, doubt = phrases.fine + phrases.taken, phrases.doubt + phrases.untaken
    weighed = _weigh(said, replace(phrases, fine=fine, doubt=doubt), confidence)
    is_told = any(phrase in said for phrase in phrases.taken)
    return weighed if is_told or weighed is not CheckOutcome.FINE else CheckOutcome.UNCLEAR


def _weigh(said: str, phrases: Phrases, confidence: float) -> CheckOutcome:
    rest, reassured = said, False
    for phrase in phrases.reassuring:
        if phrase in rest:
            rest, reassured = rest.replace(phrase, " "), True
    if any(phrase in rest for phrase in phrases.distress):
        return CheckOutcome.HELP
    is_fine = reassured
    for phrase in phrases.fine:
        if phrase in rest:
            rest, is_fine = rest.replace(phrase, " "), True
    has_doubt = any(phrase in rest for phrase in phrases.doubt)
    if has_doubt and not is_fine:
        is_plain_no = rest.strip() in phrases.no
        return CheckOutcome.HELP if is_plain_no else CheckOutcome.UNCLEAR
    is_long = len(said.split()) > MOST_WORDS
    if is_fine and not has_doubt and not is_long and confidence >= SURE_ENOUGH:
        return CheckOutcome.FINE
    return CheckOutcome.UNCLEAR
