"""A home speaks in several tongues at once; each message goes to the path that knows its topic.

Pure: bytes, topic and time come in, observations come out; nothing is raised, whatever is sent.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, Protocol

from edge_agent.decode.devices import KnownDevice
from edge_agent.decode.esphome import EsphomePath
from edge_agent.decode.speakers import Speakers
from edge_agent.decode.theengs import TheengsPath
from edge_agent.decode.zigbee2mqtt import PATH, Zigbee2MqttPath
from vocabulary.home import HomeFile
from vocabulary.observation import Observation
from vocabulary.profiles import Profiles

_MAX_TOPICS: Final = 4096
"""Topics whose path is remembered; a home of 100 devices has about 300."""


class Path(Protocol):
    """One way in which devices reach the broker."""

    @property
    def revision(self) -> int:
        """Moves on whenever other devices are known, or other things of them."""

    def owns(self, topic: str) -> bool:
        """Whether messages on this topic are for this path."""

    def decode(
        self, topic: str, payload: bytes, at: datetime, *, retained: bool
    ) -> list[Observation]:
        """The observations of one message, in its order; never raises."""

    def devices(self) -> Iterable[KnownDevice]:
        """All devices that this path knows."""


class Decoder:
    """Turns the messages of a home into observations; one per home."""

    def __init__(self, home: HomeFile, profiles: Profiles, base: str = PATH) -> None:
        self.refused: Counter[str] = Counter()
        """What was not used, by reason."""
        self._bridge = Zigbee2MqttPath(home, profiles, self.refused, base)
        self._speakers: dict[str, Speakers] = {}
        self._paths: list[Path] = [self._bridge]
        for make in (TheengsPath, EsphomePath):
            speakers = Speakers(make.name, home, profiles)
            self._speakers[make.name] = speakers
            self._paths.append(make(speakers, self.refused))
        self._by_topic: dict[str, Path] = {}

    @property
    def unheard(self) -> Mapping[str, int]:
        """Names that speak but are in no list of a bridge → how often (at most 64 names)."""
        return self._bridge.unheard

    @property
    def is_waiting(self) -> bool:
        """Whether messages are kept because a bridge has not told its devices yet."""
        return self._bridge.is_waiting

    @property
    def revision(self) -> int:
        """Moves on whenever `devices` has changed."""
        return sum(path.revision for path in self._paths)

    def is_waiting_for(self, topic: str) -> bool:
        """Whether a message on this topic is kept until its bridge has told its devices.

        Until then it should not be acknowledged to the home's broker: a press may be in it.
        """
        return self._bridge.is_waiting and self._bridge.owns(topic)

    def decode(
        self, topic: str, payload: bytes, at: datetime, *, retained: bool
    ) -> list[Observation]:
        """The observations of one message, in its order; [] for anything that tells nothing.

        `at`: receipt on the hub's own timeline (aware). Never raises.
        """
        path = self._by_topic.get(topic) or self._find(topic)
        if path is None:
            self.refused["unknown_topic"] += 1
            return []
        return path.decode(topic, payload, at, retained=retained)

    def devices(self) -> list[KnownDevice]:
        """All devices that bridges have told of or that have been heard."""
        return [device for path in self._paths for device in path.devices()]

    def command(
        self, address: str, action: str, *, is_on: bool, pattern: str = ""
    ) -> tuple[str, bytes] | None:
        """Topic and payload that switch a device; None where it offers no such thing.

        `action`: siren, path_light, gas_valve, water_valve or stove; a valve is open when it is on.
        `pattern`: "call" for the siren's call for people, else its evacuation pattern.
        """
        return self._bridge.command(address, action, is_on=is_on, pattern=pattern)

    def learned(self) -> dict[str, str]:
        """What devices have newly told of themselves, to be kept for `recall` after a restart.

        A cuff speaks once a day: until then a hub that has just started would not know that it is.
        """
        return {
            f"{name}/{address}": text
            for name, speakers in self._speakers.items()
            for address, text in speakers.learned()
        }

    def recall(self, key: str, text: str) -> None:
        """One entry of `learned`, as it was kept; what cannot be read is left out."""
        name, _, address = key.partition("/")
        if name in self._speakers:
            self._speakers[name].recall(address, text)

    def _find(self, topic: str) -> Path | None:
        path = next((path for path in self._paths if path.owns(topic)), None)
        if path is not None and len(self._by_topic) < _MAX_TOPICS:
            self._by_topic[topic] = path
        return path
