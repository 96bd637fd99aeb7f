"""What enlarges a face for the second stage: plain interpolation, or a network where one is installed."""

from __future__ import annotations

from fusion.upscale import discovery
from fusion.upscale.base import Kind
from fusion.upscale.discovery import Absent, Found, status
from fusion.upscale.registry import Enlargers

__all__ = ["Absent", "Enlargers", "Found", "Kind", "discovery", "status"]
