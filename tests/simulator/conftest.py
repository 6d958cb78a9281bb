"""A telephone company on a free port, a customer beside it, and a broker where one is needed."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from simulator.brokers import Broker
from simulator.phone.app import phone_at_work
from simulator.phone.company import Company
from simulator.phone.log import Log
from simulator.phone.people import PEOPLE
from simulator.serving import serving
from tests.simulator.customer import ACCOUNT, TOKEN, Customer
from tests.simulator.line import Line

PersonFields = dict[str, object]
OpenLine = Callable[..., AbstractAsyncContextManager[Line]]


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the rim of the tests


@pytest.fixture
def open_line() -> OpenLine:
    """A company with these people, quick to speak and to press, and its customer."""

    @asynccontextmanager
    async def opened(
        people: dict[str, PersonFields], characters_per_s: float = 1e6, log: Path | None = None
    ) -> AsyncIterator[Line]:
        quick: PersonFields = {"name": "Ada", "answers_after_s": 0.01, "presses_after_s": 0.01}
        who = PEOPLE.validate_python(
            {number: {**quick, **fields} for number, fields in people.items()}
        )
        customer = Customer()
        async with serving(customer.app(), 0) as port:
            customer.port = port
            async with phone_at_work(
                lambda group: Company(
                    ACCOUNT,
                    TOKEN,
                    who,
                    now,
                    Random(1),
                    group,
                    Log(log),
                    f"{customer.url}/sms",
                    characters_per_s,
                ),
                0,
            ) as (company, phone_port):
                yield Line(company, customer, f"http://127.0.0.1:{phone_port}")

    return opened


@pytest.fixture
async def home_broker(tmp_path: Path) -> AsyncIterator[Broker]:
    broker = await Broker.start("home", tmp_path / "broker")
    yield broker
    await broker.stop()
