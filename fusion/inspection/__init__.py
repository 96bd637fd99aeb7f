"""A look at a result before it is given out: patches, unlike halves, black eyes, edges and ghosts, part by part.

Needs numpy and OpenCV, and knows no engine: `faults` compares three pictures through their landmarks, whoever made
the result. `part_mask` says which pixels a part takes up, so that it can be given back.
"""

from __future__ import annotations

from fusion.inspected import CORE, Fault, FaultKind, Inspection, InspectionVerdict, Part
from fusion.inspection.inspect import faults
from fusion.inspection.part_mask import part_mask

__all__ = ["CORE", "Fault", "FaultKind", "Inspection", "InspectionVerdict", "Part", "faults", "part_mask"]
