"""An installer asks a hub, running or not, what it can see: answered from its journal."""

import json
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from edge_agent.agent import learned
from edge_agent.agent.care_profile import choose_home
from edge_agent.agent.habits import learn
from edge_agent.agent.heart import Heart
from edge_agent.agent.hub import new_id
from edge_agent.agent.lights_note import NOTE, restore_note
from edge_agent.agent.report import coverage_parts
from edge_agent.agent.start import make_heart, read_profiles
from edge_agent.decode import Profiles
from edge_agent.journal import ask, recall, recall_readings
from edge_agent.settings import Settings
from edge_agent.timeline import read_wall
from vocabulary.home import HomeFile

Shown = dict[str, object]


def lights_of_home(home: HomeFile, profiles: Profiles, now: datetime) -> Iterator[Shown]:
    """The lights of a home that no hub has listened to yet."""
    yield from _lights(Heart(home, profiles, new_id), now)


def lights_of_hub(settings: Settings) -> Iterator[Shown]:
    """The lights as the journal leaves them."""
    now = read_wall()
    yield from _lights(_remembering(settings, now), now)


def devices_of_hub(settings: Settings) -> Iterator[Shown]:
    """The devices the bridge has told of, and when the journal last heard each."""
    heard: dict[str, datetime] = {}
    heart = _remembering(settings, read_wall(), heard)
    for device in heart.devices:
        heard_at = heard.get(device.address)
        yield {
            "address": device.address,
            "name": device.name,
            "vendor": device.vendor,
            "model": device.model,
            "room": device.room,
            "guards": device.guards,
            "use": device.use,
            "kinds": sorted(device.kinds),
            "commands": sorted(device.commands),
            "expect_every_seconds": device.expect_every and device.expect_every.total_seconds(),
            "heard_at": heard_at and heard_at.isoformat(),
        }


def _remembering(
    settings: Settings, now: datetime, heard: dict[str, datetime] | None = None
) -> Heart:
    past = recall(settings.journal_file)
    home = choose_home(settings.home_file, past.notes).home
    heart = make_heart(settings, home, read_profiles(settings))
    for key, text in past.notes.items():
        if key.startswith("list:"):
            heart.take(key.removeprefix("list:"), text.encode(), now, retained=True)
    learned.recall(heart.decoder, past.notes)
    slept = None if past.alive_at is None else (past.alive_at, now)
    restore_note(heart.coverage, past.notes.get(NOTE), slept)
    readings = list(recall_readings(settings.journal_file, heart.horizon(now)))
    heart.rehearse(readings)
    zone = ZoneInfo(home.home.zone)
    habits = ask(settings.journal_file, lambda db: learn(db, heart.devices, zone, now), None)
    if habits is not None:
        habits.teach(heart.coverage)
    if heard is not None:
        heard.update((seen.device, seen.at) for seen in readings if not seen.is_found)
    return heart


def _lights(heart: Heart, now: datetime) -> Iterator[Shown]:
    for part in coverage_parts(heart, now):
        yield json.loads(part.model_dump_json())
