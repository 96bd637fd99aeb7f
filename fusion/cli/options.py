"""The settings as flags of a command: what each is called, and how flags, a recipe and a preset become `Settings`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from fusion.errors import Reason, SettingsInvalid
from fusion.files import inputs
from fusion.settings import MAX_FILE_BYTES, Preset, Settings, named_in
from fusion.settings_text import parse_face, parse_number, parse_output, parse_place
from fusion.types import Aspect, EngineName, FacialHair, Fit, Glasses, Mode, Precision, Switch

_ALIASES = frozenset({"output_resolution", "preserve_aspect_ratio"})

PresetFlag = Annotated[Preset | None, typer.Option("--preset", help="Begin with a scenario's settings.")]
RecipeFlag = Annotated[Path | None, typer.Option("--recipe", help="Settings file or recipe; wins over --preset.")]
EngineFlag = Annotated[EngineName | None, typer.Option("--engine", help="Which engine fuses.")]
RatioFlag = Annotated[float | None, typer.Option("--ratio", help="How much of the source: 0 to 1.")]
ModeFlag = Annotated[Mode | None, typer.Option("--mode", help="How the face meets the target.")]
GlassesFlag = Annotated[Glasses | None, typer.Option("--glasses", help="Whose glasses the result wears.")]
FacialHairFlag = Annotated[FacialHair | None, typer.Option("--facial-hair", help="Whose beard the result has.")]
MirrorFlag = Annotated[Switch | None, typer.Option("--mirror", help="Whether the source is mirrored.")]
OutputFlag = Annotated[
    str | None, typer.Option("--output", help="auto, original, 512, 1024, 2048, 4096 or WIDTHxHEIGHT.")
]
AspectFlag = Annotated[Aspect | None, typer.Option("--aspect", help="The shape of a size that --output names.")]
FitFlag = Annotated[Fit | None, typer.Option("--fit", help="How the target's shape meets the size asked for.")]
SourcePhotoFlag = Annotated[
    str | None, typer.Option("--source-photo", help="Which of several source photos: auto, or an index from 0.")
]
FillFlag = Annotated[
    str | None,
    typer.Option("--fill", help="What --fit pad pads with: auto, reflect, blur, colour or transparent."),
]
SmoothingFlag = Annotated[float | None, typer.Option("--smoothing", help="Of the skin: 0 to 1.")]
BrightnessFlag = Annotated[float | None, typer.Option("--brightness", help="-0.5 to 0.5.")]
ContrastFlag = Annotated[float | None, typer.Option("--contrast", help="-0.5 to 0.5.")]
SaturationFlag = Annotated[float | None, typer.Option("--saturation", help="-0.5 to 0.5.")]
SharpenFlag = Annotated[str | None, typer.Option("--sharpen", help="auto, or 0 to 1.")]
TwoStageFlag = Annotated[Switch | None, typer.Option("--two-stage", help="Refine the face apart.")]
OverwriteFlag = Annotated[
    bool, typer.Option("--overwrite", help="Replace a file of that name, unless it is one that was given.")
]
FaceFlag = Annotated[
    str | None,
    typer.Option(help="largest, an index from 0 counted from left to right, or a box LEFT,TOP,RIGHT,BOTTOM in px."),
]
MapFlag = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="FACE=PHOTO",
        help="Whose face comes where, as 0=anna.jpg; FACE as of --target-face, or all. Once for each face, in place of "
        "SOURCE.",
    ),
]
AnywayFlag = Annotated[
    bool | None, typer.Option("--anyway/--no-anyway", help="Fuse even a pair that is judged to be of no use.")
]
ConsentFlag = Annotated[
    bool,
    typer.Option(
        "--consent", help="These are photos of me, or of people who were told of this and agreed: the recipe says so."
    ),
]
PrecisionFlag = Annotated[Precision | None, typer.Option("--precision", help="Of the networks.")]


def gather(
    preset: Preset | None,
    recipe: Path | None,
    flags: dict[str, Any],
    faces: dict[str, Any],
    mapped: list[dict[str, Any]] | None = None,
) -> Settings:
    """Settings in which a flag wins over the recipe, and what the recipe names wins over the preset.

    Args:
        flags: by the settings' names; None is a flag that was not given. `output` and `sharpen` may be as written.
        faces: likewise, "target" and "source".
        mapped: whose face comes where, as settings have it; stands in place of the faces that the recipe chose.

    Raises:
        SettingsInvalid: the recipe cannot be read, or something in it or in a flag is wrong.
    """
    settings = Settings() if preset is None else Settings().with_preset(preset)
    merged = settings.to_json()
    if recipe is not None:
        merged |= _named_in(recipe)
    if mapped:
        merged |= {"map": mapped, "faces": {}, "source_photo": "auto"}
    merged |= {name: _read(name, value) for name, value in flags.items() if value is not None}
    merged["faces"] = merged["faces"] | {role: parse_face(face) for role, face in faces.items() if face is not None}
    return Settings.from_json(merged)


def _read(name: str, value: Any) -> Any:
    """A flag's value as settings have it."""
    if name == "output" and isinstance(value, str):
        return parse_output(value)
    if name == "source_photo":
        return parse_place(value)
    return parse_number(value) if name == "sharpen" and isinstance(value, str) else value


def _named_in(recipe: Path) -> dict[str, Any]:
    """What a settings file says, without the defaults of what it does not say."""
    said = named_in(inputs.read(recipe, MAX_FILE_BYTES, SettingsInvalid, Reason.SETTINGS_TOO_LARGE))
    settings = Settings.from_json(said).to_json()
    named = set(said)
    if named & _ALIASES:
        named = (named - _ALIASES) | {"output", "fit"}
    return {name: settings[name] for name in named}
