"""What somebody gives for a batch, before any of it is queued: photos that wait to be read, and the limits of it all.

A photo is held as a name and a way to its bytes, so that a hundred of them are not in memory at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from fusion import config
from fusion.errors import FusionError, Reason, frameless
from fusion.files import inputs, names
from fusion.photos import Limits as PhotoLimits
from fusion.photos import decode
from fusion.settings import Settings
from fusion.types import Size
from fusion.units import GIB, MIB

# Of a file's name, what a photo may be called; others are told of as no photos.
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif", ".tif", ".tiff", ".bmp")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a batch may be at most.

    Attributes:
        pairs: in one batch; as many photos too.
        total_bytes: of all photos together.
        photo: of each photo.
        entries: in a ZIP, with folders and what systems leave there.
        ratio: unpacked bytes for a packed one, in a ZIP; photos are packed already and come to 1, plain drawings to 20.
        ratio_from_bytes: unpacked, from which the ratio is looked at.
        list_bytes: of a list of pairs.
        zip_bytes: of a ZIP, packed.
    """

    pairs: int = 1000
    total_bytes: int = 2 * GIB
    photo: PhotoLimits = field(default_factory=PhotoLimits)
    entries: int = 5000
    ratio: float = 200.0
    ratio_from_bytes: int = MIB
    list_bytes: int = 2 * MIB
    zip_bytes: int = 2 * GIB + 64 * MIB


def limits() -> Limits:
    """The limits, with the largest photo as the environment has it."""
    return Limits(photo=PhotoLimits(max_bytes=config.load().max_upload_bytes))


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """A photo that was given and not yet looked at.

    Attributes:
        name: of its file, to be shown. Nothing is ever opened by it.
        file_bytes: as stated by whoever gives it; it may turn out to be wrong.
        read: its bytes; raises FusionError where they cannot be had.
        path: of the file on this machine, if it is one, so that no result is written over it.
    """

    name: str
    file_bytes: int
    read: Callable[[], bytes]
    path: Path | None = None

    @classmethod
    def of_file(cls, path: Path, most_bytes: int | None = None) -> Self:
        """The photo in a file.

        Args:
            most_bytes: that are read of it; as many as a photo may have if None.

        Raises:
            PhotoRejected: there is no such file, or it is no ordinary one.
        """
        most = config.load().max_upload_bytes if most_bytes is None else most_bytes
        return cls(names.shown(path.name), inputs.size_bytes(path), lambda: inputs.read(path, most), path)


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """A photo whose header is good: its upright size, and the sha256 of its file."""

    given: Given
    size: Size
    sha256: str


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two photos and how they are to be fused; `others` are further ones of the source's person."""

    target: Checked
    source: Checked
    settings: Settings
    others: tuple[Checked, ...] = ()

    @property
    def names(self) -> tuple[str, str]:
        """Of the two files."""
        return self.target.given.name, self.source.given.name

    @property
    def sources(self) -> tuple[Checked, ...]:
        """All photos of the source's person."""
        return self.source, *self.others

    @property
    def photos(self) -> tuple[Checked, ...]:
        """All of them, the target first."""
        return self.target, self.source, *self.others


@dataclass(frozen=True, slots=True, eq=False)
class Refused:
    """What cannot be used, and why. `row` is of the list of pairs, counting its header as 1; None without one."""

    name: str
    error: FusionError
    row: int | None = None

    def __post_init__(self) -> None:
        frameless(self.error)  # or it would keep the file of each

    @property
    def is_lost(self) -> bool:
        """Whether something is missing without it; what was given twice is not."""
        return self.error.reason not in (Reason.PHOTO_TWICE, Reason.PAIR_TWICE)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What a batch will be: the pairs in order, what was left out of it, and the files on this machine behind both."""

    pairs: tuple[Pair, ...] = ()
    refused: tuple[Refused, ...] = ()
    files: tuple[Path, ...] = ()

    @property
    def lost(self) -> tuple[Refused, ...]:
        """What was left out and is missing now."""
        return tuple(one for one in self.refused if one.is_lost)

    @property
    def photo_count(self) -> int:
        """How many different photos."""
        return len({one.sha256 for pair in self.pairs for one in pair.photos})


def check(given: Given, allowed: Limits) -> Checked:
    """The photo, if its header is good. Its bytes are let go at once.

    Raises:
        PhotoRejected: it cannot be used.
        FusionError: its bytes cannot be had.
    """
    decode.check_weight(given.file_bytes, allowed.photo)  # before any of it is in memory
    data = given.read()
    return Checked(given, decode.glance(data, allowed.photo), hashlib.sha256(data).hexdigest())
