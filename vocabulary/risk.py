"""A risk can go wrong at home: what shows it, who must come, and how fast."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import IntEnum, StrEnum, unique

from vocabulary.observation import Kind


@unique
class Severity(IntEnum):
    """How soon a human is needed. Ordered: it rises by itself and falls only by a person."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        return self.name.lower()


@unique
class Group(StrEnum):
    """The chapters of the catalogue."""

    ENVIRONMENT = "environment"
    ACUTE = "acute"
    WHEREABOUTS = "whereabouts"
    DAILY_LIFE = "daily_life"
    VITALS = "vitals"
    SLOW_DECLINE = "slow_decline"


@unique
class Chain(StrEnum):
    """Who is asked for help, in which order (RISKS §2; VISIT is ours, for RISKS §4, 8)."""

    FIRE = "fire"
    PERSON = "person"
    WELFARE = "welfare"
    VITAL = "vital"
    AWAY = "away"
    HOME = "home"
    VISIT = "visit"
    DIGEST = "digest"


@unique
class Cancel(StrEnum):
    """What the resident's own "I am fine" may do (RISKS §5). Silence never cancels anything."""

    NEVER = "never"
    BY_ANSWER = "by_answer"
    BY_ANSWER_AND_UPRIGHT = "by_answer_and_upright"
    BY_REPEAT_READING = "by_repeat_reading"
    PUTS_OFF = "puts_off"
    """Once, for a while (`Course.puts_off`): whoever says it is about to look after it."""
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Need:
    """One way of seeing a risk: any of these kinds, in such a place.

    Needs of one card are alternatives, and so are the kinds inside one need.
    """

    kinds: tuple[Kind, ...]
    room_type: str = ""
    guards: tuple[str, ...] = ()
    not_guards: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    """The variants that are seen this way; empty: all of the card."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A way the risk shows itself, with a severity of its own."""

    name: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class Course:
    """What is done about a finding: whom it asks, when, and what the resident's word may do."""

    chain: Chain
    cancel: Cancel
    page_within: timedelta | None
    """The card's second figure. Where the page is critical the check runs within it; on all others
    it counts from the end of the check (RISKS §2: "page ≤ 10 s after the voice check ends")."""
    asks: timedelta | None = None
    """How long the spoken check runs before `page_at`; None: nobody is asked."""
    waits: timedelta = timedelta(0)
    """Without a check: `page_at` lies this long after the criterion."""
    prompts_at: tuple[timedelta, ...] = ()
    """When the check asks, where not by its usual rule."""
    puts_off: timedelta = timedelta(0)
    """How much later the page goes out after "fine", where that is what "fine" may do."""
    answered_in: str = ""
    """Type of the room in which "fine" must be said to count; empty: anywhere."""
    cool_down: timedelta | None = None
    """None: the card's."""
    if_help: Severity | None = None
    """What it becomes when the resident asks for help: how they feel makes it worse than the
    reading alone. None: no worse."""

    @property
    def page_after(self) -> timedelta:
        """From the criterion to `page_at`."""
        return self.waits if self.asks is None else self.asks


@dataclass(frozen=True, slots=True)
class Risk:
    """A card of the catalogue."""

    slug: str
    number: int
    group: Group
    severity: Severity
    variants: tuple[Variant, ...]
    harm: str
    needs: tuple[Need, ...]
    """Alternatives: the risk is covered while at least one of them is."""
    chain: Chain
    notice: timedelta
    """Longest wait from the criterion to local action (RISKS §5, first figure)."""
    page_within: timedelta | None
    """Longest wait from the criterion to the first page (second figure); None: never a page."""
    cancel: Cancel
    cool_down: timedelta
    prompts_per_week: float
    """Budget: spoken prompts the resident may hear falsely, per home-week."""
    pages_per_week: float
    """Budget: false ones that reach another human, per home-week."""
    asks_before_paging: timedelta | None = None
    """How long the spoken check runs before `page_at`; None: `page_at` is the criterion itself."""
    latches: bool = False
    """Stays open until a human closes it, whatever the sensor says later (RISKS §7)."""
    ends_on_site: bool = False
    """Closed by somebody who was there it is over, though no sensor has seen it end (RISKS §5)."""
    courses: Mapping[tuple[str, Severity | None], Course] = field(default_factory=dict)
    """What differs from the card: by variant and severity, by severity ("" and it), by variant."""

    def variant(self, name: str) -> Variant:
        """The variant of that name; KeyError names the card and what it has."""
        for variant in self.variants:
            if variant.name == name:
                return variant
        known = ", ".join(v.name for v in self.variants)
        raise KeyError(f"{self.slug} has no variant {name!r}; it has: {known}")

    def course(self, variant: str, severity: Severity) -> Course:
        """What is done about this variant at this severity."""
        for key in ((variant, severity), ("", severity), (variant, None)):
            if key in self.courses:
                return self.courses[key]
        return Course(self.chain, self.cancel, self.page_within, self.asks_before_paging)

    def rests_for(self, variant: str, severity: Severity) -> timedelta:
        """How long a danger that outlasts its incident is left alone before the next one."""
        own = self.course(variant, severity).cool_down
        return self.cool_down if own is None else own

    def first_page_within(self, variant: str, severity: Severity) -> timedelta | None:
        """The longest a first page may take from the criterion on; None: never a page."""
        course = self.course(variant, severity)
        if course.page_within is None or severity is Severity.CRITICAL:
            return course.page_within
        return course.page_after + course.page_within

    @property
    def longest_wait(self) -> timedelta:
        """The furthest a `page_at` of this risk may lie behind its criterion."""
        own = self.asks_before_paging or self.page_within or timedelta(0)
        return max([own, *(each.page_after + each.puts_off for each in self.courses.values())])
