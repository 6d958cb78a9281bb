"""Only the closed list passes between hub and cloud, strict and of bounded size."""

import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocabulary import wire
from vocabulary.finding import Fact, Finding, FindingState
from vocabulary.identity import born_at, successor, uuid7
from vocabulary.risk import Severity

NOW = datetime(2026, 11, 22, 3, 10, tzinfo=UTC)
EVENT = uuid7(NOW, bytes(range(10)))
PRESSED = Finding(
    slug="sos_call",
    variant="pressed",
    severity=Severity.CRITICAL,
    state=FindingState.RAISED,
    at=NOW,
    since=NOW,
    room="Bathroom",
    facts=(Fact.of("fact.sos_pressed", room="Bathroom"),),
)


def pressed(**changes: object) -> wire.IncidentUp:
    told: dict[str, object] = {
        "event_id": EVENT,
        "hub_id": "hub-1",
        "sent_at": NOW,
        "incident_id": EVENT,
        "revision": 1,
        "slug": "sos_call",
        "variant": "pressed",
        "severity": "critical",
        "opened_at": NOW,
        "page_at": NOW,
        "findings": [wire.FindingPart.of(PRESSED)],
    }
    return wire.IncidentUp.model_validate(told | changes)


def test_an_incident_comes_out_as_it_went_in() -> None:
    sent = pressed()
    got = wire.parse_up(wire.dump(sent))
    assert got == sent
    assert isinstance(got, wire.IncidentUp)
    assert got.findings[0].finding() == PRESSED


def test_instants_arrive_in_utc_whatever_zone_they_were_written_in() -> None:
    payload = wire.dump(pressed()).replace(
        b'"opened_at":"2026-11-22T03:10:00Z"', b'"opened_at":"2026-11-22T04:10:00+01:00"'
    )
    got = wire.parse_up(payload)
    assert isinstance(got, wire.IncidentUp)
    assert got.opened_at == NOW
    assert got.opened_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        pytest.param(b"\xff\xfe", "not UTF-8", id="not text"),
        pytest.param(b"{", "not JSON", id="half a message"),
        pytest.param(b'{"a":1,"a":2}', "a key stands twice", id="the last key would win"),
        pytest.param(b'{"a":NaN}', "NaN is no number", id="NaN"),
        pytest.param(b"[" * 100_000, "nested deeper", id="a bomb of brackets"),
        pytest.param(b" " * (wire.MAX_BYTES + 1), "at most", id="too large"),
        pytest.param(b'{"kind":"open_valve"}', "does not match", id="not on the list"),
        pytest.param(b'"text"', "should be an object", id="no object"),
    ],
)
def test_nonsense_is_refused_with_a_reason(payload: bytes, reason: str) -> None:
    with pytest.raises(wire.BadMessage, match=reason):
        wire.parse_up(payload)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(b'"revision":1', b'"revision":"1"', id="a text for a number"),
        pytest.param(b'"revision":1', b'"revision":0', id="revision 0"),
        pytest.param(b'"slug":"sos_call"', b'"slug":"tsunami"', id="a risk nobody knows"),
        pytest.param(
            b'"variant":"pressed","severity":"critical","state"',
            b'"variant":"pushed","severity":"critical","state"',
            id="no such variant",
        ),
        pytest.param(b'"severity":"critical"', b'"severity":"dire"', id="no such severity"),
        pytest.param(
            b'"opened_at":"2026-11-22T03:10:00Z"',
            b'"opened_at":"2026-11-22T03:10:00"',
            id="an instant without a zone",
        ),
        pytest.param(b'"room":""', b'"room":"","note":"hello"', id="a field nobody knows"),
        pytest.param(b'"schema_version":1', b'"schema_version":2', id="a later version"),
    ],
)
def test_the_schema_is_strict(before: bytes, after: bytes) -> None:
    payload = wire.dump(pressed())
    assert before in payload
    with pytest.raises(wire.BadMessage):
        wire.parse_up(payload.replace(before, after))


def test_a_withdrawal_needs_its_instant() -> None:
    with pytest.raises(ValueError, match="come together"):
        pressed(withdrawn="resident_cancelled")


def test_nothing_that_goes_down_can_open_or_lower_anything() -> None:
    kinds = {"receipt", "incident_state", "say", "history_request", "config"}
    for kind in ("valve", "unlock", "limit", "incident", "hello"):
        with pytest.raises(wire.BadMessage):
            wire.parse_down(b'{"kind":"%s"}' % kind.encode())
    assert kinds == {
        model.model_fields["kind"].default
        for model in (wire.Receipt, wire.IncidentState, wire.Say, wire.HistoryRequest, wire.Config)
    }


@given(st.binary(max_size=400))
def test_any_bytes_are_accepted_or_refused(payload: bytes) -> None:
    for parse in (wire.parse_up, wire.parse_down):
        with suppress(wire.BadMessage):
            parse(payload)


def test_the_largest_message_does_not_stall_the_loop() -> None:
    payload = b'{"kind":"' + b"x" * (wire.MAX_BYTES - 12) + b'"}'
    began = time.perf_counter()
    with pytest.raises(wire.BadMessage):
        wire.parse_up(payload)
    assert time.perf_counter() - began < 0.5


@given(st.integers(0, 2**40), st.binary(min_size=10, max_size=10))
def test_an_id_remembers_when_it_was_made(millis: int, entropy: bytes) -> None:
    born = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=millis)
    made = uuid7(born, entropy)
    assert (made.version, made.variant) == (7, RFC_4122)
    assert born_at(made) == born


def test_an_id_needs_enough_chance() -> None:
    with pytest.raises(ValueError, match="at least 10 random bytes, got 3"):
        uuid7(NOW, b"abc")


def test_what_goes_on_after_a_closing_has_one_id_everywhere() -> None:
    first = uuid7(NOW, bytes(10))
    assert successor(first) == successor(UUID(str(first)))
    assert born_at(successor(first)) == born_at(first)
    assert len({first, successor(first), successor(successor(first))}) == 3
