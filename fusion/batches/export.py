"""Results of a batch as files to take along: pictures, a recipe each, a table of what each job was and took, and last
a manifest with the sha256 of every one of them.

Pictures are PNG, which is packed already: in a ZIP they are stored as they are, and copied piece by piece. Where
something is done to them as they leave, each is made when its turn comes.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from fusion import provenance
from fusion.batches import manifest, zip_stream
from fusion.batches.manifest import Hashed
from fusion.batches.zip_stream import Member, Sent
from fusion.errors import BatchRejected, FusionError, Reason
from fusion.facts import Facts
from fusion.files import names, outputs, private
from fusion.jobs import Jobs, JobView, Outcome, Query
from fusion.photos import Format
from fusion.provenance import Leaving, Parcel

TABLE = "measurements.csv"
COLUMNS = (
    *("number", "target", "source", "state", "file", "width", "height", "engine", "device"),
    *("seconds", "peak_bytes", "steps", "error", "passed", "findings", "source_used"),
    *("likeness_source", "likeness_target", "suited", "notices", "consent"),
)
UNCHECKED, UNKNOWN = "not checked yet", "unknown"  # in the place of whether a result has passed its check
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would compute


def jobs_of(queue: Jobs, batch: str) -> tuple[JobView, ...]:
    """The jobs of a batch in their order."""
    return tuple(reversed(queue.history(Query(batch=batch, limit=-1))))


def stems(jobs: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """What the files of each job are called, without suffix: after its photos, unlike all others, safe anywhere.

    A photo that is in every job is not named.

    Args:
        jobs: id, target's and source's name of each.
    """
    jobs = tuple(jobs)
    sides = [{job[side] for job in jobs} for side in (1, 2)]
    telling = [side for side in (1, 2) if len(sides[side - 1]) > 1] or [1, 2]
    taken = {names.alike(manifest.STEM)}  # a recipe has the same suffix
    named = {}
    for job in jobs:
        id, photos = job[0], [job[side] for side in telling]
        wanted = " + ".join(names.safe(photo) for photo in photos if photo) or id
        stem, number = wanted, 1
        while names.alike(stem) in taken:
            number += 1
            stem = f"{wanted} ({number})"
        taken.add(names.alike(stem))
        named[id] = stem
    return named


def stems_of(views: Sequence[JobView]) -> dict[str, str]:
    """The same, of jobs in their order."""
    return stems((view.id, view.target_name, view.source_name) for view in views)


@dataclass(slots=True, eq=False)
class _Result:
    """A result that leaves. What its recipe says is known once it is packed."""

    job: str
    outcome: Outcome
    leaving: Leaving
    recipe: dict[str, Any] = field(default_factory=dict)

    def packed(self) -> Parcel:
        """The picture; its recipe is kept."""
        outcome = self.outcome
        clear = outcome.facts.to_keep_clear
        parcel = provenance.unpacked(outcome.output, Format.PNG, outcome.recipe, self.leaving, id=self.job, faces=clear)
        self.recipe = parcel.recipe
        return parcel

    def told(self) -> bytes:
        """The recipe as a file, after the picture."""
        return provenance.dumps(self.recipe).encode()

    def members(self, stem: str) -> tuple[Member, Member]:
        """Of a ZIP: unread, and where nothing is done to the picture with a size that is known.

        Raises:
            FileNotFoundError: there is no picture any more.
        """
        picture = Member.of_file(f"{stem}.png", self.outcome.output)
        if not self.leaving.changes(self.outcome.recipe):
            self.recipe = dict(self.outcome.recipe)
            return picture, Member.of_bytes(f"{stem}.json", self.told())
        return (
            Member.of_made(picture.name, lambda sent: self.packed().whole()),
            Member.of_made(f"{stem}.json", lambda sent: self.told()),
        )


def contents(views: Sequence[JobView], leaving: Leaving | None = None) -> tuple[Member, ...]:
    """What the ZIP of a batch holds: pictures, a recipe each, the table, and the manifest.

    Args:
        views: the batch's jobs in their order; those without a result are in the table alone.
        leaving: what is done to the pictures; by the settings in the environment, without a label, if None.

    Raises:
        BatchRejected: there is no result.
        SettingsInvalid: the environment cannot be used.
    """
    named, found = stems_of(views), list[Member]()
    leaving = leaving or Leaving.as_set(None)
    for view in views:
        if view.outcome is None:
            continue
        try:
            found += _Result(view.id, view.outcome, leaving).members(named[view.id])
        except FileNotFoundError:  # deleted in the history; the table still tells of it
            continue
    if not found:
        raise BatchRejected(Reason.BATCH_NO_RESULT)
    found.append(Member.of_bytes(TABLE, table(views, named)))
    return (*found, manifest.member(found))


def write_zip(views: Sequence[JobView], file: BinaryIO, leaving: Leaving | None = None) -> int:
    """Everything into one ZIP; how many results are in it.

    Args:
        file: written from where it stands.
        leaving: as of `contents`.

    Raises:
        BatchRejected: there is no result.
        OutputRejected: a picture could not be signed.
        OSError: it could not be written, or a result could not be read.
    """
    members = contents(views, leaving)
    for piece in zip_stream.pieces(members):
        file.write(piece)
    return len(members) // 2 - 1


def save_zip(views: Sequence[JobView], path: Path, leaving: Leaving | None = None, *, overwrite: bool = False) -> int:
    """The same as a file, which is there whole or as it was before.

    Raises:
        BatchRejected: there is no result.
        OutputRejected: it could not be written, or there is a file already that shall stay.
    """
    try:
        with private.writing(path, replace=overwrite) as file:
            return write_zip(views, file, leaving)
    except OSError as error:
        raise outputs.refusal(path, error) from error


def save_result(
    view: JobView, folder: outputs.Folder, stem: str, leaving: Leaving | None = None
) -> tuple[str, tuple[Sent, ...]]:
    """One picture and its recipe into a folder; the stem that was free for them, and what was written.

    Raises:
        OutputRejected: they could not be written.
        FusionError: "result_gone": there is no picture any more.
    """
    assert view.outcome is not None
    result = _Result(view.id, view.outcome, leaving or Leaving.as_set(None))
    picture, recipe = Hashed(lambda: _there(result)), Hashed(lambda: iter([result.told()]))
    free = folder.put(stem, {".png": picture, ".json": recipe})
    return free, (picture.sent(names.on_disk(f"{free}.png")), recipe.sent(names.on_disk(f"{free}.json")))


def _there(result: _Result) -> Iterator[bytes]:
    """The picture's pieces; where it is gone, that is no fault of the place that it goes to."""
    try:
        pieces = result.packed().pieces
        first = next(pieces)
    except OSError as error:
        raise FusionError(Reason.RESULT_GONE, file=result.outcome.output.name) from error
    return itertools.chain([first], pieces)


def save_manifest(files: Sequence[Sent], folder: outputs.Folder) -> Path:
    """The manifest of what was written into a folder; where it is.

    Raises:
        OutputRejected: it could not be written.
    """
    free = folder.put(manifest.STEM, {manifest.SUFFIX: manifest.text(files)})
    return folder.path / f"{free}{manifest.SUFFIX}"


def save_table(views: Sequence[JobView], folder: outputs.Folder, named: Mapping[str, str]) -> tuple[Path, Sent]:
    """The table into a folder; where it is, and what was written.

    Args:
        named: stems by the jobs' ids, as the results were saved.

    Raises:
        OutputRejected: it could not be written.
    """
    stem, _, suffix = TABLE.partition(".")
    written = Hashed(lambda: iter([table(views, named)]))
    name = f"{folder.put(stem, {f'.{suffix}': written})}.{suffix}"
    return folder.path / name, written.sent(name)


def table(views: Sequence[JobView], named: Mapping[str, str]) -> bytes:
    """One row a job, as CSV in UTF-8 with its mark, by which spreadsheets know it.

    Args:
        named: stems by the jobs' ids; a job without one has no file.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for number, view in enumerate(views, 1):
        writer.writerow([_plain(cell) for cell in (number, *_row(view, named.get(view.id)))])
    return text.getvalue().encode("utf-8-sig", errors="replace")


def _row(view: JobView, stem: str | None) -> tuple[object, ...]:
    cost = view.measurement
    return (
        view.target_name,
        "; ".join(photo.name for photo in view.sources),
        view.progress.state,
        f"{stem}.png" if view.outcome and stem else "",
        *(("", "", "", "") if view.outcome is None else _made(view.outcome.facts)),
        "" if cost is None else round(cost.seconds, 3),
        "" if cost is None else cost.peak_bytes,
        "; ".join(f"{step.rung}: {step.before} to {step.after}" for step in view.steps),
        "" if view.error is None else f"{view.error.message} {view.error.remedy}",
        *_judged(view),
        view.used_source.name if view.outcome else "",
        *_likeness(view),
        *_told(view),
        "" if view.consent is None else view.consent.to_json()["at"],
    )


def _made(facts: Facts) -> tuple[int, int, str, str]:
    return facts.size.width, facts.size.height, facts.engine, facts.device


def _likeness(view: JobView) -> tuple[float | str, float | str]:
    """Of the result to both photos; empty where it was not measured."""
    found = None if view.outcome is None else view.outcome.facts.likeness
    return ("", "") if found is None else (found.source, found.target)


def _told(view: JobView) -> tuple[str, str]:
    """How well the two faces go together, and what there is to know of the result."""
    if view.outcome is None:
        return "", ""
    facts = view.outcome.facts
    return str(facts.suitability.verdict if facts.suitability else ""), " ".join(map(str, facts.notices))


def _judged(view: JobView) -> tuple[object, str]:
    """Whether the check after the job found it good, and the causes that it found.

    Of a result that has not been checked yet, or could not be, it says that; empty without a result.
    """
    if view.outcome is None:
        return "", ""
    if view.verdict is None or view.verdict.get("passed") is None:
        return UNCHECKED if view.verdict is None else UNKNOWN, ""
    return view.verdict["passed"], "; ".join(str(finding["cause"]) for finding in view.verdict["findings"])


def _plain(cell: object) -> object:
    """A text that no spreadsheet takes for a formula: names of photos are other people's words."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
