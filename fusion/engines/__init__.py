"""The engines: each fuses a frame around the target's face with a source, and returns the layers of the new face.

Loads torch; the unet engine's networks come with their first job. `Engines` chooses and runs one on a `Work`; what
comes back are `Layers`, with a `Guide` for stage two, and `layers` lays them on the frame.
"""

from __future__ import annotations

from fusion.engines import layers
from fusion.engines.base import Portrait, Work
from fusion.engines.guide import Guide
from fusion.engines.layers import Layers, slices
from fusion.engines.registry import Engines

__all__ = ["Engines", "Guide", "Layers", "Portrait", "Work", "layers", "slices"]
