"""Whoever does not know the account's token is not the telephone company, whatever they change."""

import random
import string
import time
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from cloud.paging.signatures import MAX_BODY, Signatures, read_form
from simulator.phone.signature import sign

BASE = "https://care.example"
TOKEN, PREVIOUS = "the-token-of-today", "the-token-of-yesterday"
TARGET = "/telephone/twilio/abcdefghijklmnop/keys?wrong=0"
FIELDS = {
    "AccountSid": "AC0001",
    "CallSid": "CA0001",
    "CallStatus": "in-progress",
    "Digits": "47",
    "From": "+12025550199",
    "To": "+12025550100",
}
GENUINE = sign(TOKEN, BASE + TARGET, FIELDS.items())
CHECK = Signatures(BASE, [TOKEN])

Forged = tuple[str, dict[str, str], str]


def _other_key(rng: random.Random) -> Forged:
    token = "".join(rng.choices(string.ascii_letters, k=rng.randint(1, 40)))
    return TARGET, FIELDS, sign(token, BASE + TARGET, FIELDS.items())


def _other_address(rng: random.Random) -> Forged:
    at = rng.randrange(1, len(TARGET))
    changed = TARGET[:at] + rng.choice(string.ascii_letters) + TARGET[at + 1 :]
    return (changed if changed != TARGET else TARGET + "x"), FIELDS, GENUINE


def _other_value(rng: random.Random) -> Forged:
    name = rng.choice(list(FIELDS))
    return TARGET, FIELDS | {name: FIELDS[name] + rng.choice(string.digits)}, GENUINE


def _missing_field(rng: random.Random) -> Forged:
    left = dict(FIELDS)
    del left[rng.choice(list(FIELDS))]
    return TARGET, left, GENUINE


def _further_field(rng: random.Random) -> Forged:
    name = "".join(rng.choices(string.ascii_letters, k=rng.randint(1, 9)))
    return TARGET, FIELDS | {name + "X": "1"}, GENUINE


def _swapped_values(rng: random.Random) -> Forged:
    one, other = rng.sample(list(FIELDS), 2)
    return TARGET, FIELDS | {one: FIELDS[other], other: FIELDS[one]}, GENUINE


def _bent_signature(rng: random.Random) -> Forged:
    at = rng.randrange(len(GENUINE) - 2)
    letter = rng.choice([c for c in string.ascii_letters if c != GENUINE[at]])
    return TARGET, FIELDS, GENUINE[:at] + letter + GENUINE[at + 1 :]


def _short_signature(rng: random.Random) -> Forged:
    return TARGET, FIELDS, GENUINE[: rng.randrange(len(GENUINE))]


def _other_scheme(rng: random.Random) -> Forged:
    base = rng.choice(["http://care.example", "https://care.exampl", "https://evil.example"])
    return TARGET, FIELDS, sign(TOKEN, base + TARGET, FIELDS.items())


MUTATIONS: list[Callable[[random.Random], Forged]] = [
    _other_key,
    _other_address,
    _other_value,
    _missing_field,
    _further_field,
    _swapped_values,
    _bent_signature,
    _short_signature,
    _other_scheme,
]


def test_a_genuine_callback_is_known_whatever_the_order_of_its_fields() -> None:
    rng = random.Random(5)
    for _ in range(50):
        names = rng.sample(list(FIELDS), len(FIELDS))
        assert CHECK.is_genuine(TARGET, {name: FIELDS[name] for name in names}, GENUINE)


def test_ten_thousand_mutated_callbacks_are_refused_quickly() -> None:
    rng = random.Random(20260512)
    begun = time.perf_counter()
    for number in range(10_000):
        target, fields, signature = MUTATIONS[number % len(MUTATIONS)](rng)
        assert not CHECK.is_genuine(target, fields, signature), (target, fields, signature)
    assert time.perf_counter() - begun < 20, "2 ms each would already be too slow"


@pytest.mark.parametrize("signature", ["", " ", "ä", "\x00", "A" * 28, "=" * 28])
def test_nonsense_is_no_signature(signature: str) -> None:
    assert not CHECK.is_genuine(TARGET, FIELDS, signature)


def test_two_tokens_are_good_while_one_is_replaced() -> None:
    rotating = Signatures(BASE, [TOKEN, PREVIOUS])
    for token in (TOKEN, PREVIOUS):
        assert rotating.is_genuine(TARGET, FIELDS, sign(token, BASE + TARGET, FIELDS.items()))
    afterwards = Signatures(BASE, [TOKEN])
    old = sign(PREVIOUS, BASE + TARGET, FIELDS.items())
    assert not afterwards.is_genuine(TARGET, FIELDS, old)


def test_no_token_accepts_nothing() -> None:
    empty = Signatures(BASE, ["", ""])
    assert not empty.is_genuine(TARGET, FIELDS, sign("", BASE + TARGET, FIELDS.items()))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"Digits=4&Digits=47", id="a name that stands twice"),
        pytest.param(b"x" * (MAX_BODY + 1), id="longer than any callback"),
        pytest.param("Digits=ä".encode(), id="not ASCII"),
        pytest.param(b"Digits=%ff%fe", id="no UTF-8 behind the percent signs"),
        pytest.param(b"&".join(b"a%d=1" % n for n in range(101)), id="too many fields"),
        pytest.param(b"Digits", id="a name without a value"),
        pytest.param(b"\x00\x01\x02", id="bytes"),
    ],
)
def test_what_no_telephone_company_sends_is_no_form(body: bytes) -> None:
    assert read_form(body) is None


def test_a_form_is_read_as_it_was_meant() -> None:
    told = {"From": "+12025550100", "Body": "482913 a ä 请", "Empty": ""}
    assert read_form(urlencode(told).encode()) == told
    assert read_form(b"") == {}
