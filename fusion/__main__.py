"""The command line: `python -m fusion TARGET SOURCE -o OUT`, and the commands `batch`, `jobs` and `weights`.

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

from fusion import batch_cli, command, descent, flags, jobs_cli, task, weights_cli
from fusion.console import Console
from fusion.descent import Stranded
from fusion.errors import OutputRejected
from fusion.samples import sample_pair
from fusion.spec import Settings

_COMMANDS = ("fuse", "batch", "jobs", "weights")

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(batch_cli.batch)
app.add_typer(jobs_cli.app, name="jobs")
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
    preset: flags.PresetFlag = None,
    recipe: flags.RecipeFlag = None,
    engine: flags.EngineFlag = None,
    ratio: flags.RatioFlag = None,
    mode: flags.ModeFlag = None,
    output: flags.OutputFlag = None,
    aspect: flags.AspectFlag = None,
    fit: flags.FitFlag = None,
    smoothing: flags.SmoothingFlag = None,
    brightness: flags.BrightnessFlag = None,
    contrast: flags.ContrastFlag = None,
    saturation: flags.SaturationFlag = None,
    sharpen: flags.SharpenFlag = None,
    two_stage: flags.TwoStageFlag = None,
    precision: flags.PrecisionFlag = None,
    target_face: Annotated[str | None, typer.Option(help="largest, or an index from 0.")] = None,
    source_face: Annotated[str | None, typer.Option(help="largest, or an index from 0.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the facts as one JSON object.")] = False,
) -> None:
    """Fuse the face of SOURCE into TARGET."""
    given = {
        "engine": engine,
        "ratio": ratio,
        "mode": mode,
        "output": output,
        "aspect": aspect,
        "fit": fit,
        "skin_smoothing": smoothing,
        "brightness": brightness,
        "contrast": contrast,
        "saturation": saturation,
        "sharpen": sharpen,
        "two_stage": two_stage,
        "precision": precision,
    }
    settings = flags.gather(preset, recipe, given, {"target": target_face, "source": source_face})
    if out is None:
        raise typer.BadParameter("say where the result goes: -o OUT.png")
    check_output(out)
    photos = _photos(target, source, sample)
    with Console() as console:
        facts = _run(photos, settings, out, console)
    _tell(facts, as_json)


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
            job = descent.Job(photos, settings, out)
            return descent.run(pipeline, job, watch=console.watch, told=console.tell).facts
    except Stranded as stranded:
        raise stranded.error from stranded
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
