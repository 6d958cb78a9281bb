"""The simulator's telephone company, in this process but over real HTTP, with the town's people."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any

from simulator.phone.app import phone_at_work
from simulator.phone.company import Company
from simulator.phone.log import Log
from simulator.phone.people import Behaviour, Person
from tests.shift import ACCOUNT, AUTH_TOKEN, NUMBERS

QUICK: Mapping[str, Any] = {"answers_after_s": 0.1, "presses_after_s": 0.05}


@asynccontextmanager
async def telephones(
    behaviours: Mapping[str, Behaviour | Person], sms_webhook: str = ""
) -> AsyncIterator[tuple[Company, str]]:
    """The company and its address. `behaviours`: who does what; others never answer."""
    people = {
        number: _person(name, behaviours.get(name, Behaviour.NO_ANSWER))
        for name, number in NUMBERS.items()
    }

    def make(group: asyncio.TaskGroup) -> Company:
        return Company(
            ACCOUNT,
            AUTH_TOKEN,
            people,
            lambda: datetime.now(UTC),  # noqa: TID251 - the far end has a clock of its own
            Random(1),
            group,
            Log(),
            sms_webhook,
            characters_per_s=2000,
        )

    async with phone_at_work(make, 0) as (company, port):
        yield company, f"http://127.0.0.1:{port}"


def _person(name: str, how: Behaviour | Person) -> Person:
    return how if isinstance(how, Person) else Person(name=name, behaviour=how, **QUICK)
