"""Where a segmentation network lies on this machine. None is needed, and none comes by itself: a person puts it there,
or asks for it (`fusion.weights.packaged`).
"""

from __future__ import annotations

from pathlib import Path

from fusion.errors import Reason, WeightsInvalid, WeightsMissing
from fusion.weights import locate
from fusion.weights.catalog import SEGMENTERS, SegmenterFile

FOLDER = "segmentation"  # beside the unet model's folder
VARIABLE = "FUSEWISE_SEGMENTER"
PARSER_SUFFIX = ".pth"  # of a network that torch runs; others are for MediaPipe
_KIND, _KIND_AT = b"TFL3", 4  # what a TensorFlow Lite file says of itself, and after how many bytes


def find() -> Path | None:
    """The best segmentation network that is here, checked; None where there is none.

    Raises:
        WeightsMissing: the variable names a file that is not there.
        WeightsInvalid: a file is there that is not what its name says.
    """
    from fusion import config  # late, as in `fusion.weights.locate`

    named = config.load().segmenter
    if named is not None:
        return _checked(named.expanduser())
    return next((_checked(place(each)) for each in SEGMENTERS if place(each).is_file()), None)


def place(file: SegmenterFile) -> Path:
    """Where a file of the catalogue's lies, or would."""
    return locate.place().parent / FOLDER / file.name


def is_there() -> bool:
    """Whether `find` has something to look at, be it whole or not; reads no file."""
    from fusion import config  # late, as in `fusion.weights.locate`

    return config.load().segmenter is not None or any(place(each).is_file() for each in SEGMENTERS)


def _checked(path: Path) -> Path:
    """A file of the catalogue's by its name; another, which somebody has named, need only be of the kind."""
    listed = next((each for each in SEGMENTERS if each.name == path.name), None)
    if not path.is_file():
        address = (listed or SEGMENTERS[0]).address
        raise WeightsMissing(Reason.WEIGHTS_MISSING, file=str(path), address=address, variable=VARIABLE)
    found = locate.sha256_of(path)
    if not (path.suffix == PARSER_SUFFIX or _is_of_the_kind(path)) or (listed and not _is_whole(path, found, listed)):
        expected = (listed and listed.sha256) or "a TensorFlow Lite file, whole"
        raise WeightsInvalid(Reason.WEIGHTS_INVALID, file=str(path), found=found, expected=expected)
    return path


def _is_of_the_kind(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(_KIND_AT + len(_KIND))[_KIND_AT:] == _KIND


def _is_whole(path: Path, found: str, listed: SegmenterFile) -> bool:
    return found == listed.sha256 if listed.sha256 else path.stat().st_size >= listed.minimum_bytes
