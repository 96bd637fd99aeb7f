"""What enlarges a face for the second stage: plain interpolation, or a network where one is installed.

Loads neither torch nor ncnn before it enlarges with them, so any process may ask `discovery` what there is: a `Found`
of each `Kind`, or why it is `Absent`. `Enlargers` takes the best that works.
"""

from __future__ import annotations

from fusion.upscale import discovery
from fusion.upscale.base import Kind
from fusion.upscale.discovery import Absent, Found
from fusion.upscale.registry import Enlargers

__all__ = ["Absent", "Enlargers", "Found", "Kind", "discovery"]
