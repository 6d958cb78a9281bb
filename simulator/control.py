"""Whoever directs a play has a desk: start a story, see what was said, switched and pressed.

Loopback only, JSON in and out; see README.md for the routes.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import asdict
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from simulator.bridge import Sent
from simulator.home import HomeAtWork
from simulator.scenario import Step, seconds
from simulator.scenarios import NoSuchScenario, find_scenario
from simulator.terminal import Answer


class Desk:
    """The routes over one home; stories run on in the given task group."""

    def __init__(self, home: HomeAtWork, group: asyncio.TaskGroup) -> None:
        self._home = home
        self._group = group
        self._playing: set[asyncio.Task[Any]] = set()

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/story", self.story, methods=["POST"]),
                Route("/press", self.press, methods=["POST"]),
                Route("/answer", self.answer, methods=["POST"]),
                Route("/stand_up", self.stand_up, methods=["POST"]),
                Route("/settle", self.settle, methods=["POST"]),
                Route("/resume", self.resume, methods=["POST"]),
                Route("/said", self.said),
                Route("/switched", self.switched),
                Route("/presses", self.presses),
                Route("/health", self.health),
            ],
            exception_handlers={ValueError: _refuse, NoSuchScenario: _refuse, KeyError: _refuse},
        )

    async def break_off(self) -> None:
        """What is still being played is not played on: nobody who was helped up falls again."""
        playing = list(self._playing)
        for task in playing:
            task.cancel()
        await asyncio.gather(*playing, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, Any]) -> None:
        task = self._group.create_task(work, name="story")
        self._playing.add(task)
        task.add_done_callback(self._playing.discard)

    async def story(self, request: Request) -> JSONResponse:
        """Answers once the criterion has been met; the rest of the steps goes on by itself."""
        wish = await _body(request)
        home = self._home
        scenario = find_scenario(
            home.house,
            str(wish["story"]),
            str(wish.get("variant", "")),
            is_twin=bool(wish.get("twin", False)),
        )
        start = home.start_of(scenario)
        home.begin(scenario, Answer(wish.get("answer", "silence")))
        is_met: asyncio.Future[datetime] = asyncio.get_running_loop().create_future()
        steps = [step for step in scenario.steps if step.after >= scenario.live_from]
        self._start(home.play(steps, scenario.criterion_after, is_met, start))
        criterion_at = await is_met
        return JSONResponse(
            {
                "story": scenario.slug,
                "variant": scenario.name,
                "about": scenario.about,
                "twin": scenario.is_quiet,
                "began_at": start.isoformat(),
                "criterion_at": None if scenario.is_quiet else criterion_at.isoformat(),
            }
        )

    async def press(self, request: Request) -> JSONResponse:
        """One press of one button, at once."""
        wish = await _body(request)
        name = str(wish.get("device", "SOS pendant"))
        self._home.house.may_say(name)
        step = Step(seconds(0), name, action=str(wish.get("action", "single")))
        return JSONResponse(_press(self._home.notice(step)))

    async def answer(self, request: Request) -> JSONResponse:
        """How the resident answers from now on."""
        self._home.resident.begin(Answer((await _body(request))["answer"]))
        return JSONResponse({})

    async def stand_up(self, _: Request) -> JSONResponse:
        """The resident gets up after a fall and walks into the kitchen."""
        await self.break_off()
        self._start(self._home.stand_up())
        return JSONResponse({})

    async def settle(self, _: Request) -> JSONResponse:
        """The danger of the last story ends: smoke blown away, a person helped up."""
        await self.break_off()
        if self._home.told is not None:
            self._start(self._home.play(self._home.told.settling))
        return JSONResponse({})

    async def resume(self, _: Request) -> JSONResponse:
        """The story is over: the resident goes on living."""
        self._home.resume()
        return JSONResponse({})

    async def said(self, _: Request) -> JSONResponse:
        """Every sentence that the terminals were told."""
        return self._stamped(said=_plain(self._home.terminals.said))

    async def switched(self, _: Request) -> JSONResponse:
        """Every command to a siren, lamp or valve."""
        return self._stamped(switched=_plain(self._home.bridge.switched))

    async def presses(self, _: Request) -> JSONResponse:
        """Every press, and when the broker took it."""
        return self._stamped(presses=[_press(sent) for sent in self._home.bridge.presses])

    def _stamped(self, **lists: list[dict[str, Any]]) -> JSONResponse:
        """With `now`, so that whoever reads can tell how old the entries are."""
        return JSONResponse({**lists, "now": self._home.clock().isoformat()})

    async def health(self, _: Request) -> JSONResponse:
        """Whether the home broker is there, and what waits for it."""
        home = self._home
        return JSONResponse(
            {
                "bridge_connected": home.bridge.is_connected.is_set(),
                "terminals_connected": home.terminals.is_connected.is_set(),
                "unsent": home.bridge.unsent,
                "devices": len(home.house.devices),
                "in_story": home.told is not None,
            }
        )


async def _body(request: Request) -> dict[str, Any]:
    body = await request.json()
    if not isinstance(body, dict):
        raise ValueError("expected a JSON object")  # noqa: TRY004 - one handler refuses bad bodies
    return body


async def _refuse(_: Request, refused: Exception) -> JSONResponse:
    return JSONResponse({"error": str(refused)}, status_code=400)


def _press(sent: Sent) -> dict[str, Any]:
    taken = sent.acknowledged_at
    return {
        "id": sent.id,
        "at": sent.at.isoformat(),
        "device": sent.device,
        "action": sent.action,
        "tries": sent.tries,
        "acknowledged_at": None if taken is None else taken.isoformat(),
    }


def _plain(records: list[Any]) -> list[dict[str, Any]]:
    return [
        {
            key: value.isoformat() if isinstance(value, datetime) else value
            for key, value in asdict(record).items()
        }
        for record in records
    ]
