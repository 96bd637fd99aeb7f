"""What `benchmarks/resolution` measures in fresh processes: the table, and three figures with their bars."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from benchmarks.resolution.point import ANY, LANCZOS, Case
from benchmarks.shared import common
from fusion.units import MB
from fusion.weights.catalog import RANDOM_MARK

MEMORY_SIDE, BASE_SIDE = 4096, 1024
MEMORY_FRAMES, MEMORY_MORE = 3, 300 * MB  # of 8-bit output frames, and bytes: above the run at 1024, at most
LIMIT_SIDE, LIMIT_GIB = 8192, 4.0
WHOLE_SIDE = 4096
WHOLE_S = {LANCZOS: 6.0, ANY: 15.0}  # on 2 CPU cores


@dataclass(frozen=True, slots=True)
class Bench:
    """Where and how often; `weights` is the unet model's folder or empty."""

    device: str
    weights: str
    runs: int
    timeout_s: float

    @property
    def engines(self) -> list[str]:
        return ["landmark", "unet"] if self.weights else ["landmark"]

    def case(self, engine: str, side: int, two_stage: str, **more: Any) -> Case:
        """A case on the bench's device."""
        weights = self.weights if engine == "unet" else ""
        return Case(engine, side, two_stage, device=self.device, weights=weights, runs=self.runs, **more)

    def record(self, part: str, case: Case, facts: dict[str, Any]) -> None:
        """Write down what came of a case, and say it."""
        head = dataclasses.asdict(case)
        if case.weights:
            head["weights"] = "random" if (Path(case.weights) / RANDOM_MARK).exists() else "given"
        head["device"] = torch.cuda.get_device_name() if case.device == "cuda" else "cpu"
        common.record("resolution", {"part": part, **head, **facts})


def table(bench: Bench, sides: list[int], stages: list[str]) -> None:
    """Every size with every engine, in one stage and in two."""
    for engine in bench.engines:
        for side in sides:
            for two_stage in stages:
                case = bench.case(engine, side, two_stage)
                facts = case.run(bench.timeout_s)
                print(f"{engine} {side} two-stage {two_stage}: {_words(facts)}", flush=True)
                bench.record("point", case, facts)


def memory(bench: Bench) -> None:
    """Peak of two stages at 4096² above that of a run at 1024."""
    for engine in bench.engines:
        base_case = bench.case(engine, BASE_SIDE, "off")
        case = bench.case(engine, MEMORY_SIDE, "on")
        base, facts = base_case.run(bench.timeout_s), case.run(bench.timeout_s)
        if "failed" in base or "failed" in facts:
            print(f"memory, {engine}: {_words(base)}; {_words(facts)} {common.verdict(False)}", flush=True)
            bench.record("memory", case, {**facts, "base": base})
            continue
        bar = MEMORY_FRAMES * 3 * MEMORY_SIDE**2 + MEMORY_MORE
        names = ("peak_bytes", "device_peak_bytes") if bench.device == "cuda" else ("peak_bytes",)
        above = {name: facts[name] - base[name] for name in names}
        good = max(above.values()) <= bar
        shown = ", ".join(f"{name} {value / MB:.0f} MB" for name, value in above.items())
        print(f"memory, {engine}: above 1024 {shown}, bar {bar / MB:.0f} MB {common.verdict(good)}", flush=True)
        print(f"    {_words(base)}\n    {_words(facts)}", flush=True)
        bench.record("memory", case, {**facts, "base": base, "above_bytes": above, "bar_bytes": bar, "good": good})


def limit(bench: Bench) -> None:
    """8192² within 4 GiB of address space (RLIMIT_AS), which also counts what is mapped and never touched."""
    for engine in bench.engines:
        case = dataclasses.replace(bench.case(engine, LIMIT_SIDE, "on", limit_gib=LIMIT_GIB), runs=1)
        facts = case.run(bench.timeout_s)
        good = "failed" not in facts
        print(f"{LIMIT_SIDE}² in {LIMIT_GIB} GiB, {engine}: {_words(facts)} {common.verdict(good)}", flush=True)
        bench.record("limit", case, {**facts, "good": good})


def whole(bench: Bench) -> None:
    """Seconds from the photos' files to the files of the result, faces searched and found."""
    for photos in ("sample", "close"):
        for enlarger, bar in WHOLE_S.items():
            case = bench.case("landmark", WHOLE_SIDE, "auto", photos=photos, enlarger=enlarger)
            facts = case.run(bench.timeout_s)
            good = "failed" not in facts and statistics.median(facts["seconds"]) <= bar
            print(f"whole, {photos}, {enlarger}: {_words(facts)}, bar {bar} s {common.verdict(good)}", flush=True)
            bench.record("whole", case, {**facts, "bar_s": bar, "good": good})


def _words(facts: dict[str, Any]) -> str:
    if "failed" in facts:
        return f"failed: {facts['failed']}"
    seconds = facts["seconds"]
    parts: list[tuple[str, Callable[[Any], str]]] = [
        ("fusion_s", lambda value: f"of which the fusion {value:.2f} s"),
        ("peak_bytes", lambda value: f"peak {value / MB:.0f} MB"),
        ("device_peak_bytes", lambda value: f"on the card {value / MB:.0f} MB"),
        ("face_px", lambda value: f"face {value} px"),
        ("enlarged_by", lambda value: f"by {value}"),
    ]
    shown = [say(facts[name]) for name, say in parts if facts.get(name)]
    spread = f"{statistics.median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f}, n = {len(seconds)})"
    return f"{facts['width']}×{facts['height']} {spread}, {', '.join(shown)}, stages {facts['stages_s']}"
