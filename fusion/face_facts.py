"""The facts of the faces of a job that is done. Standard library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from fusion.inspected import Inspection
from fusion.sizing import Rect
from fusion.types import Box, Likeness, Role
from fusion.verdict import Suitability

_NUMBERS = ("width_px", "inter_eye_px", "yaw", "pitch", "roll", "score")


@dataclass(frozen=True, slots=True)
class FaceFacts:
    """A face that was used, in rounded numbers.

    Attributes:
        box: px of its photo, to a tenth.
        width_px, inter_eye_px: px of its photo.
        yaw, pitch, roll: degrees.
        score: of the detector, 0…1.
    """

    box: Box
    width_px: float
    inter_eye_px: float
    yaw: float
    pitch: float
    roll: float
    score: float

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types."""
        box = self.box
        numbers = {name: getattr(self, name) for name in _NUMBERS}
        return {"box": [box.left, box.top, box.right, box.bottom], **numbers}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` gave.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        box = Box(*map(number_in, data["box"]))
        return cls(box, **{name: number_in(value) for name, value in data.items() if name != "box"})


@dataclass(frozen=True, slots=True)
class MappedFacts:
    """One of the faces that a map named.

    Attributes:
        photo: the place of its source photo, from 0.
        target_face, source_face: px of their photos.
        region: px of the picture outside which this face has changed nothing.
        suitability, inspection, likeness: as of `Facts`, of this face alone.
    """

    photo: int
    target_face: FaceFacts
    source_face: FaceFacts
    region: Rect
    suitability: Suitability | None = None
    inspection: Inspection | None = None
    likeness: Likeness | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types, every field present."""
        return {
            "photo": self.photo,
            "faces": {Role.TARGET.value: self.target_face.to_json(), Role.SOURCE.value: self.source_face.to_json()},
            "region": [self.region.left, self.region.top, self.region.width, self.region.height],
            "suitability": None if self.suitability is None else self.suitability.to_json(),
            "inspection": None if self.inspection is None else self.inspection.to_json(),
            "likeness": None if self.likeness is None else asdict(self.likeness),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` gave.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        judged, looked = data["suitability"], data["inspection"]
        faces = {Role(role): FaceFacts.from_json(face) for role, face in data["faces"].items()}
        return cls(
            photo=whole_in(data["photo"]),
            target_face=faces[Role.TARGET],
            source_face=faces[Role.SOURCE],
            region=Rect(*map(whole_in, data["region"])),
            suitability=None if judged is None else Suitability.from_json(judged),
            inspection=None if looked is None else Inspection.from_json(looked),
            likeness=likeness_in(data["likeness"]),
        )


def likeness_in(data: Mapping[str, Any] | None) -> Likeness | None:
    """A likeness from JSON types; None where there is none."""
    return None if data is None else Likeness(**{name: number_in(value) for name, value in data.items()})


def number_in(value: Any) -> float:
    """The number that a value is; TypeError where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    return value


def whole_in(value: Any) -> int:
    """The whole number that a value is; TypeError where it is none."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} is no whole number")
    return value


def text_in(value: Any) -> str:
    """The text that a value is; TypeError where it is none."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
