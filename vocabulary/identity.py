"""Ids carry their birth: a UUIDv7 sorts by time and says in which month its row lives."""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def uuid7(now: datetime, entropy: bytes) -> UUID:
    """A UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds since 1970, then 74 random bits.

    `entropy`: at least 10 random bytes; randomness is a parameter so that a story can be replayed.
    """
    if len(entropy) < 10:  # noqa: PLR2004 - 74 bits need 10 bytes
        raise ValueError(f"uuid7 needs at least 10 random bytes, got {len(entropy)}")
    millis = (now - _EPOCH) // timedelta(milliseconds=1)
    random = int.from_bytes(entropy[:10], "big")
    rand_a, rand_b = (random >> 62) & 0xFFF, random & ((1 << 62) - 1)
    return UUID(int=(millis << 80) | (0x7 << 76) | (rand_a << 64) | (0b10 << 62) | rand_b)


def successor(identity: UUID) -> UUID:
    """The id of what goes on after `identity` was closed: hub and cloud find the same one alone."""
    return uuid7(born_at(identity), hashlib.sha256(b"successor " + identity.bytes).digest())


def born_at(identity: UUID) -> datetime:
    """When a UUIDv7 was made."""
    return _EPOCH + timedelta(milliseconds=identity.int >> 80)
