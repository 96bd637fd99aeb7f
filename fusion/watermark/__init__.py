"""An invisible watermark: six bytes of a job's id in the picture itself, which survive what strips metadata.

`mark` writes those of an id into a picture, where `as_set` says so; `embed` writes any, `read` finds them in a picture
or gives None, and `payload_of` tells whose result they name. What a watermark survives, and what not, is measured
(docs/signing.md): compression and scaling, and no crop. Needs numpy and OpenCV. It is no proof: whoever knows the
method can write any.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fusion.config import Config
from fusion.watermark import carrier
from fusion.watermark.code import PAYLOAD_BYTES, bits_of, payload_in, payload_of

__all__ = ["PAYLOAD_BYTES", "as_set", "embed", "mark", "payload_of", "read"]


def as_set(found: Config) -> Callable[[np.ndarray, str], np.ndarray] | None:
    """`mark` where FUSEWISE_WATERMARK is on, else None."""
    return mark if found.watermark == "on" else None


def mark(pixels: np.ndarray, id: str) -> np.ndarray:
    """The picture of the job with that id, with a watermark that names it."""
    return embed(pixels, payload_of(id))


def embed(pixels: np.ndarray, payload: bytes) -> np.ndarray:
    """The picture (H, W, 3) uint8 RGB with `PAYLOAD_BYTES` in it; what was given stays as it is.

    Raises:
        ValueError: the payload has another length.
    """
    return carrier.add(pixels, np.array(bits_of(payload)))


def read(pixels: np.ndarray) -> bytes | None:
    """What a picture's watermark says; None where there is none, or none that is left.

    Of pictures without one, one in 2^24 reads as if it had one, whatever they show.
    """
    return payload_in((carrier.soft_bits(pixels) > 0).astype(int).tolist())
