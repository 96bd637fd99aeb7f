"""Every noun that crosses a room. Pure: standard library only, frozen, units in the names.

Widths come before heights everywhere but in arrays, which are (H, W, ...). See docs/conventions.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

from fusion import strict_json
from fusion.errors import SettingsInvalid


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


class Stage(StrEnum):
    """The steps of the pipeline, in order."""

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
    WRITE = "write"


class Preset(StrEnum):
    """Scenarios with settings of their own."""

    SOCIAL = "social"
    ART = "art"
    RESTORATION = "restoration"


MAX_SIDE = 8192  # px; the longest output side that is accepted
MAX_FILE_BYTES = 1024 * 1024  # of a settings file or a recipe; ours have about a kilobyte
RECIPE_FORMAT = 2  # of what is written today; up to 1, in which it is not named, an index in `faces` counts by size
_MAX_INDEX = 9999  # no photo has as many faces
_MAX_EDGE = 1_000_000  # px; no face reaches so far over the edge of a photo
_SHOWN = 80  # characters of a wrong value that its error shows


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
class BySize:
    """The face of a rank in size, 0 the largest: what an index meant before faces were counted from left to right.

    Nobody chooses so any more; older jobs and recipes did.
    """

    rank: int


LARGEST = "largest"
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
                shown = _shown(_face_to_json(value))
                raise SettingsInvalid(
                    "setting_value",
                    key=f"faces.{name}",
                    value=shown,
                    allowed='"largest", an index from 0 or a box [left, top, right, bottom]',
                )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {"target": _face_to_json(self.target), "source": _face_to_json(self.source)}


@dataclass(frozen=True, slots=True)
class Settings:
    """Every choice that a user can make about one fusion.

    `sharpen` is None for "auto". `output` is a `Tier` or a `Size`; a `Size` has its own shape and ignores `aspect`.

    Raises:
        SettingsInvalid: a value is out of its range.
    """

    engine: EngineName = EngineName.AUTO
    ratio: float = 0.7
    mode: Mode = Mode.NORMAL
    skin_smoothing: float = 0.4
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    sharpen: float | None = None
    output: Tier | Size = Tier.AUTO
    aspect: Aspect = Aspect.AUTO
    fit: Fit = Fit.KEEP
    two_stage: Switch = Switch.AUTO
    precision: Precision = Precision.AUTO
    faces: FaceChoice = field(default_factory=FaceChoice)

    def __post_init__(self) -> None:
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if name == "sharpen" and value is None:
                continue
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not low <= value <= high:
                allowed = f"between {low:g} and {high:g}" + (' or "auto"' if name == "sharpen" else "")
                raise SettingsInvalid("setting_value", key=name, value=_shown(value), allowed=allowed)
        if isinstance(self.output, Size):
            sides = (self.output.width, self.output.height)
            if any(isinstance(side, bool) or not isinstance(side, int) or not 64 <= side <= MAX_SIDE for side in sides):
                raise SettingsInvalid(
                    "setting_value",
                    key="output",
                    value=_shown(list(sides)),
                    allowed=f"two whole numbers between 64 and {MAX_SIDE}",
                )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types, every field present."""
        data = asdict(self) | {"faces": self.faces.to_json()}
        if isinstance(self.output, Size):
            data["output"] = [self.output.width, self.output.height]
        if self.sharpen is None:
            data["sharpen"] = "auto"
        return data

    @classmethod
    def from_json(cls, data: object) -> Self:
        """Settings from JSON types; what is left out keeps its default.

        `{"output_resolution": [w, h], "preserve_aspect_ratio": true}` is taken as an alias: exactly that size,
        padded. With `false` the photo is cropped to it, since nothing is ever stretched.

        Raises:
            SettingsInvalid: not an object, an unknown key, a wrong value.
        """
        if not isinstance(data, Mapping):
            raise SettingsInvalid("setting_not_json")
        known = _without_alias(data)
        names = [f.name for f in fields(cls)]
        for key in known:
            if key not in names:
                raise SettingsInvalid("setting_unknown", key=_shown(key), known=", ".join(names))
        return cls(**{key: _parse(key, value) for key, value in known.items()})

    @classmethod
    def loads(cls, text: str | bytes) -> Self:
        """Settings from the text of a settings file or of a recipe.

        Raises:
            SettingsInvalid: too long, not JSON, or not settings.
        """
        return cls.from_json(named_in(text))

    def with_preset(self, preset: Preset) -> Self:
        """These settings with the scenario's own values set."""
        return replace(self, **PRESETS[preset])


RANGES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "ratio": (0.0, 1.0),
        "skin_smoothing": (0.0, 1.0),
        "brightness": (-0.5, 0.5),
        "contrast": (-0.5, 0.5),
        "saturation": (-0.5, 0.5),
        "sharpen": (0.0, 1.0),
    }
)

# Settings that act on the fused face without a new inference, and so can be shown live.
FINISHING = ("skin_smoothing", "brightness", "contrast", "saturation", "sharpen")

_NEUTRAL: Mapping[str, Any] = MappingProxyType(
    {"mode": Mode.NORMAL, "brightness": 0.0, "contrast": 0.0, "saturation": 0.0}
)

# A scenario says the whole look: what it does not name goes back to neutral, so that two presses never add up.
PRESETS: Mapping[Preset, Mapping[str, Any]] = MappingProxyType(
    {
        Preset.SOCIAL: {
            **_NEUTRAL,
            "output": Tier.T512,
            "ratio": 0.5,
            "skin_smoothing": 0.4,
            "brightness": 0.1,
            "contrast": 0.05,
        },
        Preset.ART: {
            **_NEUTRAL,
            "output": Tier.T1024,
            "ratio": 0.7,
            "mode": Mode.BLEND,
            "skin_smoothing": 0.3,
            "saturation": 0.2,
        },
        Preset.RESTORATION: {
            **_NEUTRAL,
            "output": Tier.T2048,
            "ratio": 0.6,
            "skin_smoothing": 0.6,
            "brightness": 0.15,
            "contrast": 0.1,
        },
    }
)

# Settings that are one of a few words.
CHOICES: Mapping[str, type[StrEnum]] = MappingProxyType(
    {
        "engine": EngineName,
        "mode": Mode,
        "aspect": Aspect,
        "fit": Fit,
        "two_stage": Switch,
        "precision": Precision,
    }
)


def named_in(text: str | bytes) -> dict[str, Any]:
    """What the text of a settings file or of a recipe says, as JSON types, not yet looked at.

    Raises:
        SettingsInvalid: too long, not JSON, or no object.
    """
    if len(text) > MAX_FILE_BYTES:
        mega = 1024 * 1024
        raise SettingsInvalid(
            "settings_too_large", megabytes=len(text) / mega, limit_megabytes=round(MAX_FILE_BYTES / mega, 1)
        )
    try:
        data = strict_json.loads(text)
    except ValueError as error:
        raise SettingsInvalid("setting_not_json") from error
    if isinstance(data, dict) and isinstance(data.get("settings"), dict):
        data = settings_in(data)
    if not isinstance(data, dict):
        raise SettingsInvalid("setting_not_json")
    return data


def settings_in(recipe: Mapping[str, Any]) -> Any:
    """The settings that a recipe carries, as JSON types, not yet looked at; an older one's as they are said today."""
    settings = recipe["settings"]
    if "fusewise" not in recipe or "format" in recipe or not isinstance(settings.get("faces"), Mapping):
        return settings
    faces = {role: {"by_size": face} if type(face) is int else face for role, face in settings["faces"].items()}
    return {**settings, "faces": faces}


def _shown(value: object) -> str:
    """A wrong value as its error shows it: the beginning of a long one."""
    text = str(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _without_alias(data: Mapping[str, Any]) -> dict[str, Any]:
    known = dict(data)
    if "output_resolution" in known:
        known["output"] = known.pop("output_resolution")
        keep = known.pop("preserve_aspect_ratio", True)
        if not isinstance(keep, bool):
            raise SettingsInvalid(
                "setting_value", key="preserve_aspect_ratio", value=_shown(keep), allowed="true or false"
            )
        known.setdefault("fit", Fit.PAD if keep else Fit.CROP)
    return known


def _parse(key: str, value: Any) -> Any:
    if key in CHOICES:
        return _member(CHOICES[key], key, value)
    if key == "output":
        return _parse_output(value)
    if key == "faces":
        return _parse_faces(value)
    if key == "sharpen" and value == "auto":
        return None
    return value


def _member(kind: type[StrEnum], key: str, value: object) -> StrEnum:
    try:
        return kind(str(value))
    except ValueError as error:
        allowed = "one of " + ", ".join(kind)
        raise SettingsInvalid("setting_value", key=key, value=_shown(value), allowed=allowed) from error


def _parse_output(value: object) -> Tier | Size:
    if isinstance(value, list | tuple):
        if len(value) != 2:
            raise SettingsInvalid(
                "setting_value", key="output", value=_shown(value), allowed="a tier or [width, height]"
            )
        return Size(*value)
    return Tier(_member(Tier, "output", value))


def _parse_faces(value: object) -> FaceChoice:
    if not isinstance(value, Mapping):
        raise SettingsInvalid(
            "setting_value", key="faces", value=_shown(value), allowed='like {"target": "largest", "source": 0}'
        )
    for key in value:
        if key not in ("target", "source"):
            raise SettingsInvalid("setting_unknown", key=_shown(f"faces.{key}"), known="target, source")
    return FaceChoice(**{role: _parse_face(face) for role, face in value.items()})


def _parse_face(value: Any) -> Any:
    """A box is {"box": [left, top, right, bottom]} or the list alone."""
    if isinstance(value, Mapping) and set(value) == {"by_size"}:
        return BySize(value["by_size"])
    edges = value["box"] if isinstance(value, Mapping) and set(value) == {"box"} else value
    return Box(*edges) if isinstance(edges, list | tuple) and len(edges) == 4 else value


def _face_to_json(face: WhichFace) -> Any:
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


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: `fraction` 0…1 of the whole, `seconds_left` None while unknown."""

    state: State
    stage: Stage | None = None
    fraction: float = 0.0
    seconds_left: float | None = None
