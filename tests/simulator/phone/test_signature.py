"""Our signatures are the ones Twilio's own validator accepts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from simulator.phone.signature import sign

TOKEN = "12345"


def test_the_example_of_twilios_documentation() -> None:
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675310",
        "Digits": "1234",
        "From": "+14158675310",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert sign(TOKEN, url, form.items()) == "GvWf1cFY/Q7PnoempGyD5oXAezc="


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=8))
def test_any_form_is_accepted(form: dict[str, str]) -> None:
    url = "https://hub.example/telephone/x1/status"
    assert RequestValidator(TOKEN).validate(url, form, sign(TOKEN, url, form.items()))


@pytest.mark.parametrize(
    ("url", "form"),
    [
        pytest.param("https://hub.example/b", {"Digits": "47"}, id="another address"),
        pytest.param("https://hub.example/a", {"Digits": "48"}, id="another digit"),
    ],
)
def test_a_changed_request_is_refused(url: str, form: dict[str, str]) -> None:
    signature = sign(TOKEN, "https://hub.example/a", {"Digits": "47"}.items())
    assert not RequestValidator(TOKEN).validate(url, form, signature)
