"""Peak memory and loading time of both sides, each in a process of its own, as it is when an app starts.

    python -m benchmarks.unet.fresh stock|fusewise FOLDER DEVICE SIDE FACE PRECISION    one process; prints JSON

Loading is from the call to networks that are ready. Where files are mapped instead of read, part of the work falls to
the first picture, so the seconds of both together are written down too. The files are in the system's cache.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.unet.bench import Bench
from fusion.types import Precision

CASES = ((1024, "large"), (4096, "large"))
MEMORY_BAR, LOADING_BAR = (1.8, 2.0), 2.0  # stock ÷ ours; memory on a processor and on a card


def table(bench: Bench, sides: list[int], wishes: list[Precision]) -> None:
    """Measure, print and record."""
    from benchmarks.unet.bench import distinct

    for side, face in CASES:
        for wish in distinct(wishes, bench.device):
            if side in sides and (side == CASES[0][0] or wish == Precision.AUTO):
                _case(bench, side, face, wish)


def _case(bench: Bench, side: int, face: str, wish: Precision) -> None:
    from benchmarks.shared import common
    from benchmarks.shared.common import Timing

    key = f"fresh {side} {face} {wish}"
    if not bench.wants(key):
        return
    runs: dict[str, list[dict[str, float]]] = {"stock": [], "fusewise": []}
    count = max(1, min(bench.runs, 3))
    for _ in range(count):
        for who, some in runs.items():
            some.append(_in_a_process(bench, who, side, face, wish))
    memory = "device_peak_bytes" if bench.is_card else "resident_peak_bytes"
    facts: dict[str, Any] = {"part": "fresh", "side": side, "face": face, "precision": wish}
    for who, some in runs.items():
        facts[who] = {name: Timing.of([run[name] for run in some]).to_json() for name in ("load_s", "load_and_first_s")}
        for name in ("resident_peak_bytes", "device_peak_bytes"):
            facts[who][name] = [run[name] for run in some] if name in some[0] else None
    ratio = {
        "memory": statistics.median(facts["stock"][memory]) / statistics.median(facts["fusewise"][memory]),
        "loading": facts["stock"]["load_s"]["median_s"] / facts["fusewise"]["load_s"]["median_s"],
        "loading_and_first": facts["stock"]["load_and_first_s"]["median_s"]
        / facts["fusewise"]["load_and_first_s"]["median_s"],
    }
    facts["stock_over_fusewise"] = {name: round(value, 3) for name, value in ratio.items()}
    facts["bars"] = {"memory": MEMORY_BAR[bench.is_card], "loading": LOADING_BAR}
    for name, bar in facts["bars"].items():
        print(f"{key}: {name} of stock ÷ ours {ratio[name]:.2f}, bar {bar} {common.verdict(ratio[name] >= bar)}")
    print(f"    {facts['stock']}\n    {facts['fusewise']}", flush=True)
    bench.record(key, facts)


def _in_a_process(bench: Bench, who: str, side: int, face: str, wish: Precision) -> dict[str, float]:
    words = [who, str(bench.folder), bench.device.type, str(side), face, wish]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.unet.fresh", *words],
        cwd=Path(__file__).resolve().parents[2],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        env={**os.environ, "OMP_WAIT_POLICY": "PASSIVE"},
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """One process's figures."""
    who, folder, device_name, side, face, wish = sys.argv[1:]
    import torch

    from benchmarks.stock import Stock
    from benchmarks.unet import scenes
    from benchmarks.unet.bench import Ours, face_px, run_stock

    device = torch.device(device_name)
    torch.zeros(1, device=device)  # the card's own start is nobody's loading time
    bench = Bench(Path(folder), device, 1, float("inf"), resume=False)
    scene = scenes.make(int(side), face_px(int(side), face))
    began = time.perf_counter()
    if who == "stock":
        stock = Stock(bench.folder, device)
        bench.wait()
        loaded = time.perf_counter() - began
        run_stock(stock, scene)
    else:
        result = Ours(bench, Precision(wish)).run(scene)
        loaded = next(cost.seconds for cost in result.measurement.stages if cost.stage == "load")
    bench.wait()
    facts = {"load_s": loaded, "load_and_first_s": time.perf_counter() - began, "resident_peak_bytes": _resident()}
    if bench.is_card:
        facts["device_peak_bytes"] = torch.cuda.max_memory_reserved()
    print(json.dumps(facts))


def _resident() -> int:
    """The process's peak (Linux); the pipeline forgets an older one as a job begins, before it loads anything."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise OSError("this system does not say how much memory a process has had at most")


if __name__ == "__main__":
    main()
