"""The command line: `python -m fusion TARGET SOURCE -o OUT`, and the commands `batch`, `jobs`, `label`,
`log`, `selftest`, `serve`, `verify` and `weights`.

Without a command's name the command is `fuse`. Exit codes: 0 done, 2 bad input, 1 anything else; either failure is
one line on standard error (`verify` has two more). Torch is loaded after the arguments are found good, not before.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from fusion import config, lazy_imports
from fusion.cli import agreement, batch, command_line, handed_on, jobs, label, log, options, streams, verify, weights
from fusion.cli.terminal import Console
from fusion.declared import COMMAND_LINE
from fusion.errors import PhotoRejected, Reason, Value
from fusion.facts import Facts
from fusion.files import Inputs, outputs, private
from fusion.memory import HOST
from fusion.photos import samples
from fusion.provenance import Leaving
from fusion.scripting import agreement as declaring
from fusion.settings import MAX_SOURCES, Settings
from fusion.settings_text import parse_map
from fusion.signing import Signer
from fusion.types import SAME_PERSON, Likeness
from fusion.worker import Stranded, fallback_run, run_job, start

_COMMANDS = ("fuse", "batch", "jobs", "label", "log", "selftest", "serve", "verify", "weights")

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(batch.batch)
app.command()(log.log)
app.add_typer(jobs.app, name="jobs")
app.add_typer(label.app, name="label")
for _theirs in (handed_on.selftest, handed_on.serve):
    app.command(add_help_option=False, context_settings=handed_on.HANDED_ON)(_theirs)
app.command("verify")(verify.check)
app.add_typer(weights.app, name="weights")


@app.callback()
def _commands() -> None:
    """Guided face fusion."""


@app.command()
def fuse(
    target: Annotated[Path | None, typer.Argument(help="The photo that keeps its pose, light and background.")] = None,
    source: Annotated[Path | None, typer.Argument(help="The photo that gives the face.")] = None,
    sources: Annotated[
        list[Path] | None,
        typer.Option(
            "--source", help="A photo of the person who gives the face, in place of SOURCE or beside it; up to 8."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="The result: .png, .jpg or .webp.")] = None,
    sample: Annotated[bool, typer.Option("--sample", help="Fuse the sample pair.")] = False,
    preset: options.PresetFlag = None,
    recipe: options.RecipeFlag = None,
    engine: options.EngineFlag = None,
    ratio: options.RatioFlag = None,
    mode: options.ModeFlag = None,
    glasses: options.GlassesFlag = None,
    facial_hair: options.FacialHairFlag = None,
    mirror: options.MirrorFlag = None,
    source_photo: options.SourcePhotoFlag = None,
    output: options.OutputFlag = None,
    aspect: options.AspectFlag = None,
    fit: options.FitFlag = None,
    fill: options.FillFlag = None,
    smoothing: options.SmoothingFlag = None,
    brightness: options.BrightnessFlag = None,
    contrast: options.ContrastFlag = None,
    saturation: options.SaturationFlag = None,
    sharpen: options.SharpenFlag = None,
    two_stage: options.TwoStageFlag = None,
    precision: options.PrecisionFlag = None,
    anyway: options.AnywayFlag = None,
    mapped: options.MapFlag = None,
    target_face: options.FaceFlag = None,
    source_face: options.FaceFlag = None,
    consent: options.ConsentFlag = False,
    overwrite: options.OverwriteFlag = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the facts as one JSON object.")] = False,
) -> None:
    """Fuse the face of SOURCE into TARGET; of several photos of that person the best, or all that they tell.

    With --map each face of TARGET has a source of its own.
    """
    given = {
        "engine": engine,
        "ratio": ratio,
        "mode": mode,
        "glasses": glasses,
        "facial_hair": facial_hair,
        "mirror": mirror,
        "source_photo": source_photo,
        "output": output,
        "aspect": aspect,
        "fit": fit,
        "fill": fill,
        "skin_smoothing": smoothing,
        "brightness": brightness,
        "contrast": contrast,
        "saturation": saturation,
        "sharpen": sharpen,
        "two_stage": two_stage,
        "precision": precision,
        "anyway": anyway,
    }
    named, lines = parse_map(mapped or ())
    settings = options.gather(preset, recipe, given, {"target": target_face, "source": source_face}, lines)
    if out is None:
        raise typer.BadParameter("say where the result goes: -o OUT.png")
    files = _files(target, [*filter(None, (source,)), *(sources or ())], sample, [*map(Path, named)])
    check_output(out, settings, command_line.inputs(*files, recipe), overwrite=overwrite)
    photos = run_job.Reader().read_pair(*(run_job.load(file) for file in files))
    declaring.examine((photos.target, *photos.sources), COMMAND_LINE)
    agreement.remind(is_given=consent or sample)
    id, leaving = private.new_name(), Leaving.as_set(label.to_draw())
    agreed = declaring.logged(id, COMMAND_LINE) if consent else None
    with Console() as console:
        job = fallback_run.Job(photos, settings, out, replace=overwrite, consent=agreed, id=id, leaving=leaving)
        facts = _run(job, console)
    _tell(facts, as_json)


def check_output(out: Path, settings: Settings, inputs: Inputs, *, overwrite: bool = False) -> None:
    """Refuse, before any work, a name, a place or a format in which no result can be written, or none be signed.

    Raises:
        OutputRejected, SettingsInvalid
    """
    Signer.check(config.load())
    run_job.format_of(out, settings)
    outputs.check(out, inputs, overwrite=overwrite)


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return the exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    if not given or given[0] not in _COMMANDS:
        given = ["fuse", *given]
    return command_line.run(app, given, "python -m fusion")


def likeness(found: Likeness) -> str:
    """How much a result is like its source, in a sentence."""
    return f"looks like the source: {found.source:.2f}; the same person from {SAME_PERSON:.2f}"


def _run(job: fallback_run.Job, console: Console) -> Facts:
    start.settle_here()
    lazy_imports.load("fusion.pipeline")  # it loads torch, which a wrong argument should not wait for
    from fusion.pipeline import Pipeline

    device: Value = HOST
    try:
        with Pipeline() as pipeline:
            device = pipeline.device_name
            return fallback_run.run(pipeline, job, watch=console.watch, told=console.tell).facts
    except Stranded as stranded:
        raise stranded.error from stranded
    except (MemoryError, RuntimeError) as error:
        known = run_job.as_fusion_error(error, device)
        if known.reason == Reason.INTERNAL:
            raise  # a bug: its traceback is wanted
        raise known from error


def _files(target: Path | None, sources: list[Path], sample: bool, mapped: list[Path]) -> tuple[Path, ...]:
    """Target and sources.

    Args:
        mapped: what a map names; they stand in place of `sources`.
    """
    if mapped and (sample or sources):
        raise typer.BadParameter("--map names the source photos: give no SOURCE, --source or --sample beside it")
    sources = mapped or sources
    if sample and (target is not None or sources):
        raise typer.BadParameter("give photos or --sample, not both")
    if sample:
        return samples.TARGET.file(), samples.SOURCE.file()
    if target is None or not sources:
        raise typer.BadParameter("give two photos, TARGET and SOURCE, or --sample")
    if len(sources) > MAX_SOURCES:
        raise PhotoRejected(Reason.SOURCES_TOO_MANY, count=len(sources), limit=MAX_SOURCES)
    return target, *sources


def _tell(facts: Facts, as_json: bool) -> None:
    if as_json:
        streams.answer_json(facts.to_json())
        return
    streams.report(f"{facts.output}  {facts.size}  {facts.engine} on {facts.device}  {facts.seconds:.2f} s")
    if facts.likeness is not None:
        streams.report(likeness(facts.likeness))
    for notice in facts.notices:
        streams.report(f"note: {notice}")
