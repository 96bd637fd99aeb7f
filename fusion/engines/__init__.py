"""The engines: each takes a frame around the target's face and a source, and returns the layers of the fused face."""

from __future__ import annotations

from fusion.engines import layers
from fusion.engines.base import Work
from fusion.engines.guide import Guide
from fusion.engines.layers import Layers, slices
from fusion.engines.registry import Engines

__all__ = ["Engines", "Guide", "Layers", "Work", "layers", "slices"]
