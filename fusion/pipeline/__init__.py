"""One fusion from two photos to one picture: faces, size, stage one, stage two, finish."""

from __future__ import annotations

from fusion.pipeline.pipeline import Pipeline, Result

__all__ = ["Pipeline", "Result"]
