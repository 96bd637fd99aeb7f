"""What a watermark says, as bits: six bytes of a job's id, and a check that a photo without one fails. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

PAYLOAD_BYTES, _CHECK_BYTES = 6, 3
# Of bits that mean nothing one pattern in 2^24 passes: 6 · 10⁻⁸.
BITS = 8 * (PAYLOAD_BYTES + _CHECK_BYTES)
_SALT = b"fusewise watermark 1"
_HEX = re.compile(r"[0-9a-f]{12,}")


def payload_of(id: str) -> bytes:
    """What a result's watermark says of its job: the first twelve digits of its id, by which the history finds it.

    An id of another form is met by a hash of it.
    """
    if _HEX.fullmatch(id):
        return bytes.fromhex(id[: 2 * PAYLOAD_BYTES])
    return hashlib.sha256(id.encode()).digest()[:PAYLOAD_BYTES]


def bits_of(payload: bytes) -> list[int]:
    """The `BITS` bits of a payload of `PAYLOAD_BYTES`.

    Raises:
        ValueError: it has another length.
    """
    if len(payload) != PAYLOAD_BYTES:
        raise ValueError(f"a payload has {PAYLOAD_BYTES} bytes, not {len(payload)}")
    word = payload + _check(payload)
    return [byte >> place & 1 for byte in word for place in range(7, -1, -1)]


def payload_in(bits: Sequence[int]) -> bytes | None:
    """The payload of so many bits; None where they fail the check."""
    word = bytes(sum(bit << (7 - at) for at, bit in enumerate(bits[first : first + 8])) for first in range(0, BITS, 8))
    payload, check = word[:PAYLOAD_BYTES], word[PAYLOAD_BYTES:]
    return payload if check == _check(payload) else None


def _check(payload: bytes) -> bytes:
    return hashlib.sha256(_SALT + payload).digest()[:_CHECK_BYTES]
