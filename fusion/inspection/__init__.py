"""A look at a result before it is given out: patches, unlike halves, black eyes, edges and ghosts, part by part.

Needs numpy and OpenCV, and knows no engine: `scene` takes up two photos through their landmarks, `faults` compares any
result with them, whoever made it. `part_mask` says which pixels a part takes up, so that it can be given back.
"""

from __future__ import annotations

from fusion.inspected import CORE, Fault, FaultKind, Inspection, InspectionVerdict, Part
from fusion.inspection.inspect import faults
from fusion.inspection.part_mask import part_mask
from fusion.inspection.scene import Scene, scene

__all__ = [
    "CORE",
    "Fault",
    "FaultKind",
    "Inspection",
    "InspectionVerdict",
    "Part",
    "Scene",
    "faults",
    "part_mask",
    "scene",
]
