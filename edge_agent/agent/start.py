"""Starting is remembering: which home this is, where its clock stood, what was still going on."""

import fcntl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from edge_agent.agent.care_profile import CareProfile, choose_home
from edge_agent.agent.heart import Heart
from edge_agent.agent.hub import DAILY_PACE, Hub, new_id
from edge_agent.decode import ProfileError, Profiles, load_profiles
from edge_agent.errors import HubError
from edge_agent.journal import Batch, Journal
from edge_agent.log import Log
from edge_agent.response import HubIncident
from edge_agent.settings import Settings, SettingsError, read_profile_files
from edge_agent.timeline import Clock, begin, read_wall
from edge_agent.uplink import Pace
from vocabulary.home import HomeFile

_PLAN_B_AFTER = timedelta(seconds=180)
"""The last deadline of an incident's own: T = page_at + 180 s (DESIGN §5)."""
_LOCK_PATIENCE = 5.0
"""Seconds for a hub that was told to end to let go of its folder."""

_log = Log("start")


class AlreadyRunningError(HubError):
    """Another hub uses this data folder; stop it, then start again."""


def start_hub(
    settings: Settings,
    pace: Pace = DAILY_PACE,
    *,
    wall: Clock = read_wall,
    monotonic: Callable[[], float] = time.monotonic,
) -> Hub:
    """A hub that remembers all its journal holds and has yet to be run.

    `wall`, `monotonic`: the two clocks it lives by. Raises `SettingsError`. Whoever starts it
    closes its journal in the end.
    """
    profiles = read_profiles(settings)
    journal = Journal(settings.journal_file, wall())
    try:
        past = journal.recollect()
        care = choose_home(settings.home_file, past.notes)
        incidents = _readable(past.incidents)
        timeline = begin(
            past.anchor,
            past.newest_at,
            _last_deadline(incidents),
            wall=wall,
            monotonic=monotonic,
        )
        journal.add(Batch(anchor=timeline.anchor))
        hub = Hub(
            settings,
            make_heart(settings, care.home, profiles),
            journal,
            timeline,
            care=care,
            pace=pace,
        )
        began = time.monotonic()
        hub.wake(past, incidents, _readable(past.just_closed))
    except BaseException:
        journal.close()
        raise
    if journal.set_aside is not None:
        _log.error("journal_moved_aside", to=journal.set_aside.name, salvaged=journal.salvaged)
    _log.info("critical_live", seconds=round(time.monotonic() - began, 3), incidents=len(incidents))
    return hub


def make_heart(settings: Settings, home: HomeFile, profiles: Profiles) -> Heart:
    """The pure parts, told what this installation tells them."""
    return Heart(
        _in_the_language_of(settings, home),
        profiles,
        new_id,
        pin=settings.resident_pin.get_secret_value(),
        duress_word=settings.duress_word.get_secret_value(),
    )


def _in_the_language_of(settings: Settings, home: HomeFile) -> HomeFile:
    """Asking and judging take the language from one place: what was asked is what is understood."""
    if settings.language is None:
        return home
    resident = home.resident.model_copy(update={"language": settings.language})
    return home.model_copy(update={"resident": resident})


def read_profiles(settings: Settings) -> Profiles:
    """The device profiles; raises `SettingsError` with file and line."""
    return load_profiles_from(settings.profiles_dir)


def load_profiles_from(folder: Path) -> Profiles:
    """The device profiles of a folder; raises `SettingsError` with file and line."""
    try:
        return load_profiles(read_profile_files(folder))
    except ProfileError as refused:
        raise SettingsError(f"{folder}/{refused}") from refused


def check_settings(settings: Settings) -> CareProfile:
    """Find what is wrong with the installer's files before anything runs; raises `SettingsError`.

    The device profiles are read once, by `start_hub`, before it opens anything: each start counts.
    """
    settings.home_broker.address()
    settings.cloud_broker.address()
    return choose_home(settings.home_file, {})


@contextmanager
def sole_use(folder: Path) -> Iterator[None]:
    """Hold the data folder; raises `AlreadyRunningError`, `SettingsError`.

    A folder that cannot be written is no reason not to protect: then nothing is held.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (folder / "lock").open("ab")
    except OSError:
        yield
        return
    with lock:
        _lock(lock.fileno(), folder)
        yield


def _lock(descriptor: int, folder: Path) -> None:
    deadline = time.monotonic() + _LOCK_PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise AlreadyRunningError(f"another hub uses {folder}") from None
            time.sleep(0.05)
        else:
            return


def _readable(found: list[list[str]]) -> list[HubIncident]:
    return [one for one in map(_newest_readable, found) if one is not None]


def _newest_readable(revisions: list[str]) -> HubIncident | None:
    for body in revisions:
        try:
            return HubIncident.from_json(body)
        except ValueError:
            _log.exception("incident_revision_unreadable")
    return None


def _last_deadline(incidents: Iterable[HubIncident]) -> datetime | None:
    pages = (incident.page_at for incident in incidents if incident.page_at is not None)
    last = max(pages, default=None)
    return None if last is None else last + _PLAN_B_AFTER
