"""`/metrics`: what the queue does, in the text format of Prometheus. For the administrator."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from advisor.forecast import Coefficients, predict
from api import problems
from api.calls import Call
from api.machine_state import Machine
from fusion import __version__
from fusion.sizing import Measurement
from fusion.types import State

MEDIA = "text/plain; version=0.0.4; charset=utf-8"

Labels = Mapping[str, object]
Values = Iterable[tuple[Labels, float]]


async def metrics(call: Call) -> Response:
    """All of them."""
    call.need_administrator()
    text = await run_in_threadpool(_text, call)
    return Response(text, 200, problems.STEADY, MEDIA)


def _text(call: Call) -> str:
    return "".join(family(*each) for each in _families(call))


def family(name: str, kind: str, about: str, values: Values) -> str:
    """One metric with its lines.

    Args:
        kind: "gauge" or "counter".
        about: a sentence.
    """
    lines = [f"# HELP {name} {about}", f"# TYPE {name} {kind}"]
    for labels, value in values:
        inner = ",".join(f'{key}="{_escaped(str(each))}"' for key, each in labels.items())
        lines.append(f"{name}{{{inner}}} {value:g}" if inner else f"{name} {value:g}")
    return "\n".join([*lines, ""])


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _families(call: Call) -> Iterator[tuple[str, str, str, Values]]:
    counts, rows = call.jobs.counts(), call.jobs.ledger.rows()
    yield "fusewise_build_info", "gauge", "The version that runs.", [({"version": __version__}, 1)]
    states = [({"state": state}, counts.get(state, 0)) for state in State]
    yield "fusewise_jobs", "gauge", "Jobs of the history and the queue, by state.", states
    failed = [({"reason": reason or "unknown"}, count) for reason, count in call.jobs.failures().items()]
    yield "fusewise_jobs_failed", "gauge", "Jobs of the history that failed, by the reason.", failed
    workers = [view.state for view in call.jobs.workers()]
    yield (
        "fusewise_workers",
        "gauge",
        "Workers of this server, by state.",
        [({"state": each}, workers.count(each)) for each in ("starting", "ready", "busy", "dead")],
    )
    yield "fusewise_stored_bytes", "gauge", "Results on the disk.", [({}, call.jobs.stored_bytes())]
    machine = call.host.look()
    yield from _memory(call, machine)
    yield from _peaks([row for row in rows if row.device == machine.place.name], machine.coefficients)
    yield from _costs(rows)


def _memory(call: Call, machine: Machine) -> Iterator[tuple[str, str, str, Values]]:
    """What a forecast goes by, and what is measured now."""
    place = machine.place
    device = {"device": place.name}
    yield "fusewise_memory_total_bytes", "gauge", "Memory of where jobs run.", [(device, place.total_bytes)]
    yield "fusewise_memory_free_bytes", "gauge", "Of it, what a forecast counts as free.", [(device, place.free_bytes)]
    held = [
        (
            {"node": view.node} if view.node else {"pid": view.pid},
            (view.resident_bytes if view.reserved_bytes is None else view.reserved_bytes) or 0,
        )
        for view in call.jobs.workers()
        if view.pid is not None
    ]
    yield "fusewise_worker_bytes", "gauge", "What a worker holds: reserved on its card, or resident.", held


def _peaks(rows: Iterable[Measurement], known: Coefficients) -> Iterator[tuple[str, str, str, Values]]:
    """The peak of memory of the newest job of each engine: as it was measured, and as a forecast has it now."""
    newest = {(str(row.workload.engine), row.device): row for row in rows}
    labelled = [({"engine": engine, "device": device}, row) for (engine, device), row in newest.items()]
    measured = [(labels, float(row.peak_bytes)) for labels, row in labelled]
    yield "fusewise_job_peak_bytes", "gauge", "Peak memory of the newest job, as measured.", measured
    forecast = [(labels, float(predict(row.workload, known).peak_bytes)) for labels, row in labelled]
    yield "fusewise_job_peak_forecast_bytes", "gauge", "The same, as it is forecast.", forecast


def _costs(rows: Iterable[Measurement]) -> Iterator[tuple[str, str, str, Values]]:
    """What jobs took, of those whose measurements are kept."""
    seconds: dict[str, float] = defaultdict(float)
    count: dict[str, int] = defaultdict(int)
    for row in rows:
        for cost in row.stages:
            seconds[cost.stage] += cost.seconds
            count[cost.stage] += 1
    stages = [({"stage": stage}, value) for stage, value in seconds.items()]
    yield "fusewise_stage_seconds_sum", "gauge", "Seconds of measured jobs, by stage.", stages
    counts = [({"stage": stage}, float(value)) for stage, value in count.items()]
    yield "fusewise_stage_seconds_count", "gauge", "Measured jobs that had the stage.", counts
