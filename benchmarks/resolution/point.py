"""One output size in a process of its own: a whole job, from the files of two photos to the files that a page needs.

    python -m benchmarks.resolution.point '{"engine": "landmark", "side": 4096, ...}'    prints JSON

The process fuses once at 512 first, so that nothing is loaded while it counts. Then it forgets what it remembers of the
photos, and reads, fuses and writes as the worker does: the picture and the target at its size, both as PNG.
"""

from __future__ import annotations

import dataclasses
import gc
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fusion.units import GIB

if TYPE_CHECKING:
    from fusion.pipeline import Pipeline
    from fusion.worker.run_job import Photos, Report

TARGET_SIDE = 2000  # px of the target photo, whatever comes out
PAINTED_FACE = 0.45  # of the target's width
ANY, LANCZOS = "best", "lanczos"


@dataclass(frozen=True, slots=True)
class Case:
    """What one process measures.

    Attributes:
        engine: landmark or unet.
        side: of the output, px.
        two_stage: on or off.
        enlarger: the best that there is, or Lanczos.
        photos: painted (where faces are is known, and not searched), sample (the sample pair) or close (its target cut
            close to the face).
        device: cpu or cuda.
        weights: the unet model's folder; empty for the landmark engine.
        runs: that are timed.
        limit_gib: of address space for the whole process, 0 for none.
    """

    engine: str
    side: int
    two_stage: str
    enlarger: str = ANY
    photos: str = "painted"
    device: str = "cpu"
    weights: str = ""
    runs: int = 1
    limit_gib: float = 0.0

    def run(self, timeout_s: float = 1800.0) -> dict[str, Any]:
        """What a process found out; `failed` says why where it did not."""
        words = [sys.executable, "-m", "benchmarks.resolution.point", json.dumps(dataclasses.asdict(self))]
        try:
            done = subprocess.run(
                words,
                cwd=Path(__file__).resolve().parents[2],
                capture_output=True,
                text=True,
                check=False,
                timeout=timeout_s,
                env={**os.environ, "OMP_WAIT_POLICY": "PASSIVE", "MPLBACKEND": "agg"},
            )
        except subprocess.TimeoutExpired:
            return {"failed": f"not done after {timeout_s:.0f} s"}
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:] or [f"ended with {done.returncode}"]
            return {"failed": last[0][:300]}
        return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Measure one case."""
    case = Case(**json.loads(sys.argv[1]))
    if case.limit_gib:
        import resource

        limit = int(case.limit_gib * GIB)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    with tempfile.TemporaryDirectory(prefix="fusewise-") as folder:
        print(json.dumps(_measured(case, Path(folder))))


def _measured(case: Case, folder: Path) -> dict[str, Any]:
    from fusion.types import Stage

    target, source, pipeline = _ready(case)
    _job(pipeline, case, target, source, folder, side=512)
    runs: list[dict[str, Any]] = []
    for _ in range(case.runs):
        pipeline.forget()
        gc.collect()
        runs.append(_job(pipeline, case, target, source, folder))
    facts = runs[-1]
    stages = [{str(cost["stage"]): cost["seconds"] for cost in run.pop("stages")} for run in runs]
    facts["stages_s"] = {name: round(statistics.median(s[name] for s in stages), 4) for name in stages[-1]}
    facts["seconds"] = [run["seconds"] for run in runs]
    aside = (Stage.READ, Stage.WRITE)
    facts["fusion_s"] = round(sum(spent for name, spent in facts["stages_s"].items() if name not in aside), 4)
    facts["peak_bytes"] = max(run["peak_bytes"] for run in runs)
    pipeline.close()
    return facts


def _job(
    pipeline: Pipeline, case: Case, target: bytes, source: bytes, folder: Path, side: int | None = None
) -> dict[str, Any]:
    """A whole job, and its peak."""
    from fusion.settings import Settings
    from fusion.types import EngineName, Size, Switch
    from fusion.worker import run_job

    size = side or case.side
    wish = Switch(case.two_stage)
    settings = Settings(engine=EngineName(case.engine), output=Size(size, size), two_stage=wish)
    if case.device == "cuda":
        import torch

        torch.cuda.reset_peak_memory_stats()
    _forget_peak()
    photos: Photos = run_job.Reader(kept_bytes=0).read_pair(target, source)
    reading = peak()
    report: Report = run_job.run(pipeline, photos, settings, folder / "output.png", before=folder / "before.png")
    told = report.facts.to_json()
    facts: dict[str, Any] = {name: told[name] for name in ("width", "height", "seconds", "stages")}
    facts["peak_bytes"] = max(reading, peak())
    if case.device == "cuda":
        facts["device_peak_bytes"] = torch.cuda.max_memory_reserved()
    workload = report.result.measurement.workload
    facts |= {"face_px": workload.face_px, "two_stage_ran": workload.two_stage, "tile_px": report.measurement.tile_px}
    notices = {notice.code: dict(notice.details) for notice in report.result.notices}
    facts["enlarged_by"] = notices.get("two_stage", {}).get("enlarger")
    facts["notices"] = sorted(notices)
    return facts


def _ready(case: Case) -> tuple[bytes, bytes, Pipeline]:
    """The files of the two photos, and a pipeline."""
    import torch

    from fusion.engines import Engines
    from fusion.pipeline import Pipeline
    from fusion.upscale import Enlargers, Kind, discovery
    from fusion.weights.locate import files_in

    device = torch.device(case.device)
    engines = Engines(device, files=lambda: files_in(Path(case.weights))) if case.weights else None
    target, source, finder = _painted() if case.photos == "painted" else (*_real(case.photos), None)
    pipeline = Pipeline(finder=finder, device=case.device, engines=engines)
    if case.enlarger == LANCZOS:
        plain = tuple(each for each in discovery.status() if each.kind == Kind.LANCZOS)
        pipeline._fuser._enlargers = Enlargers(case.device, look=lambda: plain)
    return target, source, pipeline


def _painted() -> tuple[bytes, bytes, Any]:
    from benchmarks.unet import scenes
    from fusion.faces.finder import Search

    class Told:
        """Knows the two photos by their sizes, since decoding makes new pixels of them."""

        def find(self, pixels: Any) -> Search:
            return Search((scene.target_face if len(pixels) == TARGET_SIDE else scene.source_face,))

        def close(self) -> None:
            """Nothing is held."""

    scenes.without_mediapipe()
    scene = scenes.make(TARGET_SIDE, PAINTED_FACE * TARGET_SIDE)
    return _jpeg(scene.target.pixels), _jpeg(scene.source.pixels), Told()


def _real(which: str) -> tuple[bytes, bytes]:
    """The sample pair with its target enlarged to what a camera gives."""
    import cv2

    from benchmarks.landmark import close_up
    from benchmarks.shared.common import sample_portraits
    from fusion.faces import FaceFinder

    target, source = (portrait.target for portrait in sample_portraits())
    if which == "close":
        with FaceFinder() as finder:
            target = close_up(target, finder)
    larger = cv2.resize(target.pixels, (TARGET_SIDE, TARGET_SIDE), interpolation=cv2.INTER_CUBIC)
    return _jpeg(larger), _jpeg(source.pixels)


def _jpeg(pixels: Any) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "jpeg", quality=95)
    return buffer.getvalue()


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def peak() -> int:
    """Peak resident bytes of this process since it was last told to forget the peak (Linux)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise OSError("the system does not say")


if __name__ == "__main__":
    main()
