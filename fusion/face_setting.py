"""Which face of each photo, as settings say it: "largest", an index, or the face's box; and whose face comes where.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from fusion import setting_errors
from fusion.errors import Phrase, PhraseCode, Reason, SettingsInvalid
from fusion.types import Box

LARGEST = "largest"
ALL = "all"  # in a map: every face of the target
MAX_SOURCES = 8  # source photos of one job
MAX_MAPPED = 64  # faces of one photo that are fused in one job
_MAX_INDEX = 9999  # no photo has as many faces
_MAX_EDGE = 1_000_000  # px; no face reaches so far over the edge of a photo


@dataclass(frozen=True, slots=True)
class BySize:
    """The face of a rank in size, 0 the largest: what an index meant before faces were counted from left to right.

    Nobody chooses so any more; older jobs and recipes did.
    """

    rank: int


# "largest"; an index from 0, counted from left to right; or the box of the face, px of the upright photo. As soon as
# the photo's faces are known an index becomes a box: whoever looks again, with whatever detector, finds that face.
WhichFace = str | int | Box | BySize


@dataclass(frozen=True, slots=True)
class FaceChoice:
    """Which face of each photo.

    Raises:
        SettingsInvalid: it is no choice, or a damaged box.
    """

    target: WhichFace = LARGEST
    source: WhichFace = LARGEST

    def __post_init__(self) -> None:
        for name in ("target", "source"):
            value = getattr(self, name)
            if not _is_face(value):
                raise setting_errors.wrong(f"faces.{name}", _to_json(value), Phrase(PhraseCode.FACE))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {"target": _to_json(self.target), "source": _to_json(self.source)}

    @classmethod
    def from_json(cls, data: object) -> FaceChoice:
        """A choice from JSON types; a photo that is left out keeps its default.

        Raises:
            SettingsInvalid: not an object, an unknown key, a wrong value.
        """
        if not isinstance(data, Mapping):
            example = Phrase(PhraseCode.LIKE, {"example": '{"target": "largest", "source": 0}'})
            raise setting_errors.wrong("faces", data, example)
        for key in data:
            if key not in ("target", "source"):
                raise setting_errors.unknown(f"faces.{key}", "target, source")
        return cls(**{role: _parsed(face) for role, face in data.items()})


@dataclass(frozen=True, slots=True)
class Mapped:
    """One line of a map: a face of the target, and whose face comes there.

    Attributes:
        face: of the target; `ALL` is each of them.
        photo: its place among the source photos, from 0.
        source: the face of that photo.

    Raises:
        SettingsInvalid: a value is wrong.
    """

    face: WhichFace
    photo: int
    source: WhichFace = LARGEST

    def __post_init__(self) -> None:
        for name in ("face", "source"):
            value = getattr(self, name)
            if not _is_face(value) and (name, value) != ("face", ALL):
                raise setting_errors.wrong(f"map.{name}", _to_json(value), Phrase(PhraseCode.FACE))
        if not is_place(self.photo):
            places = Phrase(PhraseCode.RANGE, {"low": 0, "high": MAX_SOURCES - 1})
            raise setting_errors.wrong("map.photo", self.photo, places)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {"face": _to_json(self.face), "photo": self.photo, "source": _to_json(self.source)}

    @classmethod
    def from_json(cls, data: object) -> Self:
        """A line from JSON types; the face of the source may be left out.

        Raises:
            SettingsInvalid: not an object, an unknown key, one that is missing, a wrong value.
        """
        if not isinstance(data, Mapping) or not {"face", "photo"} <= data.keys():
            raise setting_errors.wrong("map", data, Phrase(PhraseCode.LIKE, {"example": _MAP}))
        for key in data:
            if key not in ("face", "photo", "source"):
                raise setting_errors.unknown(f"map.{key}", "face, photo, source")
        return cls(_parsed(data["face"]), data["photo"], _parsed(data.get("source", LARGEST)))


_MAP = '[{"face": 0, "photo": 0}, {"face": 2, "photo": 1}]'


def map_from_json(data: object) -> tuple[Mapped, ...]:
    """A map from JSON types.

    Raises:
        SettingsInvalid: not a list, or a line is wrong.
    """
    if not isinstance(data, Sequence) or isinstance(data, str):
        raise setting_errors.wrong("map", data, Phrase(PhraseCode.LIKE, {"example": _MAP}))
    return tuple(map(Mapped.from_json, data))


def check_map(lines: Sequence[Mapped]) -> None:
    """Refuse a map that gives a face two sources, or that is too long.

    Raises:
        SettingsInvalid: "face_mapped_twice"; "setting_value".
    """
    if len(lines) > MAX_MAPPED:
        raise setting_errors.wrong("map", len(lines), Phrase(PhraseCode.RANGE, {"low": 0, "high": MAX_MAPPED}))
    faces = [line.face for line in lines]
    twice = next((face for at, face in enumerate(faces) if face in faces[:at]), None)
    if ALL in faces and len(faces) > 1:
        twice = ALL
    if twice is not None:
        raise SettingsInvalid(Reason.FACE_MAPPED_TWICE, face=str(_to_json(twice)))


def is_place(value: object) -> bool:
    """Whether it is a place among source photos."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MAX_SOURCES


def _parsed(value: Any) -> Any:
    """A box is {"box": [left, top, right, bottom]} or the list alone."""
    if isinstance(value, Mapping) and set(value) == {"by_size"}:
        return BySize(value["by_size"])
    edges = value["box"] if isinstance(value, Mapping) and set(value) == {"box"} else value
    return Box(*edges) if isinstance(edges, list | tuple) and len(edges) == 4 else value


def _to_json(face: WhichFace) -> Any:
    if isinstance(face, Box):
        return {"box": [face.left, face.top, face.right, face.bottom]}
    return {"by_size": face.rank} if isinstance(face, BySize) else face


def _is_face(value: object) -> bool:
    if isinstance(value, Box):
        edges = (value.left, value.top, value.right, value.bottom)
        return all(_is_number(edge) and abs(edge) <= _MAX_EDGE for edge in edges) and value.area > 0
    index = value.rank if isinstance(value, BySize) else value
    return value == LARGEST or (isinstance(index, int) and _is_number(index) and 0 <= index <= _MAX_INDEX)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
