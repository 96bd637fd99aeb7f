"""A look at a result before it is given out: patches, unlike halves, black eyes, edges and ghosts, part by part.

Needs numpy and OpenCV, and knows no engine: `faults` compares three pictures through their landmarks, whoever made
the result.
"""

from __future__ import annotations

from fusion.inspection.inspect import faults
from fusion.inspection.types import CORE, Fault, FaultKind, Inspection, InspectionVerdict, Part

__all__ = ["CORE", "Fault", "FaultKind", "Inspection", "InspectionVerdict", "Part", "faults"]
