"""One fusion, from two photos to one picture: faces, size, stage one, stage two, finish.

Loads torch. A `Pipeline` is made once and runs many fusions, one at a time; each gives a `Result`, or raises a
`FusionError`.
"""

from __future__ import annotations

from fusion.pipeline.pipeline import Pipeline
from fusion.pipeline.result import FusedFace, Result

__all__ = ["FusedFace", "Pipeline", "Result"]
