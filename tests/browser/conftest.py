"""One Chromium and one night for all tests of this folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.real import CHROMIUM, RealSite, chromium
from tests.cloud.web.world import a_night, settle


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here is slow, and says so where no browser is installed."""
    for item in items:
        if Path(__file__).parent not in item.path.parents:
            continue
        item.add_marker(pytest.mark.slow)
        if CHROMIUM is None:
            item.add_marker(
                pytest.mark.skip(reason="Chromium is not installed (apt install chromium)")
            )


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Per module: while it is open an event loop runs in this thread, and no test may start one."""
    with chromium() as opened:
        yield opened


@pytest.fixture
def site(tmp_path: Path) -> Iterator[RealSite]:
    """The night of tests/cloud/web/world.py, served on loopback."""
    served = RealSite(tmp_path, lambda connection: a_night(settle(connection)))
    served.start()
    try:
        yield served
    finally:
        served.stop()
