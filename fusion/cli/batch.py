"""`python -m fusion batch`: many pairs of photos, from folders, a table or a ZIP, into a folder or a ZIP."""

from __future__ import annotations

import contextlib
import glob
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from fusion import config
from fusion.batches import SUFFIXES, Given, Place, Plan, Refused, Saved, judging, limits, planning
from fusion.cli import agreement, batch_progress, command_line, label, options, streams
from fusion.cli.terminal import Console
from fusion.errors import BatchRejected, Exit, FusionError, Reason
from fusion.faces import FaceFinder
from fusion.facts import Facts
from fusion.files import inputs, names
from fusion.jobs import JobView
from fusion.provenance import Leaving
from fusion.settings import Settings
from fusion.signing import Signer
from fusion.types import State

_LIST, _ZIP = ".csv", ".zip"


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """What there is to tell of a batch that has ended."""

    out: Path
    run: batch_progress.Run
    saved: Saved
    refused: tuple[Refused, ...]
    seconds: float

    @property
    def failed(self) -> tuple[JobView, ...]:
        """Jobs that did not end well."""
        return tuple(view for view in self.run.views if view.progress.state != State.DONE)

    @property
    def code(self) -> int:
        if self.run.is_stopped:
            return Exit.STOPPED
        is_whole = not self.failed and not self.saved.errors and not any(one.is_lost for one in self.refused)
        return Exit.DONE if is_whole else Exit.FAILED


def batch(
    target: Annotated[
        list[str] | None,
        typer.Option("--target", help="A photo, a folder, or a pattern in quotes; may be given again."),
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option("--source", help="Likewise. Each source goes into each target.")
    ] = None,
    one_person: Annotated[
        bool,
        typer.Option("--one-person", help="All sources show one person: each target is fused once, with them all."),
    ] = False,
    pairs: Annotated[
        Path | None,
        typer.Option(
            "--pairs", help="A CSV with the columns target,source or sources and settings, or a ZIP of photos."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="The results: a folder, or a .zip.")] = None,
    name: Annotated[str, typer.Option("--name", help="What the batch is called in the history.")] = "",
    retry: Annotated[int, typer.Option("--retry", min=0, max=9, help="Try pairs that fail so often again.")] = 0,
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
    two_stage: options.TwoStageFlag = None,
    precision: options.PrecisionFlag = None,
    anyway: options.AnywayFlag = None,
    consent: options.ConsentFlag = False,
    overwrite: options.OverwriteFlag = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what came of it as one JSON object.")] = False,
) -> int:
    """Fuse many pairs, one after the other. Ctrl-C stops and keeps what is done."""
    given = {"engine": engine, "ratio": ratio, "mode": mode, "output": output, "aspect": aspect, "fit": fit}
    given |= {"glasses": glasses, "facial_hair": facial_hair, "mirror": mirror, "fill": fill, "anyway": anyway}
    given |= {"source_photo": source_photo}
    given |= {"skin_smoothing": smoothing, "two_stage": two_stage, "precision": precision}
    settings = options.gather(preset, recipe, given, {})
    if out is None:
        raise typer.BadParameter("say where the results go: -o FOLDER or -o OUT.zip")
    with contextlib.ExitStack() as stack:
        plan = _plan(stack, target or [], source or [], pairs, settings, one_person)
        if not plan.pairs:
            _complain(plan.refused)
            return Exit.BAD_INPUT
        leaving = Leaving.as_set(label.to_draw())
        place = Place(out, command_line.inputs(*plan.files, pairs, recipe), overwrite, leaving)
        Signer.check(config.load())
        place.prepare()
        agreement.remind(is_given=consent)
        began = time.monotonic()
        with Console() as console:
            plan = _sifted(plan, console)
            if not plan.pairs:
                _complain(plan.refused)
                return Exit.BAD_INPUT
            called = names.shown(name or (pairs or out).stem)
            run = batch_progress.run(plan, called, retry, _watch(console), _tell(console), is_agreed=consent)
    saved = place.save(run.views)
    told = _Told(out, run, saved, (*plan.refused, *run.refused), time.monotonic() - began)
    _print(told, as_json)
    return told.code


def _plan(
    stack: contextlib.ExitStack,
    targets: list[str],
    sources: list[str],
    pairs: Path | None,
    settings: Settings,
    one_person: bool,
) -> Plan:
    if pairs is None:
        if not targets or not sources:
            raise typer.BadParameter("give --target and --source, or --pairs")
        return planning.cross(_photos(targets), _photos(sources), settings, one_person=one_person)
    if targets or sources:
        raise typer.BadParameter("give --target and --source, or --pairs, not both")
    if pairs.suffix.lower() == _LIST:
        return planning.from_list_file(pairs, settings)
    if pairs.suffix.lower() != _ZIP:
        raise typer.BadParameter(f"--pairs takes a .csv or a .zip, not {pairs.name}")
    file = stack.enter_context(inputs.opened(pairs, limits().zip_bytes, BatchRejected, Reason.ZIP_TOO_HEAVY))
    return planning.from_zip(file, settings)


def _sifted(plan: Plan, console: Console) -> Plan:
    """Without the pairs that make no picture."""
    total = len(plan.pairs)
    with contextlib.closing(FaceFinder()) as finder:
        return judging.sifted(
            plan,
            judging.Looks(finder),
            lambda done: console.show(done / total, f"judging the pairs, {done} of {total}"),
        )


def _photos(written: Sequence[str]) -> list[Given]:
    """The files that names, folders and patterns mean, each once."""
    found: dict[Path, Given] = {}
    for text in written:
        path = Path(text)
        if path.is_dir():
            inside = sorted(path.iterdir(), key=lambda file: file.name.casefold())
            paths = [file for file in inside if file.suffix.lower() in SUFFIXES and not file.name.startswith(".")]
        else:
            matches = [] if path.exists() else sorted(glob.glob(text, recursive=True))
            paths = [Path(match) for match in matches if Path(match).is_file()] or [path]
        found |= {path.resolve(): Given.of_file(path) for path in paths}
    return list(found.values())


def _watch(console: Console) -> batch_progress.Watch:
    def draw(done: int, total: int, fraction: float, now: JobView | None) -> None:
        what = f" · {_called(now)} · {now.progress.stage or now.progress.state}" if now else ""
        console.show(fraction, f"{done} of {total}{what}")

    return draw


def _tell(console: Console) -> batch_progress.Tell:
    return lambda error: console.note(f"{error.message} {error.remedy} Ctrl-C stops the batch and keeps what is done.")


def _print(told: _Told, as_json: bool) -> None:
    views, files = told.run.views, told.saved.files
    if as_json:
        streams.answer_json(_as_json(told))
    else:
        for view in views:
            if view.outcome is not None and view.id in files:
                streams.report(f"{files[view.id]}  {_made(view.outcome.facts)}")
                for notice in view.outcome.facts.notices:
                    streams.report(f"  note: {notice}")
        streams.report(f"{len(files)} of {len(views)} done in {told.seconds:.1f} s  {told.out}")
    _complain(told.refused)
    for view in told.failed:
        if view.error is not None and not (told.run.is_stopped and view.progress.state == State.CANCELLED):
            streams.complain(f"{_called(view)}: {view.error.message} {view.error.remedy}")
    for name, error in told.saved.errors:
        streams.complain(f"{name}: {error.message} {error.remedy}")
    if told.saved.errors:
        streams.complain("What could not be written is in the history: the page History and the page Batch have it.")
    if told.run.is_stopped:
        streams.complain(f"stopped: {len(files)} of {len(views)} are done and kept.")


def _made(facts: Facts) -> str:
    like = "" if facts.likeness is None else f"  like the source {facts.likeness.source:.2f}"
    return f"{facts.size}  {facts.engine} on {facts.device}  {facts.seconds:.2f} s{like}"


def _as_json(told: _Told) -> dict[str, Any]:
    return {
        "batch": told.run.batch,
        "out": str(told.out),
        "seconds": round(told.seconds, 3),
        "stopped": told.run.is_stopped,
        "jobs": [view.to_json() | {"file": told.saved.files.get(view.id)} for view in told.run.views],
        "table": told.saved.table,
        "manifest": told.saved.manifest,
        "unsaved": [{"name": name, **_error(error)} for name, error in told.saved.errors],
        "refused": [{"name": one.name, "row": one.row, **_error(one.error)} for one in told.refused],
    }


def _error(error: FusionError) -> dict[str, str]:
    return {"reason": error.reason, "message": error.message, "remedy": error.remedy}


def _complain(refused: Sequence[Refused]) -> None:
    for one in refused:
        row = f"row {one.row}: " if one.row else ""
        streams.complain(f"{row}{one.name}: {one.error.message} {one.error.remedy}")


def _called(view: JobView) -> str:
    return " + ".join(filter(None, (view.target_name, view.source_name))) or view.id
