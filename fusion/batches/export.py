"""Results of a batch as files to take along: pictures, a recipe each, and a table of what each job was and took.

Pictures are PNG, which is packed already: in a ZIP they are stored as they are, and copied piece by piece.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from fusion import provenance
from fusion.batches import zip_stream
from fusion.batches.zip_stream import Member
from fusion.errors import BatchRejected, FusionError, Reason
from fusion.facts import Facts
from fusion.files import names, outputs, private
from fusion.jobs import Jobs, JobView, Query
from fusion.units import MIB

TABLE = "measurements.csv"
COLUMNS = (
    *("number", "target", "source", "state", "file", "width", "height", "engine", "device"),
    *("seconds", "peak_bytes", "steps", "error", "passed", "findings", "source_used"),
    *("likeness_source", "likeness_target", "suited", "notices"),
)
_PIECE_BYTES = MIB
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
    taken: set[str] = set()
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


def contents(views: Sequence[JobView]) -> tuple[Member, ...]:
    """What the ZIP of a batch holds: pictures as they are on the disk, unread, a recipe each, and the table.

    Args:
        views: the batch's jobs in their order; those without a result are in the table alone.

    Raises:
        BatchRejected: there is no result.
    """
    named, found = stems_of(views), list[Member]()
    for view in views:
        if view.outcome is None:
            continue
        try:
            found.append(Member.of_file(f"{named[view.id]}.png", view.outcome.output))
        except FileNotFoundError:  # deleted in the history; the table still tells of it
            continue
        found.append(Member.of_bytes(f"{named[view.id]}.json", provenance.dumps(view.outcome.recipe).encode()))
    if not found:
        raise BatchRejected(Reason.BATCH_NO_RESULT)
    return (*found, Member.of_bytes(TABLE, table(views, named)))


def write_zip(views: Sequence[JobView], file: BinaryIO) -> int:
    """Everything into one ZIP; how many results are in it.

    Args:
        file: written from where it stands.

    Raises:
        BatchRejected: there is no result.
        OSError: it could not be written, or a result could not be read.
    """
    members = contents(views)
    for piece in zip_stream.pieces(members):
        file.write(piece)
    return len(members) // 2


def save_zip(views: Sequence[JobView], path: Path, *, overwrite: bool = False) -> int:
    """The same as a file, which is there whole or as it was before.

    Raises:
        BatchRejected: there is no result.
        OutputRejected: it could not be written, or there is a file already that shall stay.
    """
    try:
        with private.writing(path, replace=overwrite) as file:
            return write_zip(views, file)
    except OSError as error:
        raise outputs.refusal(path, error) from error


def save_result(view: JobView, folder: outputs.Folder, stem: str) -> str:
    """One picture and its recipe into a folder; the stem that was free for them.

    Raises:
        OutputRejected: they could not be written.
        FusionError: "result_gone": there is no picture any more.
    """
    assert view.outcome is not None
    recipe = provenance.dumps(view.outcome.recipe).encode()
    picture = view.outcome.output
    return folder.put(stem, {".png": lambda: _pieces(picture), ".json": recipe})


def save_table(views: Sequence[JobView], folder: outputs.Folder, named: Mapping[str, str]) -> Path:
    """The table into a folder; where it is.

    Args:
        named: stems by the jobs' ids, as the results were saved.

    Raises:
        OutputRejected: it could not be written.
    """
    stem, _, suffix = TABLE.partition(".")
    free = folder.put(stem, {f".{suffix}": table(views, named)})
    return folder.path / f"{free}.{suffix}"


def _pieces(path: Path) -> Iterator[bytes]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise FusionError(Reason.RESULT_GONE, file=path.name) from error
    with file:
        while piece := file.read(_PIECE_BYTES):
            yield piece


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
    """Whether the check after the job found it good, and the causes that it found; empty before there was one."""
    if view.verdict is None or view.verdict.get("passed") is None:
        return "", ""
    return view.verdict["passed"], "; ".join(str(finding["cause"]) for finding in view.verdict["findings"])


def _plain(cell: object) -> object:
    """A text that no spreadsheet takes for a formula: names of photos are other people's words."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
