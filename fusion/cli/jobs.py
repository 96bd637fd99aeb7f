"""`python -m fusion jobs`: what is queued and what was, beside an app that runs or without one.

These commands write down what is wanted, in the database. An app that runs takes it up within a second; without one,
what is queued waits until an app starts.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import typer

from fusion.cli import streams
from fusion.errors import BatchRejected, FusionError, Reason
from fusion.jobs import Jobs, JobView, Query, WorkerTrouble
from fusion.types import AGAIN, ENDED, State

_DAY_S = 86_400.0

app = typer.Typer(help="Jobs that are queued, and those that were.", no_args_is_help=False)

Ids = Annotated[list[str] | None, typer.Argument(help="Ids of jobs; the beginning of one will do.", metavar="ID...")]
BatchFlag = Annotated[str | None, typer.Option("--batch", help="Every job of the batch with this id.")]
JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.callback(invoke_without_command=True)
def _default(context: typer.Context) -> None:
    """Jobs that are queued, and those that were."""
    if context.invoked_subcommand is None:
        show()


@app.command("list")
def show(
    state: Annotated[list[State] | None, typer.Option("--state", help="Only these; may be given again.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="The newest so many.")] = 20,
    batch: BatchFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """List jobs, the newest first."""
    with _queue() as queue:
        query = Query(states=frozenset(state or ()), batch=batch and _batch(queue, batch), limit=limit)
        views, count, names = queue.history(query), queue.count(query), {one.id: one.name for one in queue.batches()}
        paused, trouble = queue.paused, queue.worker_trouble()
    if paused is not None:
        streams.complain(f"{paused.message} {paused.remedy}")
    if as_json:
        listed = {
            "count": count,
            "jobs": [view.to_json() for view in views],
            "paused": paused and paused.told(),
        }
        streams.answer_json(listed | {"worker": trouble and _as_json(trouble)})
        return
    for view in views:
        streams.answer(_line(view, names))
    streams.answer(f"{len(views)} of {count} jobs" if count else "There are no jobs.")
    if trouble is not None:
        streams.answer(f"No worker runs: {trouble.error.message} {trouble.error.remedy} {_again(trouble)}".strip())


@app.command()
def retry(ids: Ids = None, batch: BatchFlag = None) -> None:
    """Queue jobs again that failed, were cancelled or interrupted."""
    with _queue() as queue:
        views = [view for view in _chosen(queue, ids, batch) if view.progress.state in AGAIN]
        for view in views:
            queue.photos(view.id)  # FusionError: they are gone
        done = queue.hand_on([view.id for view in views])  # this process ends now
        streams.report(f"{_jobs(len(done))} queued again. {_when(queue) if done else ''}".strip())


@app.command()
def cancel(ids: Ids = None, batch: BatchFlag = None) -> None:
    """Stop jobs that wait or run."""
    with _queue() as queue:
        views = [view for view in _chosen(queue, ids, batch) if view.progress.state not in ENDED]
        for view in views:
            queue.cancel(view.id)
        streams.report(f"{_jobs(len(views))} cancelled.")


@app.command()
def purge(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    older_than: Annotated[
        float | None, typer.Option("--older-than", min=0, metavar="DAYS", help="Only those that are older.")
    ] = None,
) -> None:
    """Remove jobs from the history, with their photos and results."""
    until = None if older_than is None else time.time() - older_than * _DAY_S
    with _queue() as queue:
        views = queue.history(Query(until=until, limit=-1))
        if not views:
            streams.report("There is nothing to remove.")
            return
        if not yes:
            typer.confirm(f"Remove {_jobs(len(views))} with their photos and results?", abort=True)
        queue.delete([view.id for view in views])
        streams.report(f"{_jobs(len(views))} removed.")


@contextmanager
def _queue() -> Iterator[Jobs]:
    """The queue without workers: nothing is started and nothing is taken over."""
    queue = Jobs()
    try:
        yield queue
    finally:
        queue.close()


def _chosen(queue: Jobs, ids: Sequence[str] | None, batch: str | None) -> list[JobView]:
    """The jobs that are meant.

    Raises:
        FusionError: one of them is not known.
    """
    if not ids and batch is None:
        raise typer.BadParameter("say which: ID... or --batch ID")
    found = [_job(queue, id) for id in ids or ()]
    if batch is not None:
        found += queue.history(Query(batch=_batch(queue, batch), limit=-1))
    return found


def _job(queue: Jobs, id: str) -> JobView:
    alike = [view for view in queue.history(Query(text=id, limit=-1)) if view.id.startswith(id)]
    if len(alike) != 1:
        raise FusionError(Reason.JOB_UNKNOWN, id=id)
    return alike[0]


def _batch(queue: Jobs, id: str) -> str:
    alike = [batch.id for batch in queue.batches() if batch.id.startswith(id)]
    if len(alike) != 1:
        raise BatchRejected(Reason.BATCH_UNKNOWN, id=id)
    return alike[0]


def _line(view: JobView, names: dict[str, str]) -> str:
    made = datetime.fromtimestamp(view.made).strftime("%Y-%m-%d %H:%M")
    what = " + ".join(filter(None, (view.target_name, view.source_name))) or "–"
    took = f"{view.measurement.seconds:.1f} s" if view.measurement else ""
    batch = f"[{names.get(view.batch, view.batch)}]" if view.batch else ""
    why = view.error.message if view.error and view.progress.state == State.FAILED else ""
    return "  ".join(filter(None, (view.id, made, f"{view.progress.state:<11}", what, took, batch, why)))


def _as_json(trouble: WorkerTrouble) -> dict[str, object]:
    return {"error": trouble.error.to_json(), "retry_at": trouble.retry_at}


def _again(trouble: WorkerTrouble) -> str:
    if trouble.retry_at is None:
        return ""
    return f"If a job waits, it is tried again at {datetime.fromtimestamp(trouble.retry_at):%H:%M:%S}."


def _when(queue: Jobs) -> str:
    if any(row.app.is_alive for row in queue.registered()):
        return "The app that is running takes them up within a second."
    return "They wait until the app is started: make run."


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count} jobs"
