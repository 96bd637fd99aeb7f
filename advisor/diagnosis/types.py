"""What a diagnosis says: findings, the likeliest first, each with evidence and a remedy. Nouns alone. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from advisor.diagnosis.messages import SENTENCES
from advisor.quality import Measures
from fusion.errors import Detail
from fusion.settings import Settings


class Symptom(StrEnum):
    """What a user sees."""

    BLURRY = "blurry"
    SEAM = "seam"
    SLOW = "slow"
    NO_FACE = "no_face"  # also: nothing has changed, or it is the wrong person


class Level(StrEnum):
    """Whether a result that has it should be shown to anybody."""

    SERIOUS = "serious"
    MINOR = "minor"


class Cause(StrEnum):
    """Why. Each is a key of `advisor.diagnosis.messages.SENTENCES`."""

    # blurry or distorted
    SOURCE_SMALL = "source_small"
    ENLARGED = "enlarged"
    DOWNGRADED = "downgraded"
    SOURCE_BLURRED = "source_blurred"
    TARGET_BLURRED = "target_blurred"
    FACE_SMALL = "face_small"
    OVER_SMOOTHED = "over_smoothed"
    STRETCHED = "stretched"
    SOURCE_COMPRESSED = "source_compressed"
    RESULT_COMPRESSED = "result_compressed"
    FACE_SOFT = "face_soft"  # softer than the photo around it, and nothing else says why
    # seams
    MASK_HARD = "mask_hard"
    BORDER_SHOWS = "border_shows"
    COLOUR_STEP = "colour_step"
    EXPOSURE_STEP = "exposure_step"
    MODE_UNLIKE_LIGHT = "mode_unlike_light"
    SMOOTHING_OUTSIDE = "smoothing_outside"
    HEADS_APART = "heads_apart"
    LIGHT_APART = "light_apart"
    COVERED = "covered"
    GRAIN_DIFFERS = "grain_differs"
    # what looks wrong within the face, whatever made it
    LOOKS_PATCHED = "looks_patched"
    LOOKS_UNEVEN = "looks_uneven"
    LOOKS_BLACK_EYED = "looks_black_eyed"
    LOOKS_CUT = "looks_cut"
    LOOKS_GHOSTLY = "looks_ghostly"
    LOOKS_SMEARED = "looks_smeared"
    LOOKS_ASHEN = "looks_ashen"
    # no face, nothing changed, the wrong person
    NO_FACE = "no_face"
    FACE_TINY = "face_tiny"
    FACE_TURNED = "face_turned"
    FACE_DARK = "face_dark"
    RATIO_LOW = "ratio_low"
    UNCHANGED = "unchanged"
    OTHER_FACE = "other_face"
    # somebody else is to be seen than the source, and why
    UNLIKE_RATIO = "unlike_ratio"
    UNLIKE_MIRROR = "unlike_mirror"
    UNLIKE_POSE = "unlike_pose"
    UNLIKE_SOFT = "unlike_soft"
    UNLIKE_ENGINE = "unlike_engine"
    UNLIKE_SOURCE = "unlike_source"  # for none of these reasons
    # slow, stuck, timed out
    FILE_LARGE = "file_large"
    WORKER_COLD = "worker_cold"
    WORKER_DEAD = "worker_dead"
    WORKER_DIED = "worker_died"
    MEMORY_HELD = "memory_held"
    MEMORY_TIGHT = "memory_tight"
    OUT_OF_MEMORY = "out_of_memory"
    LEFTOVER_WORKER = "leftover_worker"
    SECOND_APP = "second_app"
    ON_PROCESSOR = "on_processor"
    TORCH_WITHOUT_CUDA = "torch_without_cuda"
    TORCH_WITHOUT_CODE = "torch_without_code"
    DRIVER_OLD = "driver_old"
    DRIVER_BROKEN = "driver_broken"
    QUEUE_LONG = "queue_long"
    CORES_TAKEN = "cores_taken"  # by other programs
    DISK_FULL = "disk_full"
    DISK_SILENT = "disk_silent"  # as a network share whose server is gone
    PROCESSES_SILENT = "processes_silent"
    LIMITED = "limited"  # a container's limit on memory or cores
    CARD_HELD_BACK = "card_held_back"  # by heat or power
    TIMED_OUT = "timed_out"
    DATABASE = "database"
    CHECK_MISSING = "check_missing"  # of photos, before they are fused: nothing is
    UNSIGNED = "unsigned"  # results that are to be signed, and cannot: none is given out


class Action(StrEnum):
    """What mends it where no setting does; a page offers a button for what it can do itself."""

    RESTART_WORKER = "restart_worker"
    RELEASE_MEMORY = "release_memory"
    END_LEFTOVER = "end_leftover"
    RETRY = "retry"
    FUSE_HERE = "fuse_here"  # a result of another tool: fuse the same photos with this one
    OTHER_SOURCE = "other_source"
    OTHER_TARGET = "other_target"
    CHOOSE_FACE = "choose_face"
    FREE_DISK = "free_disk"
    WAIT = "wait"
    CLOSE_PROGRAM = "close_program"  # somebody else's: we never end it
    INSTALL_TORCH = "install_torch"
    UPDATE_DRIVER = "update_driver"
    RAISE_LIMIT = "raise_limit"
    INSTALL_CHECK = "install_check"
    MEND_SIGNING = "mend_signing"


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to do about a cause: settings to change, or something to do. `text` is English.

    Attributes:
        patch: settings by name as in `Settings.to_json`, and what they shall be; empty where an action mends it.
        action: None where a patch mends it.
    """

    text: str
    patch: Mapping[str, Any] = field(default_factory=dict)
    action: Action | None = None

    def applied(self, settings: Settings) -> Settings:
        """The settings with the patch.

        Raises:
            SettingsInvalid: it does not fit them.
        """
        return Settings.from_json(settings.to_json() | dict(self.patch))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {
            "text": self.text,
            "patch": dict(self.patch) or None,
            "action": str(self.action) if self.action else None,
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause of one symptom.

    Attributes:
        confidence: 0…1: how far the evidence is beyond its threshold. 0.5 is at it.
        evidence: numbers by name, with the unit in the name; also the values that the sentences name.
        remedy: what to do.
        gauge: the number of `Measures` that the remedy shall lower (`result.edge_p95`), "" where none tells.
            A leading "-" says that it shall rise.
    """

    symptom: Symptom
    cause: Cause
    level: Level
    confidence: float
    evidence: Mapping[str, Detail]
    remedy: Remedy
    gauge: str = ""

    @property
    def text(self) -> str:
        """The cause in English."""
        return SENTENCES[self.cause][0].format(**self.evidence)

    def to_json(self) -> dict[str, Any]:
        """The command line's contract."""
        return {
            "symptom": str(self.symptom),
            "cause": str(self.cause),
            "level": str(self.level),
            "confidence": round(self.confidence, 2),
            "text": self.text,
            "evidence": dict(self.evidence),
            "remedy": self.remedy.to_json(),
            "gauge": self.gauge or None,
        }


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All findings, the likeliest first; what was measured; which causes could be looked for with what was given."""

    findings: tuple[Finding, ...]
    measures: Measures
    looked_for: tuple[Cause, ...] = ()

    @property
    def is_serious(self) -> bool:
        return any(finding.level == Level.SERIOUS for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """The command line's contract."""
        return {
            "measures": self.measures.to_json(),
            "findings": [finding.to_json() for finding in self.findings],
            "looked_for": [str(cause) for cause in self.looked_for],
        }
