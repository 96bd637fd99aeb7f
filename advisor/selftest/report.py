"""The self-test as JSON: to send to somebody else, so no path, no name of a person, a host or a file is in it."""

from __future__ import annotations

import platform
from functools import cache
from importlib import metadata
from typing import Any

from advisor.device import host_limits
from advisor.selftest.run import SelfTestView
from fusion.provenance import VERSION

_PACKAGES = ("torch", "mediapipe", "opencv-python-headless", "numpy", "onnxruntime")


def to_json(view: SelfTestView) -> dict[str, Any]:
    """The command line's contract."""
    return {
        "fusewise": VERSION,
        "well": view.is_well,
        "stopped": view.is_stopped,
        "seconds": round(view.seconds, 1),
        "machine": _machine(),
        "rows": [row.to_json() for row in view.rows],
        "error": view.error and str(view.error.reason),
    }


@cache
def _machine() -> dict[str, Any]:
    limits = host_limits.read_limits(0)
    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "python": platform.python_version(),
        "cores": limits.cores,
        "memory_bytes": limits.memory_bytes,
        "packages": {name: _version(name) for name in _PACKAGES},
    }


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
