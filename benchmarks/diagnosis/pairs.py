"""Which photos are fused cleanly: single heads, and pairs of them in which nothing is wrong before the fusion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from advisor.quality import measure
from advisor.recommendation import face_look
from advisor.recommendation.face_look import Look
from benchmarks.shared import common
from fusion.faces import Face, FaceFinder
from fusion.photos import Format, Photo, decode
from fusion.photos.encoder import encode
from fusion.types import Role

BLURRED = 0.6  # scikit-image's blur_effect of a target's face: more is a fault of its own
LEAST_PX = 85.0  # of a face
TURNED_APART = 24.0  # degrees of yaw or pitch at most
COVERED = 0.25  # of a face at most
SOURCE_LEAST = 0.87  # of the target's face's width: enlarged by 15 % at most
UNLIKE_LIGHT = 0.2  # both lit from the side by as much, from opposite sides


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """One photo with one face. `data` is its file."""

    name: str
    data: bytes
    photo: Photo
    face: Face
    look: Look


@dataclass(frozen=True, slots=True, eq=False)
class CleanPair:
    """Photos that fuse well. Thresholds are set on those that are not `held_out`."""

    target: Head
    source: Head
    held_out: bool

    @property
    def name(self) -> str:
        return f"{self.target.name} <- {self.source.name}"


def heads(places: Sequence[Path], finder: FaceFinder) -> list[Head]:
    """The sample pair's heads and those in the photos given; a photo with several faces or none is left out."""
    found: list[Head] = []
    for portrait in (*common.sample_portraits(), *common.portraits(places)):
        faces = finder.find(portrait.target.pixels).faces
        if len(faces) == 1:
            data = encode(portrait.target.pixels, Format.PNG)
            look = face_look.look(portrait.target.pixels, faces[0], len(data))
            found.append(Head(portrait.name, data, decode.read(data, Role.TARGET), faces[0], look))
    return found


def clean_pairs(found: Sequence[Head], most: int) -> list[CleanPair]:
    """As many pairs as `most`: every photo is a target once at most and a source twice, and is in one half alone.

    The halves are every other head of those that are in some pair at all: thresholds are set on the first.
    """
    usable = [head for head in found if any(_fits(head, other) or _fits(other, head) for other in found)]
    halves = usable[::2], usable[1::2]
    chosen = [_of_half(half, held_out=bool(index)) for index, half in enumerate(halves)]
    return [*chosen[0][: -(-most // 2)], *chosen[1][: most // 2]]


def _of_half(half: Sequence[Head], *, held_out: bool) -> list[CleanPair]:
    pairs: list[CleanPair] = []
    uses = dict.fromkeys((head.name for head in half), 0)
    for target in half:
        fitting = [source for source in half if _fits(target, source) and uses[source.name] < 2]
        if fitting and _blur(target) <= BLURRED:
            source = min(fitting, key=lambda head: (uses[head.name], abs(head.face.yaw - target.face.yaw)))
            uses[source.name] += 1
            pairs.append(CleanPair(target, source, held_out))
    return pairs


def _blur(head: Head) -> float:
    return measure.measure_face(head.photo.pixels, head.face).blur


def _fits(target: Head, source: Head) -> bool:
    """Whether nothing is wrong with the pair: sizes, poses, light, and nothing in front of the faces."""
    one, other = target.look, source.look
    return (
        target is not source
        and target.photo.sha256 != source.photo.sha256
        and min(one.width_px, other.width_px) >= LEAST_PX
        and other.width_px >= SOURCE_LEAST * one.width_px
        and abs(one.yaw - other.yaw) <= TURNED_APART
        and abs(one.pitch - other.pitch) <= TURNED_APART
        and max(one.covered, other.covered) <= COVERED
        and not (min(one.light, other.light) < -UNLIKE_LIGHT and max(one.light, other.light) > UNLIKE_LIGHT)
    )
