"""What a job is for whoever predicts its cost, and what it cost. Pure: standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from fusion.types import EngineName, Precision, Size, Stage

HOST = "cpu"  # the device of what the processor computes


@dataclass(frozen=True, slots=True)
class Workload:
    """Sizes only: all that a prediction of memory and time may know. Hashable.

    Attributes:
        engine: not `auto`.
        precision: not `auto`.
        output: the size that comes out.
        face_px: width of the face in the output; 0 where the target stays as it is.
        room_px: pixels of the output that the engine looks at or changes (`fusion.sizing.workload`).
        source_px: width of the source's face in its own photo.
        photos_px: pixels of both photos together.
        two_stage: whether a second stage follows.
        enlarged_px: pixels that a network or Lanczos enlarges for the second stage; 0 where nothing is.
        enlarger: which kind of enlarger would (`fusion.upscale.base.Kind`); "" where nothing is.
        faces: how many are fused, one after the other; the other sizes are of the largest.
        strip_rows: how many rows of a map the unet engine's enhancer makes at once, to save memory; 0: no saving.
        lends: whether its weights lie on the host and are lent to the card, to save more.
        source_photo_px: of `photos_px`, those of the source's photo; 0 in rows of older versions.
    """

    engine: EngineName
    precision: Precision
    output: Size
    face_px: int
    room_px: int
    source_px: int
    photos_px: int
    two_stage: bool = False
    enlarged_px: int = 0
    enlarger: str = ""
    faces: int = 1
    strip_rows: int = 0
    lends: bool = False
    source_photo_px: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types, every field present."""
        return asdict(self) | {"output": [self.output.width, self.output.height]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` gave.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        enums = {"engine": EngineName(data["engine"]), "precision": Precision(data["precision"])}
        return cls(**{**data, **enums, "output": Size(*data["output"])})


_ONCE_KEPT = ("device_bytes", "host_bytes")  # of each stage


@dataclass(frozen=True, slots=True)
class StageCost:
    """What one stage took."""

    stage: Stage
    seconds: float

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `asdict` gave. An older version kept the peaks of memory beside it, which nobody has ever read.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        return cls(**{**{key: data[key] for key in data if key not in _ONCE_KEPT}, "stage": Stage(data["stage"])})


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one job took, reading and writing included.

    Attributes:
        device: as the pipeline names it: "cpu", or the card's name.
        seconds: the whole job.
        peak_bytes: reserved on the card at the peak; without a card, resident in the process.
        rest_bytes: the same before the job began.
        host_peak_bytes: resident in the process at the peak, with a card too.
        stages: what was done, in order. What the process remembered is missing or took no time: `is_new` says so.
        is_new: whether photos were read, faces found and the fusion made for this job, and nothing was remembered.
        versions: of what did the work.
        made: when it ended, ISO 8601 in UTC.
        tile_px: side of the second stage's tiles, 0 without one.
        is_first: whether it was the first of its process, or of a pipeline in it: the libraries and the small models
            that every job needs were loaded within its stages, and are missing from `rest_bytes`. Rows of older
            versions do not say so.
        reading_bytes: resident in the process at the peak of decoding the photos and looking for faces in them, before
            the fusion; 0 in rows of older versions. Where it equals the peak, the fusion took less.
        threads: that the processor computed on (`fusion.memory.cores.chosen`); 0 in rows of older versions.
    """

    workload: Workload
    device: str
    seconds: float
    peak_bytes: int
    rest_bytes: int
    host_peak_bytes: int
    stages: tuple[StageCost, ...]
    is_new: bool
    versions: Mapping[str, str]
    made: str = ""
    tile_px: int = 0
    is_first: bool = False
    reading_bytes: int = 0
    threads: int = 0

    @property
    def is_on_host(self) -> bool:
        """Whether the processor computed, so that all memory was the process's."""
        return self.device == HOST

    @property
    def is_cold(self) -> bool:
        """Whether networks were loaded for it."""
        return any(cost.stage == Stage.LOAD for cost in self.stages)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types, every field present."""
        return asdict(self) | {"workload": self.workload.to_json(), "versions": dict(self.versions)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` gave.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        stages = tuple(StageCost.from_json(cost) for cost in data["stages"])
        return cls(**{**data, "workload": Workload.from_json(data["workload"]), "stages": stages})
