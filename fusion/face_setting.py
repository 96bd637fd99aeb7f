"""Which face of each photo, as settings say it: "largest", an index, or the face's box. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fusion import setting_errors
from fusion.errors import Phrase, PhraseCode
from fusion.types import Box

LARGEST = "largest"
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
