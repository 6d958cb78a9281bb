"""Nobody is left with half a sentence: every text that people see or hear is translated."""

import re
from datetime import timedelta
from typing import Any

import pytest
from babel.messages.pofile import read_po

from cloud.catalogue import collect, read_catalogue
from cloud.messages import LANGUAGES, LOCALE_DIR, negotiate, tongue
from cloud.paging.rules import PageStatus
from cloud.triage.runbooks import load, runbook
from cloud.words import ACTIONS, DISPOSITIONS, PAGE_STATUSES, VARIANTS
from tests.cloud.web.world import NOW
from vocabulary.incident import Disposition
from vocabulary.names import RISK_NAMES
from vocabulary.risks import RISKS as CARDS

PLACES = re.compile(r"%\((\w+)\)s|\{(\w+)\}")


def ids(catalogue: Any) -> set[Any]:
    return {message.id for message in catalogue if message.id}


def test_the_template_holds_exactly_the_texts_of_the_code() -> None:
    with (LOCALE_DIR / "hearthline.pot").open("rb") as file:
        kept = ids(read_po(file))
    assert kept == ids(collect()), "run: python -m cloud.catalogue, then translate what is new"


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_text_is_translated(language: str) -> None:
    known = read_catalogue(language)
    for message in collect():
        if not message.id:
            continue
        told = known.get(message.id)
        assert told is not None, message.id
        assert told.string, f"{language}: {message.id!r} is not translated"
        assert not told.fuzzy, message.id


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_translation_keeps_the_places_for_values(language: str) -> None:
    for message in read_catalogue(language):
        if not message.id:
            continue
        source, told = (
            "".join(one) if isinstance(one, tuple | list) else str(one)
            for one in (message.id, message.string)
        )
        assert places(source) == places(told), message.id


def places(text: str) -> set[str]:
    return {one or other for one, other in PLACES.findall(text)}


def test_every_card_variant_and_code_has_words() -> None:
    assert set(RISK_NAMES) == {card.slug for card in CARDS}
    assert set(VARIANTS) == {(card.slug, v.name) for card in CARDS for v in card.variants}
    assert set(DISPOSITIONS) == set(Disposition)
    assert {"siren", "plan_b"} <= set(ACTIONS)


def test_every_status_of_a_page_has_words() -> None:
    assert set(PageStatus) <= set(PAGE_STATUSES)


def test_each_runbook_is_found_and_a_silent_call_never_says_ring() -> None:
    assert runbook("fall", None, is_duress=False).slug == "fall"
    assert runbook("weight_change", None, is_duress=False).slug == "generic"
    assert runbook(None, "hub_lost", is_duress=False).slug == "hub_lost"
    assert runbook("fall", None, is_duress=True).steps[0].do.startswith("Do not call the home")
    assert all(book.steps for book in load().values())


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "en"),
        ("de,fr;q=0.8", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh_CN"),
        ("en-GB,zh;q=0.9", "en"),
        ("zh;q=0.1,en;q=0.9", "en"),
        ("zh;q=broken", "en"),
        ("*" * 10_000, "en"),
    ],
)
def test_a_browser_names_its_language(accept: str, language: str) -> None:
    assert negotiate(accept) == language


@pytest.mark.parametrize(
    ("age", "english", "chinese"),
    [
        (timedelta(seconds=59), "just now", "刚刚"),
        (timedelta(minutes=4, seconds=59), "4 minutes ago", "4分钟前"),
        (timedelta(minutes=119), "1 hour ago", "1小时前"),
        (timedelta(days=6, hours=23), "6 days ago", "6天前"),
        (timedelta(seconds=-5), "just now", "刚刚"),
    ],
)
def test_an_age_is_never_fresher_than_true(age: timedelta, english: str, chinese: str) -> None:
    assert tongue("en").ago(NOW - age, NOW) == english
    assert tongue("zh_CN").ago(NOW - age, NOW) == chinese


def test_an_unknown_language_is_read_as_english() -> None:
    assert tongue("tlh").tell("Accept") == "Accept"
