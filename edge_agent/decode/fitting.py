"""A rule is for every self-description that fits all it states; asked once per new definition."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from edge_agent.decode.exposes import Definition, Entry
from edge_agent.decode.naming import Naming, words
from edge_agent.decode.slots import plain
from vocabulary.rulebook import Rule

_MAX_REMEMBERED: Final = 4096
"""Names of properties; a home of 100 devices has about 300."""


@dataclass(frozen=True, slots=True)
class _Case:
    entry: Entry
    definition: Definition
    guards: str


class RuleIndex:
    """The rules of a path, found by the type and the name of an entry."""

    def __init__(self, rules: tuple[Rule, ...], naming: Naming) -> None:
        self._rules = rules
        self._never = naming.never
        self._found: dict[tuple[str, str], tuple[Rule, ...]] = {}

    def fitting(
        self, entry: Entry, definition: Definition, guards: str
    ) -> Iterable[tuple[Rule, str]]:
        """Rules that fit, with the instance: a rule for the whole name beats one for its base.

        `guards`: what the home file says that the device stands by.
        """
        case = _Case(entry, definition, guards)
        return self._for_whole_name(case) or self._for_base(case)

    def _for_whole_name(self, case: _Case) -> list[tuple[Rule, str]]:
        entry = case.entry
        if entry.base == entry.name:
            return []
        named = (rule for rule in self._candidates(entry.type, entry.name) if rule.from_)
        return [(rule, entry.endpoint) for rule in named if _fits(rule, case)]

    def _for_base(self, case: _Case) -> Iterator[tuple[Rule, str]]:
        entry = case.entry
        for rule in self._candidates(entry.type, entry.base):
            is_by_words = bool(rule.tokens) and not rule.from_
            if is_by_words and not self._never.isdisjoint(entry.tokens):
                continue
            if _fits(rule, case):
                yield rule, entry.instance

    def _candidates(self, kind: str, name: str) -> tuple[Rule, ...]:
        found = self._found.get((kind, name))
        if found is None:
            found = tuple(
                rule
                for rule in self._rules
                if rule.type in {"", kind} and (not rule.from_ or name in rule.from_)
            )
            if len(self._found) < _MAX_REMEMBERED:
                self._found[kind, name] = found
        return found


def says(about: str, phrases: tuple[str, ...]) -> bool:
    """Whether a description (words between blanks) holds one of the phrases."""
    return any(f" {phrase} " in about for phrase in phrases)


def _fits(rule: Rule, case: _Case) -> bool:
    return all(check(rule, case) for check in _CHECKS)


def _may_be_set(rule: Rule, case: _Case) -> bool:
    return rule.settable == "any" or case.entry.is_settable == (rule.settable == "yes")


def _has_words(rule: Rule, case: _Case) -> bool:
    tokens = case.entry.tokens
    return tokens.isdisjoint(rule.not_tokens) and all(
        not tokens.isdisjoint(group) for group in rule.tokens
    )


def _holds_values(rule: Rule, case: _Case) -> bool:
    if not rule.needs:
        return True
    values = {plain(part) for value in case.entry.values for part in (value, *value.split(","))}
    return values.isdisjoint(rule.without) and all(
        not values.isdisjoint(group) for group in rule.needs
    )


def _is_in_group(rule: Rule, case: _Case) -> bool:
    return not rule.feature or case.entry.feature in rule.feature


def _is_of_class(rule: Rule, case: _Case) -> bool:
    return not rule.classes or case.entry.device_class in rule.classes


def _stands_by(rule: Rule, case: _Case) -> bool:
    return not rule.guards or case.guards in rule.guards


def _has_company(rule: Rule, case: _Case) -> bool:
    return not rule.has or not case.definition.names.isdisjoint(rule.has)


def _is_described(rule: Rule, case: _Case) -> bool:
    is_device = not rule.about or says(case.definition.about, rule.about)
    return is_device and (not rule.said or says(words(case.entry.about), rule.said))


def _is_not_excluded(rule: Rule, case: _Case) -> bool:
    """Names and descriptions that speak against it, unless something lifts them."""
    about, names = case.definition.about, case.definition.names
    is_against = not names.isdisjoint(rule.lacks) or says(about, rule.not_about)
    if not is_against:
        return True
    others = names - {case.entry.name, case.entry.base}
    return not others.isdisjoint(rule.unless) or says(about, rule.unless)


_CHECKS: Final[tuple[Callable[[Rule, _Case], bool], ...]] = (
    _may_be_set,
    _has_words,
    _holds_values,
    _is_in_group,
    _is_of_class,
    _stands_by,
    _has_company,
    _is_described,
    _is_not_excluded,
)
