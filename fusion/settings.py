"""Every choice that a user can make about one fusion, and the scenarios, which make several at once. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

from fusion import setting_errors, strict_json
from fusion.errors import Phrase, PhraseCode, Reason, SettingsInvalid
from fusion.face_setting import MAX_SOURCES as MAX_SOURCES
from fusion.face_setting import FaceChoice, Mapped, check_map, is_place, map_from_json
from fusion.types import Aspect, EngineName, FacialHair, Fill, Fit, Glasses, Mode, Precision, Size, Switch, Tier
from fusion.units import MIB


class Preset(StrEnum):
    """Scenarios with settings of their own."""

    SOCIAL = "social"
    ART = "art"
    RESTORATION = "restoration"


MIN_SIDE = 64  # px; the shortest output side that is accepted
MAX_SIDE = 8192  # px; the longest output side that is accepted
MAX_FILE_BYTES = MIB  # of a settings file or a recipe; ours have about a kilobyte
RECIPE_FORMAT = 2  # of what is written today; up to 1, in which it is not named, an index in `faces` counts by size


@dataclass(frozen=True, slots=True)
class Settings:
    """Every choice that a user can make about one fusion.

    `sharpen` and `source_photo`, which counts from 0, are None for "auto". `output` is a `Tier` or a `Size`; a `Size`
    has its own shape and ignores `aspect`.
    `anyway` fuses a pair, too, that is judged to be of no use. `map` says whose face comes where in a photo of several
    people; empty, one face is fused.

    Raises:
        SettingsInvalid: a value is out of its range.
    """

    engine: EngineName = EngineName.AUTO
    ratio: float = 0.7
    mode: Mode = Mode.NORMAL
    glasses: Glasses = Glasses.AUTO
    facial_hair: FacialHair = FacialHair.AUTO
    mirror: Switch = Switch.AUTO
    source_photo: int | None = None
    skin_smoothing: float = 0.4
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    sharpen: float | None = None
    output: Tier | Size = Tier.AUTO
    aspect: Aspect = Aspect.AUTO
    fit: Fit = Fit.KEEP
    fill: Fill = Fill.AUTO
    two_stage: Switch = Switch.AUTO
    precision: Precision = Precision.AUTO
    anyway: bool = False
    faces: FaceChoice = field(default_factory=FaceChoice)
    map: tuple[Mapped, ...] = ()

    def __post_init__(self) -> None:
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if name == "sharpen" and value is None:
                continue
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not low <= value <= high:
                code = PhraseCode.RANGE_OR_AUTO if name == "sharpen" else PhraseCode.RANGE
                raise setting_errors.wrong(name, value, Phrase(code, {"low": low, "high": high}))
        if not isinstance(self.anyway, bool):
            raise setting_errors.wrong("anyway", self.anyway, Phrase(PhraseCode.TRUE_OR_FALSE))
        if self.source_photo is not None and not is_place(self.source_photo):
            places = Phrase(PhraseCode.RANGE_OR_AUTO, {"low": 0, "high": MAX_SOURCES - 1})
            raise setting_errors.wrong("source_photo", self.source_photo, places)
        if isinstance(self.output, Size):
            sides = (self.output.width, self.output.height)
            if not all(_is_side(side) for side in sides):
                raise setting_errors.wrong(
                    "output", list(sides), Phrase(PhraseCode.TWO_SIDES, {"low": MIN_SIDE, "high": MAX_SIDE})
                )
        check_map(self.map)
        if self.map and (self.source_photo is not None or self.faces != FaceChoice()):
            key = "faces" if self.source_photo is None else "source_photo"
            raise SettingsInvalid(Reason.MAP_AND_CHOICE, key=key)

    @property
    def is_transparent(self) -> bool:
        """Whether a part of the picture is to be transparent, if the photo does not fill the size."""
        return self.fit == Fit.PAD and self.fill == Fill.TRANSPARENT

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types, every field present but a `map` that is empty."""
        data = {name: value for name, value in asdict(self).items() if name != "map"} | {"faces": self.faces.to_json()}
        if isinstance(self.output, Size):
            data["output"] = [self.output.width, self.output.height]
        if self.map:
            data["map"] = [line.to_json() for line in self.map]
        return data | {name: "auto" for name in _OR_AUTO if data[name] is None}

    @classmethod
    def from_json(cls, data: object) -> Self:
        """Settings from JSON types; what is left out keeps its default.

        `{"output_resolution": [w, h], "preserve_aspect_ratio": true}` is taken as an alias: exactly that size,
        padded. With `false` the photo is cropped to it, since nothing is ever stretched.

        Raises:
            SettingsInvalid: not an object, an unknown key, a wrong value.
        """
        if not isinstance(data, Mapping):
            raise SettingsInvalid(Reason.SETTING_NOT_JSON)
        known = _without_alias(data)
        names = [f.name for f in fields(cls)]
        for key in known:
            if key not in names:
                raise setting_errors.unknown(key, ", ".join(names))
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

_OR_AUTO = ("sharpen", "source_photo")  # numbers that are None for "auto"

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
        "glasses": Glasses,
        "facial_hair": FacialHair,
        "mirror": Switch,
        "aspect": Aspect,
        "fit": Fit,
        "fill": Fill,
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
        raise SettingsInvalid(
            Reason.SETTINGS_TOO_LARGE, megabytes=len(text) / MIB, limit_megabytes=round(MAX_FILE_BYTES / MIB, 1)
        )
    try:
        data = strict_json.loads(text)
    except ValueError as error:
        raise SettingsInvalid(Reason.SETTING_NOT_JSON) from error
    if isinstance(data, dict) and isinstance(data.get("settings"), dict):
        data = settings_in(data)
    if not isinstance(data, dict):
        raise SettingsInvalid(Reason.SETTING_NOT_JSON)
    return data


def settings_in(recipe: Mapping[str, Any]) -> Any:
    """The settings that a recipe carries, as JSON types, not yet looked at; an older one's as they are said today."""
    settings = recipe["settings"]
    if "fusewise" not in recipe or "format" in recipe or not isinstance(settings.get("faces"), Mapping):
        return settings
    faces = {role: {"by_size": face} if type(face) is int else face for role, face in settings["faces"].items()}
    return {**settings, "faces": faces}


def _is_side(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and MIN_SIDE <= value <= MAX_SIDE


def _without_alias(data: Mapping[str, Any]) -> dict[str, Any]:
    known = dict(data)
    if "output_resolution" in known:
        known["output"] = known.pop("output_resolution")
        keep = known.pop("preserve_aspect_ratio", True)
        if not isinstance(keep, bool):
            raise setting_errors.wrong("preserve_aspect_ratio", keep, Phrase(PhraseCode.TRUE_OR_FALSE))
        known.setdefault("fit", Fit.PAD if keep else Fit.CROP)
    return known


def _parse(key: str, value: Any) -> Any:
    if key in CHOICES:
        return _member(CHOICES[key], key, value)
    if key == "output":
        return _parse_output(value)
    if key == "faces":
        return FaceChoice.from_json(value)
    if key == "map":
        return map_from_json(value)
    if key in _OR_AUTO and value == "auto":
        return None
    return value


def _member(kind: type[StrEnum], key: str, value: object) -> StrEnum:
    try:
        return kind(str(value))
    except ValueError as error:
        names = tuple(str(each) for each in kind)
        raise setting_errors.wrong(key, value, Phrase(PhraseCode.ONE_OF, {"names": names})) from error


def _parse_output(value: object) -> Tier | Size:
    if isinstance(value, list | tuple):
        if len(value) != 2:
            raise setting_errors.wrong("output", value, Phrase(PhraseCode.TIER_OR_SIZE))
        return Size(*value)
    return Tier(_member(Tier, "output", value))
