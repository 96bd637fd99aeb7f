"""Values that every room knows: the words of settings, sizes, boxes, the two photos, and where a job is.

Pure: standard library only, frozen, units in the names. Widths come before heights everywhere but in arrays, which are
(H, W, ...). See docs/conventions.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class EngineName(StrEnum):
    """Which engine fuses; `auto` is unet where its weights are, else landmark."""

    AUTO = "auto"
    LANDMARK = "landmark"
    UNET = "unet"


class Mode(StrEnum):
    """How the fused face meets the target."""

    NORMAL = "normal"
    BLEND = "blend"
    OVERLAY = "overlay"


class Tier(StrEnum):
    """Output sizes by name: a number is the pixel budget of its square."""

    AUTO = "auto"
    ORIGINAL = "original"
    T512 = "512"
    T1024 = "1024"
    T2048 = "2048"
    T4096 = "4096"


class Aspect(StrEnum):
    """The shape of a tier's size, width to height. `auto`: a square where a number is padded or cropped to."""

    AUTO = "auto"
    ORIGINAL = "original"
    SQUARE = "1:1"
    THREE_TO_FOUR = "3:4"
    FOUR_TO_THREE = "4:3"
    TWO_TO_THREE = "2:3"
    THREE_TO_TWO = "3:2"
    NINE_TO_SIXTEEN = "9:16"
    SIXTEEN_TO_NINE = "16:9"


class Fit(StrEnum):
    """How the target's shape meets the asked size. Nothing is ever stretched."""

    KEEP = "keep"
    PAD = "pad"
    CROP = "crop"


class Fill(StrEnum):
    """What stands beside the photo where it is padded. `auto`: mirrored, unless that would mirror a head.

    `transparent` is nothing: the file has an alpha channel.
    """

    AUTO = "auto"
    REFLECT = "reflect"
    BLUR = "blur"
    COLOR = "colour"
    TRANSPARENT = "transparent"

    @classmethod
    def _missing_(cls, value: object) -> Fill | None:
        return cls.COLOR if value == "color" else None


class Glasses(StrEnum):
    """Whose glasses the result wears. `auto`: the target's where it wears any, else the source's where they are whole.

    `none` are nobody's.
    """

    AUTO = "auto"
    TARGET = "target"
    SOURCE = "source"
    NONE = "none"


class FacialHair(StrEnum):
    """Whose beard the result has. `auto` leaves it where it is, but for where a beard is surely seen."""

    AUTO = "auto"
    TARGET = "target"
    SOURCE = "source"


class Switch(StrEnum):
    """A choice that may be left to the program."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


class Precision(StrEnum):
    """Floating point of the networks."""

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"


class Role(StrEnum):
    """Which of the two photos."""

    TARGET = "target"
    SOURCE = "source"


class State(StrEnum):
    """Where a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"  # the app ended while it ran


ENDED = frozenset({State.DONE, State.FAILED, State.CANCELLED, State.INTERRUPTED})
Order = Literal["newest", "oldest", "likeness", "faults"]  # of jobs
AGAIN = frozenset({State.FAILED, State.CANCELLED, State.INTERRUPTED})  # what may be tried again


class Stage(StrEnum):
    """The steps of the pipeline, in order."""

    WEIGHTS = "weights"  # on their way to the machine that computes: on a cluster's node that lacks them only
    READ = "read"
    FACES = "faces"
    SIZE = "size"
    LOAD = "load"  # the networks, once a worker
    IDENTITY = "identity"  # who the source is: unet only
    FUSE = "fuse"
    ENHANCE = "enhance"  # unet only
    BLEND = "blend"
    ENLARGE = "enlarge"  # what the face is read from, by a network: two-stage only
    DETAIL = "detail"  # the face at the full size, tile by tile: two-stage only
    FINISH = "finish"
    LIKENESS = "likeness"  # whose face it is in the end
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in px."""

    width: int
    height: int

    @property
    def pixels(self) -> int:
        return self.width * self.height

    def __str__(self) -> str:
        return f"{self.width}×{self.height}"


@dataclass(frozen=True, slots=True)
class Foretold:
    """What a forecast said of a job; None where nobody knows.

    Attributes:
        seconds: that it takes, loading included.
        need_bytes: of its device's memory, at most.
    """

    seconds: float | None = None
    need_bytes: int | None = None


UNKNOWN = Foretold()


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned rectangle in px; `right` and `bottom` are one past the last pixel."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def area(self) -> float:
        return max(self.width, 0.0) * max(self.height, 0.0)

    @property
    def centre(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class SourcePhoto:
    """A photo of a job's source: the sha256 and the name of its file, "" where unknown."""

    sha256: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """By what a program's request for a job is known when it comes again: a job is made for it once.

    Attributes:
        key: what whoever asks calls it, as a digest: it may be any text.
        body: digest of all that is asked for.
    """

    key: str
    body: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: `fraction` 0…1 of the whole, `seconds_left` None while unknown."""

    state: State
    stage: Stage | None = None
    fraction: float = 0.0
    seconds_left: float | None = None


# The cosine from which SFace takes two photos to show one person, as its publishers found it on LFW
# (OpenCV's documentation of `FaceRecognizerSF`).
SAME_PERSON = 0.363


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much a result's face is like its source's and its target's: cosines, −1…1, as in `fusion.likeness`."""

    source: float
    target: float
