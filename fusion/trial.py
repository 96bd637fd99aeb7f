"""One measured fusion in a process of its own: `python -m fusion.trial JSON`, which prints a `Measurement` a line.

A fresh process for each, with the worker's own environment, so that a peak is the trial's alone. The first run is cold:
networks are loaded for it. Then what is remembered of the photos is forgotten, and the following runs are warm. The
photos are the sample pair, the target cut to the wanted share of face and enlarged to what a camera gives.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from fusion import errors, memory
from fusion.errors import Cancelled, FusionError
from fusion.measurement import Measurement
from fusion.spec import EngineName, Precision, Settings, Size, Switch
from fusion.supervisor import ROOT, WORKER_ENVIRONMENT

if TYPE_CHECKING:
    import numpy as np

    from fusion.pipeline import Pipeline

_FAILED = 3  # exit code of a trial whose fusion failed: its last line says why
_LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class Trial:
    """What to measure.

    Attributes:
        output: the size that comes out.
        face: width of the target's face over the width of its photo; at most what the sample photo can be cut to.
        target_side: of the target photo, px; it is square.
        source_scale: how far the source photo is enlarged.
        runs: the first is cold.
    """

    engine: EngineName
    output: Size
    two_stage: Switch = Switch.AUTO
    precision: Precision = Precision.AUTO
    face: float = 0.45
    target_side: int = 1600
    source_scale: float = 1.0
    runs: int = 2

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self) | {"output": [self.output.width, self.output.height]}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """What `to_json` gave."""
        words = {"engine": EngineName(data["engine"]), "output": Size(*data["output"])}
        switch = {"two_stage": Switch(data["two_stage"]), "precision": Precision(data["precision"])}
        return cls(**{**data, **words, **switch})

    @property
    def settings(self) -> Settings:
        return Settings(
            engine=self.engine, output=self.output, two_stage=self.two_stage, precision=self.precision, ratio=1.0
        )


def measure(trial: Trial, timeout_s: float = 300.0, stop: threading.Event | None = None) -> tuple[Measurement, ...]:
    """Run a trial and wait for it: what each of its runs cost.

    Args:
        stop: set by another thread to end it.

    Raises:
        Cancelled: by `stop`.
        FusionError: "trial_failed", or what the fusion raised: out of memory is a result too.
    """
    words = [sys.executable, "-m", "fusion.trial", json.dumps(trial.to_json())]
    with (
        tempfile.TemporaryFile() as said,
        tempfile.TemporaryFile() as complained,
        subprocess.Popen(
            words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=said, stderr=complained,
            env={**WORKER_ENVIRONMENT, **os.environ, "MPLBACKEND": "agg"},
        ) as process,
    ):  # fmt: skip
        try:
            waited = 0.0
            while not _has_ended(process):
                waited += _LOOK_S
                if stop is not None and stop.is_set():
                    raise Cancelled
                if waited > timeout_s:
                    raise FusionError("trial_failed", why=f"it was not done after {timeout_s:.0f} s")
        finally:
            process.kill()
            process.wait()
        said.seek(0)
        complained.seek(0)
        return _understood(process.returncode, said.read().splitlines(), complained.read())


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(_LOOK_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def _understood(code: int, lines: list[bytes], complaint: bytes) -> tuple[Measurement, ...]:
    if code == _FAILED and lines:
        raise errors.from_json(json.loads(lines[-1]))
    if code or not lines:
        last = complaint.decode(errors="replace").strip().splitlines()[-1:] or [f"it ended with {code}"]
        raise FusionError("trial_failed", why=last[0])
    return tuple(Measurement.from_json(json.loads(line)) for line in lines)


def main() -> int:
    """Run the trial that the first argument says."""
    from fusion import task
    from fusion.pipeline import Pipeline

    trial = Trial.from_json(json.loads(sys.argv[1]))
    target, source = _photos(trial)
    memory.give_back()
    try:
        with tempfile.TemporaryDirectory(prefix="fusewise-") as folder, Pipeline() as pipeline:
            pipeline.warm_up()
            memory.give_back()
            for _ in range(trial.runs):
                print(json.dumps(_run(pipeline, trial, target, source, Path(folder)).to_json()), flush=True)
                pipeline.forget()
                memory.give_back()
    except Exception as error:
        known = task.as_fusion_error(error, "this computer")
        if known.reason == "internal":
            raise
        print(json.dumps(known.to_json()), flush=True)
        return _FAILED
    return 0


def _run(pipeline: Pipeline, trial: Trial, target: bytes, source: bytes, folder: Path) -> Measurement:
    """A job as the worker does it: the picture and the target at its size, both as PNG."""
    from fusion import task

    photos = task.Reader(kept_bytes=0).read_pair(target, source)
    return task.run(pipeline, photos, trial.settings, folder / "output.png", before=folder / "before.png").measurement


def _photos(trial: Trial) -> tuple[bytes, bytes]:
    """The two files."""
    from fusion import photo, samples
    from fusion.spec import Role

    target, source = (photo.read(data, role).pixels for data, role in zip(samples.sample_pair(), Role, strict=True))
    side = trial.target_side
    height, width = (round(length * trial.source_scale) for length in source.shape[:2])
    return _jpeg(_closer(target, trial.face), Size(side, side)), _jpeg(source, Size(width, height))


def _closer(pixels: np.ndarray, share: float) -> np.ndarray:
    """A square around the face, of which the face is `share` wide."""
    from fusion.faces import FaceFinder

    with FaceFinder() as finder:
        face = finder.find(pixels).faces[0]
    height, width = pixels.shape[:2]
    side = min(round(face.width_px / share), height, width)
    left, top = (round(middle - side / 2) for middle in face.box.centre)
    left, top = min(max(left, 0), width - side), min(max(top, 0), height - side)
    return pixels[top : top + side, left : left + side]


def _jpeg(pixels: np.ndarray, size: Size) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    picture = Image.fromarray(pixels).resize((size.width, size.height), Image.Resampling.BICUBIC)
    picture.save(buffer, "jpeg", quality=95)
    return buffer.getvalue()


if __name__ == "__main__":
    sys.exit(main())
