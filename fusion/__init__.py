"""Pixels in, pixels out: photos, faces, geometry, engines, the pipeline and the worker that runs it."""

__version__ = "0.1.0"
