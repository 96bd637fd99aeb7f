"""Pixels in, pixels out: photos, faces, geometry, engines, the pipeline and the worker that runs it."""
