"""A home without a Zigbee bridge: a dose, a fall and a cuff count as much as a button on one."""

import json
from concurrent.futures import Future
from datetime import datetime, timedelta
from pathlib import Path

from edge_agent.agent.ear import Durable, Ear
from edge_agent.agent.heart import Heart, Outcome, is_pressing
from edge_agent.agent.past import import_past
from edge_agent.agent.start import load_profiles_from
from edge_agent.coverage import State
from edge_agent.journal import Batch, Journal
from edge_agent.mqtt_client import Incoming
from edge_agent.terminals import MqttTerminals
from tests.edge_agent.neighbourhood import Neighbourhood
from tests.edge_agent.small_home import HOME
from tests.stories import at, ids
from vocabulary.home import read_home
from vocabulary.observation import Kind

PROFILES = Path(__file__).parents[3] / "device_profiles"
CUFF = "home/attic/BTtoMQTT/D00000000002"
MEASURED = b'{"id":"D0:00:00:00:00:02","characteristic":"2a35","read":"048e005b006c004c00"}'
TAKEN = "pill-dispenser/event/dose/state"


class _Hub:
    """An ear and its heart; what they give to the disk is kept in lists."""

    def __init__(self, notes: dict[str, str] | None = None) -> None:
        self.now: datetime = at(0)
        self.kinds: list[Kind] = []
        self.notes: dict[str, str] = {}
        self.disk: Future[None] = Future()
        home = read_home(HOME)
        self.heart = Heart(home, load_profiles_from(PROFILES), ids())
        terminals = MqttTerminals(home, "en", lambda _topic, _payload: None)
        self.ear = Ear(self.heart, terminals, lambda: self.now, self._do, set())
        self.ear.remember({}, notes or {}, None)

    def hears(self, topic: str, payload: bytes, *, is_retained: bool = False) -> Durable:
        self.now += timedelta(seconds=5)
        return self.ear.take(
            Incoming(topic, payload, 1, 1, is_retained=is_retained, is_repeat=False)
        )

    def _do(self, outcome: Outcome, batch: Batch | None) -> Durable:
        self.kinds += [seen.kind for seen in outcome.observations]
        self.notes |= batch.notes if batch else {}
        is_urgent = batch is not None or any(is_pressing(seen) for seen in outcome.observations)
        return self.disk if is_urgent else None


def test_a_dose_is_acknowledged_only_once_it_is_on_the_disk() -> None:
    hub = _Hub()
    assert hub.hears(TAKEN, b'{"event_type":"taken"}') is hub.disk
    assert hub.hears(TAKEN, b'{"event_type":"taken"}') is hub.disk
    assert hub.kinds == [Kind.MEDICATION_TAKEN] * 2


def test_a_fall_told_by_a_node_is_acknowledged_only_once_it_is_on_the_disk() -> None:
    hub = _Hub()
    hub.hears("radar/binary_sensor/fall/state", b"OFF", is_retained=True)
    assert hub.hears("radar/binary_sensor/fall/state", b"ON") is hub.disk
    assert hub.hears("radar/sensor/humidity/state", b"44") is hub.disk  # newly described
    assert hub.hears("radar/sensor/humidity/state", b"45") is None


def test_a_cuff_is_known_after_a_restart_before_it_speaks() -> None:
    hub = _Hub()
    hub.hears(CUFF, MEASURED)
    assert {Kind.BP_SYSTOLIC, Kind.BP_DIASTOLIC} <= set(hub.kinds)
    fresh = _Hub(hub.notes)
    (cuff,) = fresh.heart.devices
    assert (cuff.address, cuff.bridge) == ("d0:00:00:00:00:02", "attic")
    assert Kind.BP_SYSTOLIC in cuff.kinds


def test_a_node_that_is_gone_leaves_its_risk_unwatched() -> None:
    hub = _Hub()
    hub.hears("radar/status", b"online", is_retained=True)
    hub.hears("radar/binary_sensor/fall/state", b"OFF")

    def fall() -> State:
        return next(each.state for each in hub.heart.lights(hub.now) if each.slug == "fall")

    assert fall() is State.COVERED
    hub.hears("radar/status", b"offline")
    assert fall() is State.BLIND


def test_a_past_teaches_which_devices_there_are(tmp_path: Path) -> None:
    now = at(3600)
    millis = int(at(0).timestamp() * 1000)
    trace = tmp_path / "past.trace"
    trace.write_bytes(f"{millis}\t{CUFF}\t".encode() + MEASURED + b"\n")
    heart = Heart(read_home(HOME), load_profiles_from(PROFILES), ids())
    journal = Journal(tmp_path / "journal.db", now)
    assert import_past(trace, journal, heart, now) == 4
    hub = _Hub(dict(journal.recollect().notes))
    journal.close()
    assert [device.address for device in hub.heart.devices] == ["d0:00:00:00:00:02"]


async def test_a_hub_hears_a_gateway_and_a_node_over_the_real_broker(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town:
        await town.publish("radar/status", b"online", retain=True)
        announced = {"name": "Sturz", "stat_t": "radar/binary_sensor/s1/state"}
        topic = "homeassistant/binary_sensor/radar/s1/config"
        await town.publish(topic, json.dumps(announced).encode(), retain=True)
        await town.publish("radar/binary_sensor/s1/state", b"OFF", retain=True)
        async with town.hub() as hub:
            await town.publish(CUFF, MEASURED)
            await town.until(lambda: len(hub.heart.devices) > 5)
            await town.publish("radar/binary_sensor/s1/state", b"ON", retain=True)
            await town.until(lambda: town.cloud.incidents, 20)
        (incident,) = town.cloud.incidents.values()
        assert incident.slug == "fall"
