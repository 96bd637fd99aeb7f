"""The facts of a job that is done: what `--json` prints of it, and what pages tell. Standard library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from fusion.declared import Consent
from fusion.face_facts import FaceFacts, MappedFacts, likeness_in, number_in, text_in, whole_in
from fusion.inspected import Inspection
from fusion.memory import Step
from fusion.notices import Notice
from fusion.settings import Settings
from fusion.sizing import Rect, StageCost
from fusion.types import Box, EngineName, Likeness, Role, Size
from fusion.verdict import Suitability

_KEYS = frozenset(
    {
        *("output", "width", "height", "engine", "device", "seconds", "region", "heads", "peak_bytes", "stages"),
        *(
            "faces",
            "mapped",
            "sources",
            "settings",
            "steps",
            "notices",
            "suitability",
            "likeness",
            "inspection",
            "consent",
        ),
    }
)
_NOWHERE = (0, 0, 0, 0)


class Use(StrEnum):
    """What became of a source photo: why it was used, or why not."""

    ONLY = "only"  # used: there was no other
    BEST = "best"  # used: it suits the target better than the others
    PICKED = "picked"  # used: somebody chose it
    AVERAGED = "averaged"  # used: who a person is was learnt from several
    MAPPED = "mapped"  # used: a map names it for a face
    WORSE = "worse"
    NOT_PICKED = "not_picked"
    UNLIKE = "unlike"  # it seems to be somebody else
    NO_FACE = "no_face"

    @property
    def is_used(self) -> bool:
        return self in (Use.ONLY, Use.BEST, Use.PICKED, Use.AVERAGED, Use.MAPPED)


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
            sha256=text_in(data["sha256"]),
            use=Use(data["use"]),
            merits=tuple(map(text_in, data["merits"])),
            mirrored_for=text_in(data["mirrored_for"] or ""),
            measures={text_in(name): number_in(value) for name, value in data["measures"].items()},
        )


def first_used(sources: Sequence[SourceFacts]) -> int:
    """The place of the source photo that was used, or of the first of those that were."""
    return next((at for at, source in enumerate(sources) if source.use.is_used), 0)


@dataclass(frozen=True, slots=True)
class Facts:
    """What came of a job.

    Attributes:
        output: the file that was written; None of a fusion that a script has, and has not saved.
        size: of the picture, px.
        engine: that fused; not `auto`.
        device: as the pipeline names it: "cpu", or the card's name.
        seconds: the whole job, reading and writing included.
        region: px outside which the picture is the target; empty where nothing was fused.
        peak_bytes: as of `Measurement`.
        stages: what was done, in order, with its seconds.
        target_face, source_face: that were used, px of their photos; of several source photos the first that was used.
        mapped: each face that a map named, in order; then the two faces and the likeness above are of the one that is
            least like its source, `suitability` is the worst of them, and `inspection` is of all.
        sources: every source photo that was given, in order; none where an older version made it.
        settings: with which it ran in the end.
        steps: the rungs of the ladder that it took.
        suitability: how well the two faces go together; None where nothing was fused, or an older version did it.
        inspection: what looked wrong in the result; None where nothing was fused, or an older version did it.
        likeness: of the result to both photos; None where nothing was fused or it could not be measured.
        consent: of the people in the photos; None where nobody was asked, or an older version did not keep it.
        heads: boxes of all faces that are in the picture, px of it, to a tenth; none where an older version made it.
    """

    output: Path | None
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
    consent: Consent | None = None
    heads: tuple[Box, ...] = ()
    mapped: tuple[MappedFacts, ...] = ()

    @property
    def to_keep_clear(self) -> tuple[Box, ...]:
        """What nothing shall be drawn over: every face; where these are not known, all that may have been fused."""
        area = self.region
        return self.heads or (Box(area.left, area.top, area.left + area.width, area.top + area.height),)

    @property
    def source_index(self) -> int:
        """Which source photo was used, or the first of those that were; of a map that of the least alike face."""
        told = self.told_face
        return first_used(self.sources) if told is None else told.photo

    @property
    def told_face(self) -> MappedFacts | None:
        """Of the faces that a map named the one whose boxes are told; None without a map."""
        return next((face for face in self.mapped if face.target_face == self.target_face), None)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types, every field present: the command line's contract."""
        return {
            "output": None if self.output is None else str(self.output),
            "width": self.size.width,
            "height": self.size.height,
            "engine": str(self.engine),
            "device": self.device,
            "seconds": self.seconds,
            "region": [self.region.left, self.region.top, self.region.width, self.region.height],
            "heads": [[head.left, head.top, head.right, head.bottom] for head in self.heads],
            "peak_bytes": self.peak_bytes,
            "stages": [{"stage": str(cost.stage), "seconds": cost.seconds} for cost in self.stages],
            "faces": {Role.TARGET.value: self.target_face.to_json(), Role.SOURCE.value: self.source_face.to_json()},
            "mapped": [face.to_json() for face in self.mapped],
            "sources": [source.to_json() for source in self.sources],
            "settings": self.settings.to_json(),
            "steps": [step.to_json() for step in self.steps],
            "notices": [notice.to_json() for notice in self.notices],
            "suitability": None if self.suitability is None else self.suitability.to_json(),
            "likeness": None if self.likeness is None else asdict(self.likeness),
            "inspection": None if self.inspection is None else self.inspection.to_json(),
            "consent": None if self.consent is None else self.consent.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` gave; what older versions did not tell may be missing: all that has a default here.

        Raises:
            KeyError, TypeError, ValueError, SettingsInvalid: it is something else.
        """
        if strangers := data.keys() - _KEYS:
            raise ValueError(f"nobody knows what {', '.join(sorted(strangers))} may be")
        judged, looked, consent = data.get("suitability"), data.get("inspection"), data.get("consent")
        faces = {Role(role): FaceFacts.from_json(face) for role, face in data["faces"].items()}
        return cls(
            output=None if data["output"] is None else Path(data["output"]),
            size=Size(whole_in(data["width"]), whole_in(data["height"])),
            engine=EngineName(data["engine"]),
            device=text_in(data["device"]),
            seconds=number_in(data["seconds"]),
            region=Rect(*map(whole_in, data.get("region", _NOWHERE))),
            peak_bytes=whole_in(data["peak_bytes"]),
            stages=tuple(StageCost.from_json(cost) for cost in data["stages"]),
            target_face=faces[Role.TARGET],
            source_face=faces[Role.SOURCE],
            settings=Settings.from_json(data["settings"]),
            steps=tuple(Step.from_json(step) for step in data.get("steps", ())),
            notices=tuple(Notice.from_json(notice) for notice in data["notices"]),
            suitability=None if judged is None else Suitability.from_json(judged),
            likeness=likeness_in(data.get("likeness")),
            inspection=None if looked is None else Inspection.from_json(looked),
            sources=tuple(SourceFacts.from_json(source) for source in data.get("sources", ())),
            consent=None if consent is None else Consent.from_json(consent),
            mapped=tuple(MappedFacts.from_json(face) for face in data.get("mapped", ())),
            heads=tuple(Box(*map(number_in, head)) for head in data.get("heads", ())),
        )
