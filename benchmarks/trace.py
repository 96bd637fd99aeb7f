"""Writes advisor/forecast/coefficients/cuda.json: what fusions take of a card, worked out where there is no card.

    python -m benchmarks.trace [--resume] [--check]

The whole pipeline runs on a card that is not there (`benchmarks.shared.card_tensors`), the unet engine's networks with
weights of the right shapes (`benchmarks.shared.traced_networks`). The life of every storage is noted down and replayed
through a model of torch's allocator. Nothing is timed. bfloat16 takes what float16 takes: its numbers are as long.
Where the unet engine's memory can be saved (`fusion.memory.strips`) its smallest jobs are traced in each way of it.

    --resume   leave out what the file has already
    --check    run every network again, and of each engine the smallest job and one in two stages, of the landmark
               engine a large one, too, of the unet engine the most memory that can be saved; exit code 1 where a peak
               has grown by more than 2 %
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import torch

from advisor.forecast import Coefficients, Source, fitted, predict, shipped_coefficients
from advisor.forecast.kinds import Regime
from advisor.forecast.model import CONTEXT_BYTES
from advisor.forecast.savings import lent_bytes
from benchmarks.shared import common, traced_networks
from benchmarks.shared.card_tensors import card
from benchmarks.shared.storage_log import StorageLog
from fusion.engines import Engines
from fusion.engines.precision import DTYPES
from fusion.engines.unet.engine import ENHANCE_FROM
from fusion.memory import Saving, strips
from fusion.photos import decode
from fusion.pipeline import Pipeline, stage_one
from fusion.sizing import Measurement, StageCost, Workload
from fusion.types import EngineName, Precision, Role, Size, Stage, Switch
from fusion.units import GB, MIB
from fusion.upscale import Enlargers, Kind
from fusion.upscale.discovery import SPAN_SCALES, Found
from fusion.upscale.lanczos import Lanczos
from fusion.worker import Trial
from fusion.worker.measured_run import photos

FILE = shipped_coefficients.FOLDER / "cuda.json"
MOST_GROWTH = 0.02
# Side of the output, share of the face, stages; of each engine the smallest first.
_CASES = {
    EngineName.LANDMARK: ((512, 0.45, 1), (1024, 0.45, 1), (1536, 0.45, 1), (2048, 0.45, 1), (3072, 0.45, 1),
                          (2048, 0.45, 2), (4096, 0.2, 2), (4096, 0.45, 2)),
    EngineName.UNET: ((512, 0.45, 1), (1024, 0.2, 1), (1024, 0.45, 1), (2048, 0.45, 1), (4096, 0.2, 1),
                      (2048, 0.45, 2), (4096, 0.45, 2)),
}  # fmt: skip
_SAVED = ((512, 0.45, 1), (1024, 0.45, 1))  # of the unet engine: without the enhancer, and with it
# Engine, side, stages, whether weights are lent: seconds each, where larger ones take the same way.
_CHECKED = frozenset({(EngineName.LANDMARK, 512, 1, False), (EngineName.LANDMARK, 2048, 1, False),
                      (EngineName.LANDMARK, 2048, 2, False), (EngineName.UNET, 512, 1, False),
                      (EngineName.UNET, 2048, 2, False), (EngineName.UNET, 1024, 1, True)})  # fmt: skip
_PRECISIONS = (Precision.FLOAT32, Precision.FLOAT16)
# Forecast over measured, of 15 runs of another network on an RTX 4090 that were published (InvokeAI's pull request
# 9305, float16): what tensors took within 0.1 %, what torch held from 1 % less to 14 % more.
_ALLOCATED_WITHIN, _RESERVED = 0.001, (0.99, 1.14)
# What no trace tells: a CUDA context with its kernels, of which `CONTEXT_BYTES` is about the middle, and what cuBLAS
# and cuDNN take to work in.
_CONTEXT, _WORKSPACES = (round(0.3 * GB), round(0.6 * GB)), 128 * MIB


@dataclass(frozen=True, slots=True)
class Run:
    """What is traced at once: a trial in every precision, weights lent or not, the enhancer in strips of `heights`."""

    trial: Trial
    lends: bool = False
    heights: tuple[int, ...] = (strips.WHOLE,)

    def has(self, row: Mapping[str, Any]) -> bool:
        """Whether a row of the file is of it."""
        return bool(row["trial"] == self.trial.to_json() and row["workload"]["lends"] == self.lends)

    def for_check(self) -> Run | None:
        """What of it is run again to see whether something has grown; None: nothing."""
        trial = self.trial
        known = trial.engine, trial.output.width, 2 if trial.two_stage == Switch.ON else 1, self.lends
        return replace(self, heights=(self.heights[0], self.heights[-1])) if known in _CHECKED else None


def runs() -> Iterator[Run]:
    """All."""
    for engine, cases in _CASES.items():
        for side, face, stages in cases:
            trial = Trial(engine, Size(side, side), Switch.ON if stages == 2 else Switch.OFF, face=face)
            if engine == EngineName.UNET and (side, face, stages) in _SAVED:
                heights = strips.HEIGHTS if face * side > ENHANCE_FROM else (strips.WHOLE,)
                yield from (Run(trial, lends, heights) for lends in (False, True))
            else:
                yield Run(trial)


def traced(run: Run) -> Iterator[dict[str, Any]]:
    """One job in a fresh process, from its faces to its picture: a row of the file for each precision and height."""
    trial = run.trial
    target, source = (decode.read(data, role) for data, role in zip(photos(trial), Role, strict=True))
    with card() as log, traced_networks.told(log) as files, _quick_enlarger():
        engines = Engines(torch.device("cuda"), files)
        with Pipeline(device="cuda", engines=engines) as pipeline:
            saving = Saving(lends=run.lends)
            work = pipeline.run(target, source, trial.settings, saving=saving).measurement.workload
            pipeline.forget()
            pipeline.make_room()
            ended = len(log.events)
    del log.events[ended:]  # of what is closed
    for precision in _PRECISIONS if trial.engine == EngineName.UNET else _PRECISIONS[:1]:
        for rows in dict.fromkeys(run.heights):
            row = _row(traced_networks.as_in(log, DTYPES[precision], rows))
            done = replace(work, precision=precision, strip_rows=rows if rows < strips.WHOLE else 0)
            yield {"trial": trial.to_json(), "workload": done.to_json(), **row}


@contextmanager
def _quick_enlarger() -> Iterator[None]:
    """Interpolation in the place of SPAN, which runs on the processor for long and gives a picture as large."""
    plain = (Found(Kind.LANCZOS, "Lanczos", None, True),)
    with (
        mock.patch.object(Lanczos, "scales", SPAN_SCALES),
        mock.patch.object(stage_one, "Enlargers", side_effect=lambda device: Enlargers(device, lambda: plain)),
    ):
        yield


def networks() -> Iterator[dict[str, Any]]:
    """What each of the unet engine's networks takes, loaded and called once: rows of the file."""
    for precision in _PRECISIONS:
        for kind in traced_networks.KINDS:
            if precision == Precision.FLOAT32 or kind in traced_networks.HALVED:
                log = StorageLog()
                for events in traced_networks.lives(kind, DTYPES[precision]):
                    log.splice(events)
                yield {"network": kind.__name__, "precision": str(precision), **_row(log)}


def _row(log: StorageLog) -> dict[str, int]:
    """Bytes.

    `left`: reserved in the end; `reserved_most`: at the peak, with copies that cuDNN may do without.
    """
    peaks = log.peaks()
    most = max(peaks.reserved, log.peaks(unsure=True).reserved)
    return {"allocated": peaks.allocated, "reserved": peaks.reserved, "left": peaks.left, "reserved_most": most}


def coefficients(rows: Sequence[Mapping[str, Any]]) -> Coefficients:
    """The lines through what was traced, with bounds that hold what traces are known to be off by."""
    context, whole = CONTEXT_BYTES, [row for row in rows if not _is_saved(row)]
    loaded = {each: max(row["left"] for row in whole if _is(row, EngineName.UNET, each)) for each in _PRECISIONS}
    margin = context - _CONTEXT[0], _CONTEXT[1] - context + _WORKSPACES
    prior = Coefficients(context, loaded, {}, {}, {}, margin_bytes=margin, reads_there=False)
    found = fitted(map(_measurement, whole), prior)
    memory = {}
    for regime, line in found.memory.items():
        most = [_share(row, found, context) for row in rows if Regime.of(Workload.from_json(row["workload"])) == regime]
        high = max(line.high, *most) / _RESERVED[0]
        memory[regime] = replace(line, low=line.low / _RESERVED[1], high=high, source=Source.TRACED)
    halves = {
        replace(regime, precision=Precision.BFLOAT16): line for regime, line in memory.items() if _is_half(regime)
    }
    loaded |= {Precision.BFLOAT16: loaded[Precision.FLOAT16]}
    return replace(found, loaded_bytes=loaded, memory=memory | halves, seconds={}, spread={})


def _is(row: Mapping[str, Any], engine: EngineName, precision: Precision) -> bool:
    return (row["workload"]["engine"], row["workload"]["precision"]) == (engine, precision)


def _is_saved(row: Mapping[str, Any]) -> bool:
    """Whether memory was saved: lines are of jobs in which none was."""
    return bool(row["workload"]["strip_rows"] or row["workload"]["lends"])


def _is_half(regime: Regime) -> bool:
    return regime.precision == Precision.FLOAT16


def _measurement(row: Mapping[str, Any]) -> Measurement:
    """A row as a job that loaded its networks, so that its peak holds them, and as torch counts: without a context.

    The photos and the whole frame stay on the host: nothing on a card grows with their pixels.
    """
    work = replace(Workload.from_json(row["workload"]), output=Size(0, 0), photos_px=0, source_photo_px=0)
    cold = (StageCost(Stage.LOAD, 0.0),)
    return Measurement(work, "traced", 1.0, int(row["reserved"]), 0, 0, cold, True, {})


def _share(row: Mapping[str, Any], known: Coefficients, context: int) -> float:
    """The most that a row may be, over what is forecast: both above what is there in any case."""
    work = Workload.from_json(row["workload"])
    forecast = predict(work, known)
    sure = forecast.rest_bytes + lent_bytes(work)
    return (context + int(row["reserved_most"]) - sure) / (forecast.peak_bytes - sure)


def _provenance(rows: Sequence[Mapping[str, Any]], known: Coefficients) -> dict[str, Any]:
    """Where the numbers come from."""
    errors = [
        abs(predict(Workload.from_json(row["workload"]), known).peak_bytes / (known.rest_bytes + row["reserved"]) - 1)
        for row in rows
    ]
    return {
        "script": "benchmarks/trace.py",
        "basis": str(Source.TRACED),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"gpu": None},
        "versions": common.versions(),
        "points": len(rows),
        "accuracy": {
            "against": "an RTX 4090, published: InvokeAI pull request 9305, Qwen-Image VAE, float16",
            "allocated": [-_ALLOCATED_WITHIN, _ALLOCATED_WITHIN],
            "reserved": [round(each - 1, 3) for each in _RESERVED],
            "context_bytes": list(_CONTEXT),
            "workspace_bytes": _WORKSPACES,
        },
        "errors": {"peak_worst": round(max(errors), 4)},
    }


def grown(before: Sequence[Mapping[str, Any]], now: Mapping[str, Any]) -> list[str]:
    """What of a row is more than the file says by over 2 %, in words; of a row that the file has not, that.

    Args:
        before: the file's rows.
        now: traced again.
    """
    was = next((row for row in before if _name(row) == _name(now)), None)
    if was is None:
        return [f"{_name(now)}: the file does not have it"]
    return [
        f"{_name(now)}: {name} {was[name] / MIB:.1f} → {now[name] / MIB:.1f} MiB"
        for name in ("allocated", "reserved")
        if now[name] > was[name] * (1 + MOST_GROWTH)
    ]


def _name(row: Mapping[str, Any]) -> str:
    if "network" in row:
        return f"{row['network']} in {row['precision']}"
    trial, precision = Trial.from_json(row["trial"]), row["workload"]["precision"]
    stages = "two stages" if trial.two_stage == Switch.ON else "one stage"
    rows, lends = row["workload"]["strip_rows"], row["workload"]["lends"]
    saved = (f", strips of {rows} rows" if rows else "") + (", weights lent" if lends else "")
    return f"{trial.engine} {trial.output.width} in {precision}, face {trial.face:g}, {stages}{saved}"


def _said(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        sizes = ", ".join(f"{name} {row[name] / MIB:.1f}" for name in ("allocated", "reserved", "reserved_most"))
        print(f"{_name(row)}: {sizes} MiB", flush=True)
        yield row


def check(data: Mapping[str, Any]) -> int:
    """Trace some again; the exit code."""
    again = [(data["networks"], row) for row in _said(networks())]
    for run in filter(None, map(Run.for_check, runs())):
        again += [(data["traces"], row) for row in _said(traced(run))]
    complaints = [complaint for before, row in again for complaint in grown(before, row)]
    for complaint in complaints:
        print(f"grown: {complaint}")
    return int(bool(complaints))


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    data = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    if given.check:
        return check(data)
    nets = list(_said(networks()))
    known = data.get("traces", []) if given.resume else []
    rows: list[dict[str, Any]] = []
    for run in runs():
        rows += [row for row in known if run.has(row)] or _said(traced(run))
    made = coefficients(rows)
    text = shipped_coefficients.dumps(made, {**_provenance(rows, made), "networks": nets, "traces": rows})
    FILE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
