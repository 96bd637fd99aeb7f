"""The facts of a job that is done: what `--json` prints of it, and what pages tell. Standard library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from fusion.inspected import Inspection
from fusion.memory import Step
from fusion.notices import Notice
from fusion.settings import Settings
from fusion.sizing import Rect, StageCost
from fusion.types import Box, EngineName, Likeness, Role, Size
from fusion.verdict import Suitability

_KEYS = frozenset(
    {
        *("output", "width", "height", "engine", "device", "seconds", "region", "peak_bytes", "stages"),
        *("faces", "sources", "settings", "steps", "notices", "suitability", "likeness", "inspection"),
    }
)
_NOWHERE = (0, 0, 0, 0)
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
        box = Box(*map(_number, data["box"]))
        return cls(box, **{name: _number(value) for name, value in data.items() if name != "box"})


class Use(StrEnum):
    """What became of a source photo: why it was used, or why not."""

    ONLY = "only"  # used: there was no other
    BEST = "best"  # used: it suits the target better than the others
    PICKED = "picked"  # used: somebody chose it
    AVERAGED = "averaged"  # used: who a person is was learnt from several
    WORSE = "worse"
    NOT_PICKED = "not_picked"
    UNLIKE = "unlike"  # it seems to be somebody else
    NO_FACE = "no_face"

    @property
    def is_used(self) -> bool:
        return self in (Use.ONLY, Use.BEST, Use.PICKED, Use.AVERAGED)


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """One of the source photos, in the order in which they were given.

    Attributes:
        sha256: of its file.
        merits: of the one that suits best: in what it is clearly better than the others, what tells most first.
        mirrored_for: why it was used as a mirror shows it; "" where it was not.
        measures: what was measured of it: `degrees` between the heads, how far the `light` of the two is apart (0…2),
            `detail_px` across the face, the share that is `lacking` of the face that the target shows.
    """

    sha256: str
    use: Use
    merits: tuple[str, ...] = ()
    mirrored_for: str = ""
    measures: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {
            "sha256": self.sha256,
            "used": self.use.is_used,
            "use": str(self.use),
            "merits": list(self.merits),
            "mirrored_for": self.mirrored_for or None,
            "measures": dict(self.measures),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` gave.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        return cls(
            sha256=_text(data["sha256"]),
            use=Use(data["use"]),
            merits=tuple(map(_text, data["merits"])),
            mirrored_for=_text(data["mirrored_for"] or ""),
            measures={_text(name): _number(value) for name, value in data["measures"].items()},
        )


def first_used(sources: Sequence[SourceFacts]) -> int:
    """The place of the source photo that was used, or of the first of those that were."""
    return next((at for at, source in enumerate(sources) if source.use.is_used), 0)


@dataclass(frozen=True, slots=True)
class Facts:
    """What came of a job.

    Attributes:
        output: the file that was written.
        size: of the picture, px.
        engine: that fused; not `auto`.
        device: as the pipeline names it: "cpu", or the card's name.
        seconds: the whole job, reading and writing included.
        region: px outside which the picture is the target; empty where nothing was fused.
        peak_bytes: as of `Measurement`.
        stages: what was done, in order, with its seconds.
        target_face, source_face: that were used, px of their photos; of several source photos the first that was used.
        sources: every source photo that was given, in order; none where an older version made it.
        settings: with which it ran in the end.
        steps: the rungs of the ladder that it took.
        suitability: how well the two faces go together; None where nothing was fused, or an older version did it.
        inspection: what looked wrong in the result; None where nothing was fused, or an older version did it.
        likeness: of the result to both photos; None where nothing was fused or it could not be measured.
    """

    output: Path
    size: Size
    engine: EngineName
    device: str
    seconds: float
    region: Rect
    peak_bytes: int
    stages: tuple[StageCost, ...]
    target_face: FaceFacts
    source_face: FaceFacts
    settings: Settings
    steps: tuple[Step, ...]
    notices: tuple[Notice, ...]
    suitability: Suitability | None = None
    likeness: Likeness | None = None
    inspection: Inspection | None = None
    sources: tuple[SourceFacts, ...] = ()

    @property
    def source_index(self) -> int:
        """Which source photo was used, or the first of those that were."""
        return first_used(self.sources)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types, every field present: the command line's contract."""
        return {
            "output": str(self.output),
            "width": self.size.width,
            "height": self.size.height,
            "engine": str(self.engine),
            "device": self.device,
            "seconds": self.seconds,
            "region": [self.region.left, self.region.top, self.region.width, self.region.height],
            "peak_bytes": self.peak_bytes,
            "stages": [{"stage": str(cost.stage), "seconds": cost.seconds} for cost in self.stages],
            "faces": {Role.TARGET.value: self.target_face.to_json(), Role.SOURCE.value: self.source_face.to_json()},
            "sources": [source.to_json() for source in self.sources],
            "settings": self.settings.to_json(),
            "steps": [step.to_json() for step in self.steps],
            "notices": [notice.to_json() for notice in self.notices],
            "suitability": None if self.suitability is None else self.suitability.to_json(),
            "likeness": None if self.likeness is None else asdict(self.likeness),
            "inspection": None if self.inspection is None else self.inspection.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` gave; what older versions did not tell may be missing: all that has a default here.

        Raises:
            KeyError, TypeError, ValueError, SettingsInvalid: it is something else.
        """
        if strangers := data.keys() - _KEYS:
            raise ValueError(f"nobody knows what {', '.join(sorted(strangers))} may be")
        judged, looked = data.get("suitability"), data.get("inspection")
        faces = {Role(role): FaceFacts.from_json(face) for role, face in data["faces"].items()}
        return cls(
            output=Path(data["output"]),
            size=Size(_whole(data["width"]), _whole(data["height"])),
            engine=EngineName(data["engine"]),
            device=_text(data["device"]),
            seconds=_number(data["seconds"]),
            region=Rect(*map(_whole, data.get("region", _NOWHERE))),
            peak_bytes=_whole(data["peak_bytes"]),
            stages=tuple(StageCost.from_json(cost) for cost in data["stages"]),
            target_face=faces[Role.TARGET],
            source_face=faces[Role.SOURCE],
            settings=Settings.from_json(data["settings"]),
            steps=tuple(Step.from_json(step) for step in data.get("steps", ())),
            notices=tuple(Notice.from_json(notice) for notice in data["notices"]),
            suitability=None if judged is None else Suitability.from_json(judged),
            likeness=_likeness(data.get("likeness")),
            inspection=None if looked is None else Inspection.from_json(looked),
            sources=tuple(SourceFacts.from_json(source) for source in data.get("sources", ())),
        )


def _likeness(data: Mapping[str, Any] | None) -> Likeness | None:
    return None if data is None else Likeness(**{name: _number(value) for name, value in data.items()})


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} is no whole number")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
