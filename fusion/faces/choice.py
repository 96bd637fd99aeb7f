"""Which of the faces that were found is meant. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fusion.errors import NoFace, Reason
from fusion.face_setting import BySize, FaceChoice, WhichFace
from fusion.faces.finder import Face, Search, overlap
from fusion.types import Box, Role

# Of both boxes together, below which it is another face. 26 faces, looked for again in their photos at 0.5 to 1.5 times
# the size (the sample pair also at 0.25 to 6 times, and as JPEG of quality 10), shared 0.87 and more where they were
# found; the sample pair's centres moved by a hundredth of the width at most. `FaceFinder` takes two boxes that share
# half for one face, so that no two people's do.
LEAST_SHARED = 0.5
ALIKE = 0.03  # of the width; with other surroundings, a face's was measured to change by 0.01
_CHEEKS = (234, 454)


def largest(faces: Sequence[Face]) -> Face:
    """The widest of some faces; of several that are as wide, the first from the left."""
    return max(faces, key=lambda face: face.width_px)


def nearest(faces: Sequence[Face], box: Box) -> Face | None:
    """The face that fills `box`; None where none does."""
    best = max(faces, key=lambda face: overlap(face.box, box), default=None)
    return best if best is not None and overlap(best.box, box) >= LEAST_SHARED else None


def picked(faces: Sequence[Face], which: WhichFace) -> Face | None:
    """The face that is meant, None where it is not there.

    Args:
        faces: in the order of `Search.faces`.
    """
    if isinstance(which, Box):
        return nearest(faces, which)
    if isinstance(which, BySize):
        return _of_rank(faces, which.rank)
    if isinstance(which, int):
        return faces[which] if 0 <= which < len(faces) else None
    return largest(faces) if faces else None


def choose(search: Search, which: WhichFace, role: Role) -> Face:
    """The face that is meant.

    Raises:
        NoFace: there is none (`no_face`), only turned ones (`face_turned`), not as many (`face_index`), none where the
            chosen one was (`face_elsewhere`), or nobody can tell which one was meant (`face_by_size`).
    """
    if not search.faces:
        raise NoFace(Reason.FACE_TURNED if search.turned else Reason.NO_FACE, role=str(role))
    face = picked(search.faces, which)
    if face is None:
        raise _missing(which, len(search.faces), str(role))
    return face


def settled(faces: FaceChoice, target: Face, source: Face) -> FaceChoice:
    """The choice as it is kept, once its faces are known: "largest" stays, an index becomes the box of its face."""
    return FaceChoice(_settled(faces.target, target), _settled(faces.source, source))


def box_of(face: Face) -> Box:
    """Its box as it travels, px to a tenth."""
    box = face.box
    return Box(*(round(edge, 1) for edge in (box.left, box.top, box.right, box.bottom)))


def _settled(which: WhichFace, face: Face) -> WhichFace:
    return which if isinstance(which, str | Box) else box_of(face)


def _missing(which: WhichFace, count: int, role: str) -> NoFace:
    if isinstance(which, Box):
        x, y = which.centre
        return NoFace(Reason.FACE_ELSEWHERE, role=role, x=x, y=y, count=count)
    if isinstance(which, BySize) and which.rank < count:
        return NoFace(Reason.FACE_BY_SIZE, role=role, count=count)
    index = which.rank if isinstance(which, BySize) else which
    assert isinstance(index, int)  # "largest" is missing only where there is no face at all
    return NoFace(Reason.FACE_INDEX, index=index, role=role, count=count)


def _of_rank(faces: Sequence[Face], rank: int) -> Face | None:
    """By the measure by which they were ordered then; None also where another one is about as large."""
    widths = sorted(((_cheeks_px(face), face) for face in faces), key=lambda each: -each[0])
    if rank >= len(widths):
        return None
    width, face = widths[rank]
    alike = sum(abs(other - width) <= ALIKE * width for other, _ in widths)
    return face if alike == 1 else None


def _cheeks_px(face: Face) -> float:
    left, right = face.landmarks[list(_CHEEKS)]
    return float(np.linalg.norm(right - left))
