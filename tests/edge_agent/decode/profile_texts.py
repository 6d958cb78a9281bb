"""Profiles as an installer would write them, for stories about layers and mistakes."""

from edge_agent.decode import Profiles, load_profiles
from tests.edge_agent.decode.listed_bridge import profile_files

PROFILE = """schema = 1
id = "acme.t1"
label = "Acme T1"
kind = "sleep.pad"
evidence = {{ level = "device" }}
{more}
[[match]]
path = "zigbee2mqtt"
{match}
[[map]]
from = "contact"
to = "{to}"
true_when = [false]
false_when = [true]
[[sample]]
topic = "zigbee2mqtt/x"
payload = '{{"contact": false}}'
expect = [{{ kind = "{to}", value = true }}]
"""
EXACT = 'vendor = "Acme"\nmodel = ["T1"]'
FAMILY = 'vendor = "Acme"\nmodel = ["T*"]'
OVERRIDE = 'address = ["0x01"]'


def with_profiles(**texts: str) -> Profiles:
    return load_profiles(profile_files() | {f"{name}.toml": text for name, text in texts.items()})


def profile(match: str, to: str = "bed_occupied", name: str = "t1", more: str = "") -> str:
    return PROFILE.format(match=match, to=to, more=more).replace("acme.t1", f"acme.{name}")
