"""Hooks for Schemathesis: real photos and predictions that are there, where it would make up texts."""

from __future__ import annotations

import os
import random
from typing import Any

import schemathesis

from benchmarks.api.photos import plain, uri

_PHOTOS = ("target", "source", "result", "target_image", "source_image")
_REAL = uri(plain(7))
_FILE = plain(7)
_CHANCE = random.Random(1)


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Real photos every other time."""
    if not isinstance(body, dict) or _CHANCE.random() < 0.5:
        return body
    return {name: _like(value) if name in _PHOTOS else value for name, value in body.items()}


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: Any) -> Any:
    """A prediction that is there, most times; none of these is deleted."""
    is_kept = context.operation.method.lower() != "delete"
    if is_kept and isinstance(path_parameters, dict) and "id" in path_parameters and _CHANCE.random() < 0.7:
        return {**path_parameters, "id": _CHANCE.choice(os.environ["REAL_IDS"].split(","))}
    return path_parameters


def _like(value: Any) -> Any:
    if isinstance(value, bytes):
        return _FILE
    return [_REAL] if isinstance(value, list) else _REAL if isinstance(value, str) else value
