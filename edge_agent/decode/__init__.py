"""What the devices of a home send, of whatever make, becomes observations in one vocabulary."""

from edge_agent.decode.decoder import PATH, Decoder
from edge_agent.decode.devices import KnownDevice
from vocabulary.profiles import ProfileError, Profiles, load_profiles

__all__ = ["PATH", "Decoder", "KnownDevice", "ProfileError", "Profiles", "load_profiles"]
