"""Noise that is the same wherever and whenever it is asked for: a hash of its name, no state."""

from collections.abc import Iterator
from hashlib import shake_128
from struct import unpack

NOISE_LIMIT = 1 << 16  # every value is below


def noise(*name: str | int, count: int) -> Iterator[int]:
    """``count`` evenly spread integers in 0..65535 that depend on ``name`` only."""
    digest = shake_128(":".join(map(str, name)).encode()).digest(2 * count)
    return iter(unpack(f"<{count}H", digest))
