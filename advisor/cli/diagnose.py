"""`python -m advisor diagnose RESULT --target T --source S`: what is wrong with a result, why, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from advisor.diagnosis import Case, Diagnosis, Remedy, Symptom, case
from advisor.health import LOOKED_FOR, doctor, examine_environment
from advisor.quality import Measures
from fusion import config
from fusion.cli import Console, streams
from fusion.errors import FusionError, Reason
from fusion.faces import FaceFinder
from fusion.files import inputs, private
from fusion.jobs import JobView, view_of
from fusion.storage import FILE, App, PhotoFiles, Records, Store


class Asked(StrEnum):
    """What is looked for."""

    BLURRY = "blurry"
    SEAM = "seam"
    SLOW = "slow"
    NO_FACE = "no_face"
    ALL = "all"

    @property
    def symptom(self) -> Symptom | None:
        """None for all."""
        return None if self == Asked.ALL else Symptom(self)


def diagnose(
    result: Annotated[Path | None, typer.Argument(help="The picture that is wrong, of whatever tool.")] = None,
    target: Annotated[Path | None, typer.Option(help="The photo that kept its pose, light and background.")] = None,
    source: Annotated[Path | None, typer.Option(help="The photo that gave the face.")] = None,
    job: Annotated[str | None, typer.Option(help="A job of the history: its photos, result, settings, errors.")] = None,
    symptom: Annotated[Asked, typer.Option(help="What you see.")] = Asked.ALL,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """What is wrong with a result: the causes that were measured, the likeliest first, each with what mends it."""
    if job is None:
        _insist({"RESULT": result, "--target": target, "--source": source})
    made = _case_of_files(result, target, source) if job is None else _case_of_job(job, result, target, source)
    with Console(), FaceFinder() as finder:  # after the files: what is refused should not wait for it
        found = made.diagnosed(finder, symptom.symptom)
    if symptom == Asked.SLOW:
        found = _with_machine(found)
    if as_json:
        streams.answer_json(found.to_json())
    else:
        for line in lines(found):
            streams.answer(line)


def lines(found: Diagnosis) -> Iterator[str]:
    """A diagnosis in words: findings, then what was measured."""
    for number, finding in enumerate(found.findings, 1):
        yield f"{number}. {finding.text}"
        yield f"   {finding.symptom}, {finding.level}, {finding.confidence:.0%} sure"
        yield f"   {_remedy(finding.remedy)}"
    if not found.findings:
        yield f"Nothing found; looked for {len(found.looked_for)} causes."
    yield ""
    yield "measured:"
    yield from (f"  {each}" for each in _measured(found.measures))


def _remedy(remedy: Remedy) -> str:
    """A remedy and what it sets."""
    patch = ", ".join(f"{name} = {value}" for name, value in remedy.patch.items())
    return f"-> {remedy.text}" + (f" [{patch}]" if patch else "")


def _measured(measures: Measures) -> Iterator[str]:
    for name, values in measures.to_json().items():
        if values is not None:
            face = values.pop("face", None)
            yield _line(name, values)
            if face is not None:
                yield _line(f"{name}.face", face)


def _line(name: str, values: Mapping[str, object]) -> str:
    """What is known of it, by the names of `advisor.quality.types`."""
    told = {key: _told(value) for key, value in values.items() if value not in (None, "", [])}
    return f"{name}: " + ", ".join(f"{key} {value}" for key, value in told.items())


def _told(value: object) -> str:
    if isinstance(value, dict):
        return "x".join(str(each) for each in value.values())  # a size
    return " ".join(str(each) for each in value) if isinstance(value, list) else str(value)


def _with_machine(found: Diagnosis) -> Diagnosis:
    """With what slows the machine down, after what slowed this job down."""
    findings = doctor(examine_environment(config.load()))
    causes = tuple(dict.fromkeys((*found.looked_for, *LOOKED_FOR)))
    return replace(found, findings=(*found.findings, *findings), looked_for=causes)


def _insist(given: Mapping[str, Path | None]) -> None:
    missing = [name for name, path in given.items() if path is None]
    if missing:
        raise typer.BadParameter(f"{' and '.join(missing)} missing; or name a job of the history with --job")


def _case_of_files(result: Path | None, target: Path | None, source: Path | None) -> Case:
    assert result is not None
    assert target is not None
    assert source is not None
    return case.of_files(_load(target), _load(source), _load(result))


def _case_of_job(id: str, result: Path | None, target: Path | None, source: Path | None) -> Case:
    """The job's own, but for the files that are given beside it."""
    view, photos = _found(id)
    data = [_load(path) if path is not None else photos.read(kept) for path, kept in _sides(view, target, source)]
    if result is None:
        return case.of_job(view, (data[0], data[1]))
    made = case.of_job(replace(view, outcome=None), (data[0], data[1]))
    return case.with_result(replace(made, run=case.run_of(view)), _load(result))


def _sides(view: JobView, target: Path | None, source: Path | None) -> Iterator[tuple[Path | None, str]]:
    yield target, view.target_sha256
    yield source, view.used_source.sha256


def _found(id: str) -> tuple[JobView, PhotoFiles]:
    """A job of the history, which an app may be using now, and where its photos are."""
    data = config.load().data
    why, store = private.unusable(data), Store(data / FILE)
    if why:
        raise FusionError(Reason.DATA_UNUSABLE, folder=str(data), why=why)
    if not store.exists:  # a look makes none
        raise FusionError(Reason.JOB_UNKNOWN, id=id)
    record = Records(store, App.this()).get(id)
    return view_of(record, data / "jobs" / record.id, None), PhotoFiles(data / "photos")


def _load(path: Path) -> bytes:
    return inputs.read(path, case.MOST_BYTES)
