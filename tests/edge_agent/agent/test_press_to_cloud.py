"""From the pendant to the cloud, over real brokers: what a press leads to, whatever breaks."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

from edge_agent.timeline import read_wall
from tests.edge_agent.fake_cloud import Hello, History
from tests.edge_agent.neighbourhood import Neighbourhood
from vocabulary.incident import IncidentStatus


async def test_a_press_speaks_lights_and_reaches_the_cloud_once(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town, town.hub() as hub:
        await town.press()
        await town.until(lambda: town.cloud.incidents and "say.sos_help_called" in town.said())
        await town.until(lambda: any(topic == "zigbee2mqtt/lamp/set" for topic, _ in town.heard))

        (incident,) = town.cloud.incidents.values()
        assert (incident.slug, incident.variant, incident.severity) == (
            "sos_call",
            "pressed",
            "critical",
        )
        assert incident.page_at == incident.opened_at
        lamp = [message for topic, message in town.heard if topic == "zigbee2mqtt/lamp/set"]
        assert lamp[0]["state"] == "ON"
        assert not any(topic == "zigbee2mqtt/siren/set" for topic, _ in town.heard)
        await town.until(lambda: not hub.uplink.outbox.entries)
        assert town.cloud.of(Hello)[0].hub_id == "hub-one"


async def test_a_history_of_the_day_follows_the_incident(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town, town.hub():
        await town.press()
        await town.until(lambda: town.cloud.of(History))

        (incident,) = town.cloud.incidents.values()
        told = town.cloud.of(History)[0]
        assert told.incident_id == incident.incident_id
        assert told.until - told.since == timedelta(hours=24)


async def test_a_heart_that_races_after_the_fall_is_in_the_history(tmp_path: Path) -> None:
    band = {"id": "AA:00:00:00:00:01", "model": "X2 Heart Rate Sensor", "model_id": "XOSSX2"}
    races = json.dumps({**band, "brand": "XOSS", "type": "BODY", "bpm": 142}).encode()
    async with Neighbourhood(tmp_path).living() as town, town.hub():
        fell = {"fall": True, "last_seen": read_wall().isoformat()}
        await town.publish("zigbee2mqtt/radar", json.dumps(fell).encode())
        await town.until(lambda: town.cloud.of(History))
        await town.publish("home/OMG/BTtoMQTT/AA0000000001", races)
        await town.until(lambda: len(town.cloud.of(History)) > 1)
        await town.publish("home/OMG/BTtoMQTT/AA0000000001", races)  # tells nothing new
        await asyncio.sleep(0.3)

        (incident,) = town.cloud.incidents.values()
        before, after = town.cloud.of(History)
        assert before.incident_id == after.incident_id == incident.incident_id
        assert [sign.value for sign in before.vitals] == []
        assert [sign.value for sign in after.vitals] == [142]


async def test_the_same_message_delivered_twice_is_one_press(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town, town.hub() as hub:
        at = read_wall()
        await town.press(at=at)
        await town.until(lambda: town.cloud.incidents)
        (incident,) = town.cloud.incidents.values()
        closed = town.cloud.state(incident.incident_id, IncidentStatus.CLOSED)
        await town.cloud.say_down(closed)
        await town.until(lambda: not hub.heart.response.open_incidents)

        await town.press(at=at)  # the bridge never heard that the broker had it
        await asyncio.sleep(0.3)

        assert len(town.cloud.incidents) == 1


async def test_the_home_hears_who_is_helping(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town, town.hub():
        await town.press()
        await town.until(lambda: town.cloud.incidents)
        (incident,) = town.cloud.incidents.values()

        taken = town.cloud.state(incident.incident_id, IncidentStatus.ACKNOWLEDGED)
        await town.cloud.say_down(taken)
        await town.cloud.say_down(taken)
        await town.until(lambda: "say.helper_acknowledged" in town.said())
        await town.until(lambda: any(taken.event_id in r.of for r in town.cloud.down_receipts))

        await asyncio.sleep(0.2)
        assert town.said().count("say.helper_acknowledged") == 1


async def test_an_older_revision_of_the_cloud_changes_nothing(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town, town.hub() as hub:
        await town.press()
        await town.until(lambda: town.cloud.incidents)
        (incident,) = town.cloud.incidents.values()

        newer = town.cloud.state(incident.incident_id, IncidentStatus.ACKNOWLEDGED, revision=5)
        older = town.cloud.state(incident.incident_id, IncidentStatus.OPEN, revision=4)
        await town.cloud.say_down(newer)
        await town.cloud.say_down(older)
        await town.until(lambda: any(older.event_id in r.of for r in town.cloud.down_receipts))

        known = hub.heart.response.open_incidents[incident.incident_id]
        assert known.cloud.status is IncidentStatus.ACKNOWLEDGED


async def test_a_sign_of_being_threatened_leaves_no_trace_in_the_home(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town, town.hub():
        await town.press("hold")
        await town.until(lambda: town.cloud.incidents)
        await asyncio.sleep(0.5)

        (incident,) = town.cloud.incidents.values()
        assert incident.is_duress
        assert town.heard == []
