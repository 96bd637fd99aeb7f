"""Pairs of photos from a folder that somebody names, for measuring: some that are fitted to, others that are not.

Of the photos in which one face is found, by their names, the first four are `UNSEEN`'s, and `SEEN` goes from the last
one up, each the target of the next one. The sizes of the two have nothing in common either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path

from benchmarks.shared import common
from fusion.faces import FaceFinder
from fusion.photos import decode
from fusion.types import Role

COUNT = 4
# Longer side of the target, and how far the source's is longer than the sample's.
UNSEEN = ((1531, 1.7), (2711, 3.1), (3989, 5.3))
SEEN = ((1200, 1.2), (2000, 2.4), (3400, 4.2), (3400, 1.2), (1200, 4.2), (4400, 6.0))

Pair = tuple[tuple[Path, Path], int, float]


def unseen(folder: Path) -> list[Pair]:
    """Pairs that are in no fit, each with the target's longer side and the source's scale.

    Raises:
        ValueError: too few of the photos have one face.
    """
    photos = list(islice(_with_faces(sorted(folder.iterdir())), COUNT))
    if len(photos) < COUNT:
        raise ValueError(f"photos with one face: {len(photos)} of the {COUNT} that are needed")
    return [(photo, *size) for size in UNSEEN for photo in pairwise(photos)]


def seen(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Pairs to fit to, of which some may be refused."""
    names = sorted(folder.iterdir())
    apart = set(islice(_with_faces(names), COUNT))
    yield from pairwise(_with_faces([name for name in reversed(names) if name not in apart]))


def _with_faces(paths: Sequence[Path]) -> Iterator[Path]:
    with FaceFinder() as finder:
        for path in paths:
            is_photo = path.suffix.lower() in common.PHOTO_SUFFIXES
            if is_photo and len(finder.find(decode.read(path.read_bytes(), Role.TARGET).pixels).faces) == 1:
                yield path
