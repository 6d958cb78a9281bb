"""What the devices of a home send, of whatever make, becomes observations in one vocabulary."""

from edge_agent.decode.decoder import Decoder
from edge_agent.decode.devices import KnownDevice
from edge_agent.decode.zigbee2mqtt import PATH
from vocabulary.profiles import ProfileError, Profiles, load_profiles

__all__ = ["PATH", "Decoder", "KnownDevice", "ProfileError", "Profiles", "load_profiles"]
