"""Fusing from a script, in its own process: `fuse`, its twin for asyncio, and what they share with the command line.

Loads no torch before the first photo has been read and found good. `Fused` is what comes of a fusion, and the one way
to a file of it; `release` gives the models back. `agreement` keeps what was declared, and `labelling` says whether the
visible label is drawn: both are asked by the command line as well.
"""

from __future__ import annotations

from fusion.scripting import agreement, labelling
from fusion.scripting.call import fuse, fuse_async, release
from fusion.scripting.fused import Fused
from fusion.scripting.given import GivenPhoto

__all__ = ["Fused", "GivenPhoto", "agreement", "fuse", "fuse_async", "labelling", "release"]
