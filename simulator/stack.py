"""All of Hearthline on one machine: each part a process of its own, as it later runs in production.

home broker ─ hub ─(link)─ cloud broker ─ cloud ─ telephone company; the house speaks to the first.
"""

import asyncio
import json
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import httpx

from simulator.brokers import Broker
from simulator.house import build_house
from simulator.link import Link
from simulator.ports import free_ports
from simulator.postgres import Postgres
from simulator.processes import DidNotStart, Program
from simulator.records import CloudRecords
from simulator.scenario import Scenario
from simulator.scenarios import find_scenario

DatabaseName = Literal["sqlite", "postgres"]
HUB_ID = "hub-margaret"
RESIDENT_PIN = "4711"
DURESS_WORD = "marigold"
ANSWERS_AFTER_S = {"desk": 1.0, "gp": 1.5, "operations": 2.0, "family": 6.0, "community": 8.0}
"""A desk sits beside the telephone, a doctor on call has it in the pocket; a daughter at work and
a community worker in the street take longer."""
_TEXTS_BACK = [{"pattern": r'"(\d{6}) a"', "reply": r"\1 a", "after_s": 15.0}]
"""A relative answers a text with its code, if nobody has rung meanwhile."""
READY = '"event": "ready"'


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can log in and can be called."""

    id: str
    name: str
    role: str
    login: str
    password: str
    phone: str


@dataclass(frozen=True, slots=True)
class Roster:
    """Whom the cloud was seeded with."""

    household: str
    hub_token: str
    people: tuple[Person, ...]

    def first(self, role: str) -> Person:
        """The first person of that role; KeyError when there is none."""
        for person in self.people:
            if person.role == role:
                return person
        raise KeyError(f"nobody in the roster is {role!r}")

    def by_id(self, person: str) -> Person | None:
        return next((one for one in self.people if one.id == person), None)


@dataclass(slots=True)
class Stack:
    """Starts, kills and stops the parts; `folder` holds every log, database and setting."""

    folder: Path
    clock: Callable[[], datetime]
    seed: int = 1
    database: DatabaseName = "sqlite"
    past_days: int = 1
    zone: str = ""
    """Where the home stands; empty: where the house's own file says."""
    story: str = ""
    variant: str = ""
    """A story that has begun before the hub starts: its earlier part stands in the journal."""
    behaviours: dict[str, str] = field(default_factory=dict)
    """Role → how its people answer the telephone, where not `acknowledges`."""
    told: Callable[[str], None] = lambda _: None
    """Called with a line of progress at each stage."""

    home_broker: Broker = field(init=False)
    cloud_broker: Broker = field(init=False)
    postgres: Postgres | None = field(init=False, default=None)
    mqtt_link: Link = field(init=False)
    http_link: Link = field(init=False)
    roster: Roster = field(init=False)
    programs: dict[str, Program] = field(init=False, default_factory=dict)
    cloud_port: int = field(init=False, default=0)
    phone_port: int = field(init=False, default=0)
    house_port: int = field(init=False, default=0)
    http: httpx.AsyncClient = field(init=False)
    up_at: datetime = field(init=False)
    """When the cloud had started: what it holds from before is made up."""
    _secrets: dict[str, str] = field(init=False, default_factory=dict)

    @property
    def cloud_url(self) -> str:
        return f"http://localhost:{self.cloud_port}"

    @property
    def phone_url(self) -> str:
        return f"http://127.0.0.1:{self.phone_port}"

    @property
    def house_url(self) -> str:
        return f"http://127.0.0.1:{self.house_port}"

    @property
    def database_url(self) -> str:
        if self.postgres is not None:
            return self.postgres.url
        return f"sqlite+aiosqlite:///{self.folder / 'cloud.db'}"

    @property
    def cloud_parts(self) -> tuple[str, ...]:
        """The cloud as one process on SQLite, as three on PostgreSQL."""
        return ("cloud",) if self.database == "sqlite" else ("serve", "ingest", "worker")

    async def start(self) -> None:
        """Everything up and talking; raises `DidNotStart` naming the part and its last words."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.http = httpx.AsyncClient(timeout=10)
        self.cloud_port, self.phone_port, self.house_port = free_ports(3)
        self._secrets = {name: secrets.token_hex(16) for name in ("twilio", "services", "hub")}
        self.told("two brokers: one in the home, one in the cloud")
        self.home_broker = await Broker.start("home", self.folder / "home-broker")
        self.cloud_broker = await Broker.start(
            "cloud",
            self.folder / "cloud-broker",
            users={"services": self._secrets["services"], HUB_ID: self._secrets["hub"]},
            acl_lines=_CLOUD_ACL,
        )
        self.mqtt_link = Link("127.0.0.1", self.cloud_broker.port)
        self.http_link = Link("127.0.0.1", self.cloud_port)
        await self.mqtt_link.start()
        await self.http_link.start()
        await self._start_cloud()
        self.up_at = self.clock()
        await self._start_phone()
        await self._start_home()

    async def _start_cloud(self) -> None:
        if self.database == "postgres":
            self.told("PostgreSQL")
            self.postgres = await asyncio.to_thread(Postgres, self.folder / "postgres")
        self._write_cloud_settings()
        self.told("the cloud: database, a past week, then its processes")
        settings = str(self.folder / "cloud.toml")
        await self._once("migrate", ["cloud", "migrate", "--settings", settings])
        seeded = await self._once(
            "seed", ["cloud", "seed", "--settings", settings, "--json", "--zone", self.zone]
        )
        self.roster = read_roster(seeded)
        for part in self.cloud_parts:
            command = "all" if part == "cloud" else part
            await self._run(part, ["cloud", command, "--settings", settings])
        await self._answers(f"{self.cloud_url}/healthz", "cloud")

    async def _start_phone(self) -> None:
        self.told("a telephone company with doctors, desk and family on the line")
        people = {
            person.phone: {
                "name": person.name,
                "behaviour": self.behaviours.get(person.role, "acknowledges"),
                "answers_after_s": ANSWERS_AFTER_S[person.role],
                "presses_after_s": 1.0,
                "sms": _TEXTS_BACK if person.role == "family" else [],
            }
            for person in self.roster.people
        }
        file = self.folder / "people.json"
        file.write_text(json.dumps(people, indent=1))
        await self._run(
            "phone",
            [
                "simulator",
                "phone",
                *("--port", str(self.phone_port)),
                *("--people", str(file)),
                *("--account-sid", _ACCOUNT),
                *("--auth-token", self._secrets["twilio"]),
                *("--log", str(self.folder / "phone.jsonl")),
                *("--sms-webhook", f"{self.cloud_url}/telephone/twilio/sms"),
            ],
        )
        await self._answers(f"{self.phone_url}/_log", "phone")

    async def _start_home(self) -> None:
        self.told("a home of 100 devices, and the day before")
        home, past = self.folder / "home.toml", self.folder / "past.trace"
        until = self.clock()
        scenario = None if not self.story else self._scenario()
        began = [] if scenario is None else ["--story", self.story, "--variant", self.variant]
        began_at = until - (timedelta(0) if scenario is None else scenario.live_from)
        await self._run(
            "house",
            [
                "simulator",
                "home",
                *("--broker", self.home_broker.address),
                *("--home-file", str(home)),
                *("--seed", str(self.seed)),
                *("--control", str(self.house_port)),
                *("--duress-word", DURESS_WORD),
                *("--pin", RESIDENT_PIN),
                *("--zone", self.zone),
                *(*began, "--began-at", _iso(began_at)),
            ],
        )
        await self._answers(f"{self.house_url}/health", "house")
        await self._once(
            "past",
            [
                "simulator",
                "past",
                *("--days", str(self.past_days)),
                *("--seed", str(self.seed)),
                *("--out", str(past)),
                *("--zone", self.zone),
                *(*began, "--until", _iso(until)),
            ],
        )
        self._write_hub_settings()
        self.told("the hub")
        settings = str(self.folder / "hub.toml")
        await self._once("import", ["edge_agent", "import", str(past), "--settings", settings])
        await self.start_hub()

    def _scenario(self) -> Scenario | None:
        """The story that its home must know of; None: it begins with its telling."""
        scenario = find_scenario(build_house(self.seed, self.zone), self.story, self.variant)
        return scenario if scenario.starts_with_home else None

    async def start_hub(self) -> None:
        """Start the hub (again) and wait until it is live."""
        program = self.programs.get("hub")
        since = program.logged_bytes if program else 0
        await self._run("hub", ["edge_agent", "run", "--settings", str(self.folder / "hub.toml")])
        await self.programs["hub"].says(READY, since=since)

    async def restart(self, part: str) -> None:
        """Start a killed program or broker again and wait until it serves."""
        if part == "home_broker":
            await self.home_broker.restart()
        elif part == "cloud_broker":
            await self.cloud_broker.restart()
        elif part == "hub":
            await self.start_hub()
        else:
            since = self.programs[part].logged_bytes
            await self.programs[part].start()
            await self.programs[part].says(READY, since=since)

    def kill(self, part: str) -> None:
        """Kill -9 a program or a broker."""
        if part == "home_broker":
            self.home_broker.kill()
        elif part == "cloud_broker":
            self.cloud_broker.kill()
        else:
            self.programs[part].kill()

    async def settle(self, patience: float = 30) -> None:
        """End the last story's danger and wait until the hub has heard all that was decided."""
        (await self.http.post(f"{self.house_url}/settle")).raise_for_status()
        records = CloudRecords(self.database_url)
        try:
            async with asyncio.timeout(patience):
                while await records.untold(self.roster.household):  # noqa: ASYNC110 - rows of others
                    await asyncio.sleep(0.1)
        finally:
            await records.close()
        (await self.http.post(f"{self.house_url}/resume")).raise_for_status()

    async def cut_uplink(self) -> None:
        """The home's link is out: MQTT and HTTPS alike."""
        await self.mqtt_link.cut()
        await self.http_link.cut()

    async def restore_uplink(self) -> None:
        await self.mqtt_link.restore()
        await self.http_link.restore()

    async def stop(self) -> None:
        """End every part by its process id, the far ends last."""
        for name in ("house", "hub", *self.cloud_parts, "phone"):
            if name in self.programs:
                await self.programs[name].stop()
        for link in ("mqtt_link", "http_link"):
            if hasattr(self, link):
                await getattr(self, link).stop()
        for broker in ("home_broker", "cloud_broker"):
            if hasattr(self, broker):
                await getattr(self, broker).stop()
        if self.postgres is not None:
            await asyncio.to_thread(self.postgres.stop)
        if hasattr(self, "http"):
            await self.http.aclose()

    async def _run(self, name: str, arguments: list[str]) -> None:
        program = self.programs.get(name)
        if program is None:
            program = Program(name, arguments, self.folder / f"{name}.log")
            self.programs[name] = program
        await program.start()

    async def _once(self, name: str, arguments: list[str]) -> str:
        return await Program(name, arguments, self.folder / f"{name}.log").run()

    async def _answers(self, url: str, part: str, time_limit: float = 30) -> None:
        try:
            async with asyncio.timeout(time_limit):
                while True:
                    with suppress(httpx.TransportError):
                        if (await self.http.get(url)).is_success:
                            return
                    for name in self.cloud_parts if part == "cloud" else (part,):
                        if not self.programs[name].is_running:
                            await self.programs[name].says(READY, time_limit=0.1)
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise DidNotStart(f"{part} does not answer at {url}; its log: {self.folder}") from None

    def _write_cloud_settings(self) -> None:
        _write_toml(
            self.folder / "cloud.toml",
            {
                "database_url": self.database_url,
                "public_url": self.cloud_url,
                "host": "127.0.0.1",
                "port": self.cloud_port,
                "cookies_secure": False,
            },
            broker=self.cloud_broker.login("services"),
            twilio={
                "account_sid": _ACCOUNT,
                "auth_token": self._secrets["twilio"],
                "base_url": self.phone_url,
                "from_number": "+15550100000",
            },
        )

    def _write_hub_settings(self) -> None:
        _write_toml(
            self.folder / "hub.toml",
            {
                "hub_id": HUB_ID,
                "home_file": str(self.folder / "home.toml"),
                "data_dir": str(self.folder / "hub"),
                "cloud_url": f"http://127.0.0.1:{self.http_link.port}",
                "hub_token": self.roster.hub_token,
                "resident_pin": RESIDENT_PIN,
                "duress_word": DURESS_WORD,
            },
            home_broker=self.home_broker.login("hearthline"),
            cloud_broker={**self.cloud_broker.login(HUB_ID), "port": self.mqtt_link.port},
        )


_ACCOUNT = "AC" + "0" * 31 + "1"
_CLOUD_ACL = (
    "user services",
    "topic readwrite #",
    "pattern write hub/%u/up/#",
    "pattern read hub/%u/down/#",
)
"""What a hub may say and hear: its own topics, nobody else's (DESIGN §7, cloud broker)."""


def _iso(at: datetime) -> str:
    """As the command line reads instants: UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def read_roster(printed: str) -> Roster:
    """The roster as `python -m cloud seed --json` prints it on its last line."""
    told: dict[str, Any] = json.loads(printed.strip().splitlines()[-1])
    fields = ("id", "name", "role", "login", "password", "phone")
    return Roster(
        household=told["household"],
        hub_token=told["hub"]["token"],
        people=tuple(Person(**{name: one[name] for name in fields}) for one in told["people"]),
    )


def _write_toml(path: Path, values: dict[str, Any], **tables: dict[str, Any]) -> None:
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    for table, entries in tables.items():
        lines += ["", f"[{table}]"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in entries.items()]
    path.write_text("\n".join(lines) + "\n")
    path.chmod(0o600)
