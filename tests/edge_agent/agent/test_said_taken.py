"""A dose that somebody only promises to take is not taken: who looks after it must hear of it."""

from datetime import time
from pathlib import Path

import pytest

from edge_agent.agent.heart import Heart
from edge_agent.agent.start import load_profiles_from
from tests.stories import at, home, ids, seen
from vocabulary.finding import FindingState
from vocabulary.home import Dose
from vocabulary.observation import Kind

PROFILES = Path(__file__).parents[3] / "device_profiles"
LEVODOPA = Dose(name="levodopa", at=time(11), time_critical=True)
"""Due an hour after the story begins, which is at ten o'clock in Paris."""
FIVE_MINUTES_LATE = 3900


@pytest.mark.parametrize(
    ("language", "words", "is_missed"),
    [
        pytest.param("en", "yes, I will take it later", True, id="later"),
        pytest.param("en", "I'm fine", True, id="how somebody is"),
        pytest.param("en", "I haven't taken them, I'm fine", True, id="not yet"),
        pytest.param("en", "yes", False, id="yes"),
        pytest.param("en", "I have taken it, thank you", False, id="taken"),
        pytest.param("zh_CN", "好的,等会儿吃", True, id="later in Chinese"),
        pytest.param("zh_CN", "吃了", False, id="taken in Chinese"),
    ],
)
def test_what_is_answered_to_a_reminder(language: str, words: str, *, is_missed: bool) -> None:
    with_dose = home(language=language).model_copy(update={"dose": (LEVODOPA,)})
    heart = Heart(with_dose, load_profiles_from(PROFILES), ids())
    heart.engine.observe(seen(0, Kind.OPEN, False, "Hall", guards="front_door"))
    raised = set[str]()
    for second in range(0, 2 * 3600, 30):
        found = heart.tick(at(second)).findings
        raised |= {each.variant for each in found if each.state is FindingState.RAISED}
        if second == FIVE_MINUTES_LATE:
            noted = heart.hear("kitchen", words, 1.0, at(second)).observations
            assert (noted == []) is is_missed, "only what was said to be taken is written down"
    assert raised == ({"late", "missed"} if is_missed else {"late"})
