"""Bluetooth gateways and nodes as they look from the hub: each device on topics of its own."""

import json
from datetime import timedelta
from typing import Any

from edge_agent.decode import Decoder, KnownDevice, Profiles
from tests.edge_agent.decode.listed_bridge import HOME, NOON
from vocabulary.home import read_home
from vocabulary.observation import Observation


class Air:
    """Plays the broker's side for devices that no bridge lists."""

    def __init__(self, profiles: Profiles, home: str = "") -> None:
        self.decoder = Decoder(read_home(HOME + home), profiles)
        self.now = NOON

    def send(
        self, topic: str, payload: str | bytes, *, retained: bool = False, after: float = 1.0
    ) -> list[Observation]:
        self.now += timedelta(seconds=after)
        raw = payload.encode() if isinstance(payload, str) else payload
        return self.decoder.decode(topic, raw, self.now, retained=retained)

    def frame(
        self, address: str = "A4C138D5D498", gateway: str = "attic", **said: Any
    ) -> list[Observation]:
        """What a Bluetooth gateway hands on; `after` and `retained` say how it came."""
        how = {key: said.pop(key) for key in ("after", "retained") if key in said}
        return self.send(f"home/{gateway}/BTtoMQTT/{address}", json.dumps(said), **how)

    def announces(self, component: str, node: str, thing: str, **said: Any) -> list[Observation]:
        """A node's announcement of one entity, in ESPHome's abbreviations."""
        message = {
            "name": thing,
            "stat_t": f"{node}/{component}/{thing}/state",
            "avty_t": f"{node}/status",
            "dev": {"ids": "7c9ebdaabbcc", "name": node, "mdl": "esp32dev", "mf": "Espressif"},
            **said,
        }
        topic = f"homeassistant/{component}/{node}/{thing}/config"
        return self.send(topic, json.dumps(message), retained=True)

    def entity(
        self, path: str, payload: str, *, retained: bool = False, after: float = 1.0
    ) -> list[Observation]:
        """`node/component/object` says something."""
        return self.send(f"{path}/state", payload, retained=retained, after=after)

    def device(self) -> KnownDevice:
        (device,) = self.decoder.devices()
        return device
