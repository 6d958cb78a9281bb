"""A person at a browser: logs in to the cloud's pages and presses the buttons that people press."""

import re
from uuid import UUID

import httpx

from simulator.stack import Person


class PageRefused(RuntimeError):
    """The page did not do what its button says; carries status and address."""


class Responder:
    """A doctor, the duty desk or a relative with a browser session over plain HTTP."""

    def __init__(self, cloud_url: str, person: Person) -> None:
        self._person = person
        self._origin = cloud_url
        self._http = httpx.AsyncClient(
            base_url=cloud_url, timeout=10, headers={"Origin": cloud_url}
        )

    async def log_in(self) -> None:
        """Through the log-in page, as in a browser."""
        csrf = _csrf((await self._http.get("/login")).text)
        answer = await self._http.post(
            "/login",
            data={"login": self._person.login, "password": self._person.password, "csrf": csrf},
        )
        _expect(answer, {httpx.codes.SEE_OTHER})

    async def sees(self, page: str, number: str) -> bool:
        """Whether an incident of that number stands on a page."""
        answer = await self._http.get(page)
        _expect(answer, {httpx.codes.OK})
        return number in answer.text

    async def close(self, incident: UUID, disposition: str) -> None:
        """Close an incident from its own page."""
        page = await self._http.get(f"/triage/incidents/{incident}")
        _expect(page, {httpx.codes.OK})
        answer = await self._http.post(
            f"/triage/incidents/{incident}/close",
            data={"disposition": disposition, "csrf": _csrf(page.text)},
        )
        _expect(answer, {httpx.codes.OK, httpx.codes.SEE_OTHER})

    async def leave(self) -> None:
        await self._http.aclose()


def _csrf(page: str) -> str:
    found = re.search(r'name="csrf"\s+value="([^"]*)"', page)
    return found.group(1) if found else ""


def _expect(answer: httpx.Response, wanted: set[httpx.codes]) -> None:
    if answer.status_code not in wanted:
        raise PageRefused(
            f"{answer.request.method} {answer.request.url.path}: {answer.status_code}"
        )
