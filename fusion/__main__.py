"""The command line: `python -m fusion TARGET SOURCE -o OUT`, and `python -m fusion weights`.

Without a command's name the command is `fuse`. Exit codes: 0 done, 2 bad input, 1 anything else; either failure is
one line on standard error. Torch is loaded after the arguments are found good, not before.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from fusion import command, task, weights_cli
from fusion.console import Console
from fusion.errors import OutputRejected, SettingsInvalid
from fusion.samples import sample_pair
from fusion.spec import Aspect, EngineName, Fit, Mode, Precision, Preset, Settings, Switch

_ALIASES = frozenset({"output_resolution", "preserve_aspect_ratio"})
_COMMANDS = ("fuse", "weights")

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(weights_cli.app, name="weights")


@app.callback()
def _commands() -> None:
    """Guided face fusion."""


@app.command()
def fuse(
    target: Annotated[Path | None, typer.Argument(help="The photo that keeps its pose, light and background.")] = None,
    source: Annotated[Path | None, typer.Argument(help="The photo that gives the face.")] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="The result: .png, .jpg or .webp.")] = None,
    sample: Annotated[bool, typer.Option("--sample", help="Fuse the sample pair.")] = False,
    preset: Annotated[Preset | None, typer.Option(help="Begin with a scenario's settings.")] = None,
    recipe: Annotated[Path | None, typer.Option(help="Settings file or recipe; wins over --preset.")] = None,
    engine: Annotated[EngineName | None, typer.Option(help="Which engine fuses.")] = None,
    ratio: Annotated[float | None, typer.Option(help="How much of the source: 0 to 1.")] = None,
    mode: Annotated[Mode | None, typer.Option(help="How the face meets the target.")] = None,
    output: Annotated[str | None, typer.Option(help="auto, original, 512, 1024, 2048, 4096 or WIDTHxHEIGHT.")] = None,
    aspect: Annotated[Aspect | None, typer.Option(help="The shape of a size that --output names.")] = None,
    fit: Annotated[Fit | None, typer.Option(help="How the target's shape meets the size asked for.")] = None,
    smoothing: Annotated[float | None, typer.Option(help="Of the skin: 0 to 1.")] = None,
    brightness: Annotated[float | None, typer.Option(help="-0.5 to 0.5.")] = None,
    contrast: Annotated[float | None, typer.Option(help="-0.5 to 0.5.")] = None,
    saturation: Annotated[float | None, typer.Option(help="-0.5 to 0.5.")] = None,
    sharpen: Annotated[str | None, typer.Option(help="auto, or 0 to 1.")] = None,
    two_stage: Annotated[Switch | None, typer.Option(help="Refine the face apart.")] = None,
    precision: Annotated[Precision | None, typer.Option(help="Of the networks.")] = None,
    target_face: Annotated[str | None, typer.Option(help="largest, or an index from 0.")] = None,
    source_face: Annotated[str | None, typer.Option(help="largest, or an index from 0.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the facts as one JSON object.")] = False,
) -> None:
    """Fuse the face of SOURCE into TARGET."""
    flags: dict[str, Any] = {
        "engine": engine,
        "ratio": ratio,
        "mode": mode,
        "output": output and command.parse_output(output),
        "aspect": aspect,
        "fit": fit,
        "skin_smoothing": smoothing,
        "brightness": brightness,
        "contrast": contrast,
        "saturation": saturation,
        "sharpen": sharpen and _parse_sharpen(sharpen),
        "two_stage": two_stage,
        "precision": precision,
    }
    chosen = {"target": target_face and _parse_face(target_face), "source": source_face and _parse_face(source_face)}
    settings = gather(preset, recipe, flags, chosen)
    if out is None:
        raise typer.BadParameter("say where the result goes: -o OUT.png")
    check_output(out)
    photos = _photos(target, source, sample)
    with Console() as console:
        facts = _run(photos, settings, out, console)
    _tell(facts, as_json)


def gather(preset: Preset | None, recipe: Path | None, flags: dict[str, Any], faces: dict[str, Any]) -> Settings:
    """Settings in which a flag wins over the recipe, and what the recipe names wins over the preset.

    Args:
        flags: by the settings' names; None is a flag that was not given.
        faces: likewise, "target" and "source".

    Raises:
        SettingsInvalid: the recipe cannot be read, or something in it or in a flag is wrong.
    """
    settings = Settings() if preset is None else Settings().with_preset(preset)
    merged = settings.to_json()
    if recipe is not None:
        merged |= _named_in(recipe)
    merged |= {name: value for name, value in flags.items() if value is not None}
    merged["faces"] = merged["faces"] | {role: choice for role, choice in faces.items() if choice is not None}
    return Settings.from_json(merged)


def check_output(out: Path) -> None:
    """Refuse, before any work, a place or a format in which no result can be written.

    Raises:
        OutputRejected
    """
    task.format_of(out)
    folder = out.parent
    if not folder.is_dir():
        raise OutputRejected("output_unwritable", why=f"there is no folder {folder}")
    if out.is_dir():
        raise OutputRejected("output_unwritable", why=f"{out} is a folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputRejected("output_unwritable", why=f"the folder {folder} cannot be written")


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return the exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    if not given or given[0] not in _COMMANDS:
        given = ["fuse", *given]
    return command.run(app, given, "python -m fusion")


def _run(photos: task.Photos, settings: Settings, out: Path, console: Console) -> dict[str, Any]:
    from fusion.pipeline import Pipeline  # late: it loads torch, which a wrong argument should not wait for

    device = "this computer"
    try:
        with Pipeline() as pipeline:
            device = pipeline.device_name
            return task.run(pipeline, photos, settings, out, watch=console.watch).facts
    except (MemoryError, RuntimeError) as error:
        known = task.as_fusion_error(error, device)
        if known.reason == "internal":
            raise  # a bug: its traceback is wanted
        raise known from error


def _photos(target: Path | None, source: Path | None, sample: bool) -> task.Photos:
    if sample and target is not None:
        raise typer.BadParameter("give two photos or --sample, not both")
    if not sample and (target is None or source is None):
        raise typer.BadParameter("give two photos, TARGET and SOURCE, or --sample")
    pair = (task.load(target), task.load(source)) if target and source else sample_pair()
    return task.Reader().read_pair(*pair)


def _named_in(recipe: Path) -> dict[str, Any]:
    """What a settings file says, without the defaults of what it does not say."""
    try:
        text = recipe.read_bytes()
    except OSError as error:
        raise SettingsInvalid("input_missing", path=str(recipe), why=error.strerror or str(error)) from error
    settings = Settings.loads(text).to_json()
    data = json.loads(text)
    named = set(data.get("settings", data))
    if named & _ALIASES:
        named = (named - _ALIASES) | {"output", "fit"}
    return {name: settings[name] for name in named}


def _parse_sharpen(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text


def _parse_face(text: str) -> str | int:
    return int(text) if text.isdecimal() else text


def _tell(facts: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(facts))
        return
    size = f"{facts['width']}×{facts['height']}"
    print(f"{facts['output']}  {size}  {facts['engine']} on {facts['device']}  {facts['seconds']:.2f} s")
    for notice in facts["notices"]:
        print(f"note: {notice['text']}")


if __name__ == "__main__":
    sys.exit(main())
