"""Guessing passwords must be slow: wrong log-ins are counted per name and per address.

Only wrong ones count, so that a person who works is never locked out by their own work; a name
is counted together with the address it is tried from, so that a stranger cannot lock a doctor out.
"""

from typing import Final

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from cloud.auth.sessions import hash_of
from cloud.errors import Busy

PER_NAME: Final = RateLimitItemPerMinute(5, 5, namespace="name")
"""5 wrong passwords for one name from one address in 5 minutes."""
PER_ADDRESS: Final = RateLimitItemPerMinute(30, 5, namespace="address")
"""30 wrong log-ins from one address in 5 minutes, whatever the names."""


class Attempts:
    """Wrong log-ins of the last minutes; per process, in memory, without names."""

    def __init__(
        self,
        per_name: RateLimitItemPerMinute = PER_NAME,
        per_address: RateLimitItemPerMinute = PER_ADDRESS,
    ) -> None:
        self._per_name, self._per_address = per_name, per_address
        self._window = MovingWindowRateLimiter(MemoryStorage())

    def check(self, login: str, address: str) -> None:
        """Raises `Busy` when this name or address has been wrong too often of late."""
        name = hash_of(login.strip().casefold())
        if not (
            self._window.test(self._per_name, name, address)
            and self._window.test(self._per_address, address)
        ):
            raise Busy("too many wrong log-ins; wait five minutes, then try again")

    def failed(self, login: str, address: str) -> None:
        """Count a wrong log-in."""
        self._window.hit(self._per_name, hash_of(login.strip().casefold()), address)
        self._window.hit(self._per_address, address)
