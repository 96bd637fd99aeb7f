"""Whether the unet engine works on this machine: the sample pair fused with it, and how like the result is."""

from __future__ import annotations

from pages.parts.engine_check.part import is_shown, part

__all__ = ["is_shown", "part"]
