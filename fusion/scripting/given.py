"""What a script gives as a photo: a file or what it has in memory; opened, and read into a job's photos."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from fusion.errors import FusionError, PhotoRejected, Phrase, PhraseCode, Reason
from fusion.memory import HostPeak, budget
from fusion.photos import Limits, Photo, from_image, from_pixels, samples
from fusion.settings import MAX_SOURCES
from fusion.types import Role
from fusion.worker import run_job

GivenPhoto = str | os.PathLike[str] | bytes | bytearray | memoryview | np.ndarray | Image.Image | Photo
_Data = bytes | np.ndarray | Image.Image | Photo


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """The photos of a job, not yet decoded.

    Attributes:
        target: the bytes of its file, or what a program had in memory; arrays are (H, W, 3) uint8 RGB.
        sources: likewise, of one person or of those that a map names; at least one.
        paths: the files that were named.
    """

    target: _Data
    sources: tuple[_Data, ...]
    paths: tuple[Path, ...]

    @property
    def is_sample(self) -> bool:
        """Whether all are of the sample pair, which is in the public domain."""
        given = (self.target, *self.sources)
        if not all(isinstance(data, bytes) for data in given):
            return False
        try:
            known = samples.sample_pair()
        except FusionError:  # this installation has none
            return False
        return all(data in known for data in given)

    def read(self, reader: run_job.Reader) -> run_job.Photos:
        """Decoded.

        Raises:
            PhotoRejected: one cannot be used.
        """
        peak, rest_bytes = HostPeak(), budget.resident_bytes()
        began = time.perf_counter()
        target = _photo(self.target, Role.TARGET, reader)
        source, *others = (_photo(data, Role.SOURCE, reader) for data in self.sources)
        file = self.target if isinstance(self.target, bytes) else None
        seconds = time.perf_counter() - began
        return run_job.Photos(
            target, source, seconds, rest_bytes, peak.read(), is_new=True, others=tuple(others), target_file=file
        )


def opened(target: GivenPhoto, source: GivenPhoto | Sequence[GivenPhoto]) -> Opened:
    """Look at what was given, and read the files that it names.

    Raises:
        PhotoRejected: it is no photo, a file cannot be read, or there are too many.
    """
    several = source if isinstance(source, list | tuple) else [source]
    if len(several) > MAX_SOURCES:
        raise PhotoRejected(Reason.SOURCES_TOO_MANY, count=len(several), limit=MAX_SOURCES)
    if not several:
        raise _no_photo(Role.SOURCE, Phrase(PhraseCode.NO_PHOTOS))
    sources = tuple(_data(each, Role.SOURCE) for each in several)
    paths = tuple(Path(each) for each in (target, *several) if isinstance(each, str | os.PathLike))
    return Opened(_data(target, Role.TARGET), sources, paths)


def _data(given: object, role: Role) -> _Data:
    if isinstance(given, np.ndarray | Image.Image | Photo):
        return given
    if isinstance(given, bytes | bytearray | memoryview):
        return bytes(given)
    if isinstance(given, str) and "://" in given:
        raise _no_photo(role, Phrase(PhraseCode.ADDRESS))
    if isinstance(given, str | os.PathLike):
        return run_job.load(Path(given))
    raise _no_photo(role, Phrase(PhraseCode.OBJECT_OF, {"type": type(given).__name__}))


def _photo(data: _Data, role: Role, reader: run_job.Reader) -> Photo:
    if isinstance(data, bytes):
        return reader.read(data, role)
    if isinstance(data, Photo):
        return data
    if isinstance(data, np.ndarray):
        return from_pixels(data, role, Limits())
    return from_image(data, role, Limits())


def _no_photo(role: Role, what: Phrase) -> PhotoRejected:
    return PhotoRejected(Reason.PHOTO_KIND, role=str(role), what=what)
