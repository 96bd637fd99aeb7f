"""A model of tiny files with the names of the real one, for tests that must not carry 1.7 GB about."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fusion.weights.catalog import UNET

TINY = replace(UNET, files=tuple(replace(file, minimum_bytes=100) for file in UNET.files), about_bytes=6000)


def content(path: str, length: int = 1000) -> bytes:
    """Bytes that differ from file to file."""
    return (path.encode() * length)[:length]


def write_tiny(folder: Path, length: int = 1000) -> Path:
    """All files of `TINY`, as somebody who copied them by hand would have them: without a manifest."""
    for file in TINY.files:
        (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
        (folder / file.path).write_bytes(content(file.path, length))
    return folder
