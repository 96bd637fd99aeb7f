"""Sizes and amounts before anything is computed: which size comes out, how sharp it can be, how much work it is.

Standard library alone. `layout` makes the `Plan` of an output, `fill` says what stands beside it, `sharpness_limits`
judges a `Subject`, `best_output` says which output suits one, and `workload` says the same before a run, for the
forecast, as after it, for the `Measurement`.
"""

from __future__ import annotations

from fusion.sizing import best_output, fill, layout, sharpness_limits
from fusion.sizing.layout import Plan, Rect
from fusion.sizing.measurement import HOST, Measurement, StageCost, Workload
from fusion.sizing.sharpness_limits import Subject
from fusion.sizing.workload import ENLARGE_FROM, LANDMARK_REACH, SOURCE_REACH, workload

__all__ = [
    "ENLARGE_FROM",
    "HOST",
    "LANDMARK_REACH",
    "SOURCE_REACH",
    "Measurement",
    "Plan",
    "Rect",
    "StageCost",
    "Subject",
    "Workload",
    "best_output",
    "fill",
    "layout",
    "sharpness_limits",
    "workload",
]
