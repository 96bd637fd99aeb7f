"""Sizes and amounts before anything is computed: the output's layout, how sharp a face can be, how much work it is."""

from __future__ import annotations

from fusion.sizing import layout, sharpness_limits
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
    "layout",
    "sharpness_limits",
    "workload",
]
