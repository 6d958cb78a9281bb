"""The tables are written in the form in which what was heard is compared with them."""

import pytest

from vocabulary.phrases import PHRASES, Phrases, digits_in, normalise


@pytest.mark.parametrize("language", sorted(PHRASES))
def test_the_tables_are_in_normal_form(language: str) -> None:
    table: Phrases = PHRASES[language]
    words = (
        table.reassuring,
        table.distress,
        table.fine,
        table.doubt,
        table.cooking,
        table.bathing,
        table.taken,
        table.untaken,
    )
    for phrases in words:
        assert all(normalise(phrase) == phrase for phrase in phrases)
    assert all(normalise(phrase).strip() == phrase for phrase in (*table.no, *table.yes))


@pytest.mark.parametrize("language", sorted(PHRASES))
def test_nothing_that_is_fine_is_distress(language: str) -> None:
    table = PHRASES[language]
    for fine in (*table.fine, *table.bathing):
        assert not any(distress in fine for distress in table.distress)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("I\u2019m  FINE!", " im fine "),
        ("can't", " cant "),
        ("\uff28\uff25\uff2c\uff30", " help "),
        ("我,没事。", "我没事"),
        ("…", ""),
        ("", ""),
    ],
)
def test_normal_form(text: str, form: str) -> None:
    assert normalise(text) == form


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("4711", "4711"),
        ("4 7 1 1", "4711"),
        ("four seven one one", "4711"),
        ("oh one", "01"),
        ("四七一一", "4711"),
        ("4711 thanks", ""),
        ("", ""),
    ],
)
def test_digits(text: str, digits: str) -> None:
    assert digits_in(text) == digits
