"""How often the hub speaks to the cloud, and how long it waits before it takes another way."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Pace:
    """The figures of DESIGN §5 and §6; tests run the same code at another pace."""

    repeat: timedelta = timedelta(seconds=5)
    jitter: timedelta = timedelta(seconds=1)
    """Each repeat comes up to this much later, so that homes do not speak in chorus."""
    heartbeat: timedelta = timedelta(seconds=30)
    https_after: timedelta = timedelta(seconds=30)
    """No receipt for an incident in this time: the same message by HTTPS."""
    https_after_cut: timedelta = timedelta(seconds=5)
    """The same, where the broker is known to be out of reach: time for one quick reconnect."""
    poll: timedelta = timedelta(seconds=10)
    """How often it asks for news by HTTPS while an incident is open and the broker is gone."""
    first_retry: timedelta = timedelta(milliseconds=250)
    longest_retry: timedelta = timedelta(seconds=30)
    urgent_retry: timedelta = timedelta(seconds=3)
    """Longest pause between two attempts to connect while somebody waits for help."""
