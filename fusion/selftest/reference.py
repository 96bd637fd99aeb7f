"""What the test picture of an engine must look like: its checksum, and a coarse copy where the checksum differs.

Both are of the pixels of the sample pair fused in one stage at 512 px in float32 on a processor. There the landmark
engine's picture is the same to the bit with any number of threads; another processor, or another build of torch,
OpenCV or MediaPipe, may round otherwise. Then the means of 32 × 32 blocks decide, each of which has to be near the
stored one. Of the unet engine nothing is stored.

Who changes an engine's picture writes it anew (`python -m benchmarks.selftest`): a test fails until then.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from fusion.types import EngineName

if TYPE_CHECKING:
    import numpy as np

BLOCKS = 32  # along each side
NEAR = 2  # levels of 255, that a block's mean may differ
FILE = Path(__file__).with_name("reference.json")


@dataclass(frozen=True, slots=True)
class Likeness:
    """How a picture is to the stored one: `is_same` to the bit; `off` levels at most in the mean of a block, of which
    `differ`, of each colour, are another."""

    is_same: bool
    off: int
    differ: int

    @property
    def is_near(self) -> bool:
        return self.off <= NEAR


@dataclass(frozen=True, slots=True)
class Reference:
    """A picture, as it is compared.

    Attributes:
        photos: sha256 of the target's file and of the source's.
        sha256: of the pixels, row by row, three bytes each.
        blocks: the rounded means of `BLOCKS` × `BLOCKS` blocks in the same order, as hexadecimal text.
    """

    photos: tuple[str, str]
    sha256: str
    blocks: str

    @classmethod
    def of(cls, pixels: np.ndarray, photos: tuple[bytes, bytes]) -> Self:
        """Of a picture, (h, w, 3) uint8, whose sides `BLOCKS` divides."""
        target, source = (hashlib.sha256(data).hexdigest() for data in photos)
        return cls((target, source), hashlib.sha256(pixels.tobytes()).hexdigest(), _blocks(pixels).hex())

    def compared(self, other: Reference) -> Likeness:
        """How another picture of the same photos is."""
        pairs = zip(bytes.fromhex(self.blocks), bytes.fromhex(other.blocks), strict=True)
        off = [abs(one - two) for one, two in pairs]
        return Likeness(self.sha256 == other.sha256, max(off), sum(each > 0 for each in off))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {"photos": list(self.photos), "sha256": self.sha256, "blocks": self.blocks}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` gave."""
        target, source = data["photos"]
        return cls((target, source), data["sha256"], data["blocks"])


@cache
def stored(engine: EngineName) -> Reference | None:
    """That of an engine; None where there is none."""
    found = json.loads(FILE.read_text(encoding="utf-8")).get(engine)
    return None if found is None else Reference.from_json(found)


def _blocks(pixels: np.ndarray) -> bytes:
    height, width, channels = pixels.shape
    tiled = pixels.reshape(BLOCKS, height // BLOCKS, BLOCKS, width // BLOCKS, channels)
    return bytes(tiled.mean((1, 3)).round().astype("uint8").tobytes())
