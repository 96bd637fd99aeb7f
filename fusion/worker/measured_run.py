"""One measured fusion in a process of its own, which prints a `Measurement` a line.

It is started as `python -m fusion.worker.measured_run JSON`.

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
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from fusion import errors
from fusion.errors import Cancelled, FusionError, Phrase, PhraseCode, Reason
from fusion.memory import HOST, budget
from fusion.settings import Settings
from fusion.sizing import Measurement, Subject
from fusion.types import Box, EngineName, Precision, Size, Switch
from fusion.worker import start
from fusion.worker.start import ROOT

if TYPE_CHECKING:
    import numpy as np

    from fusion.pipeline import Pipeline

# The sample pair's faces as `fusion.faces` finds them, px of their photos: their width, and the landmarks' box. A test
# holds them to what a trial then measures.
_TARGET_FACE_PX, _TARGET_BOX = 95.4, (90.7, 108.0)
_SOURCE_FACE_PX, _SOURCE = 184.8, Size(512, 600)

FAILED = 3  # exit code of a trial whose fusion failed: its last line says why
_LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class Trial:
    """What to measure.

    Attributes:
        output: the size that comes out.
        face: width of the target's face over the width of its photo. Below 0.18 the photo's border is continued.
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

    @property
    def subject(self) -> Subject:
        """About what the two photos will be, without making them: the face is taken to be in the middle."""
        scale = self.face * self.target_side / _TARGET_FACE_PX
        middle = self.target_side / 2
        across, down = (length * scale / 2 for length in _TARGET_BOX)
        box = Box(middle - across, middle - down, middle + across, middle + down)
        source = Size(*(round(length * self.source_scale) for length in (_SOURCE.width, _SOURCE.height)))
        target_px, source_px = _TARGET_FACE_PX * scale, _SOURCE_FACE_PX * self.source_scale
        return Subject(Size(self.target_side, self.target_side), box, target_px, source_px, source)


def measure(
    trial: Trial,
    timeout_s: float = 300.0,
    stop: threading.Event | None = None,
    *,
    prefix: Sequence[str] = (),
    module: str = "fusion.worker.measured_run",
) -> tuple[Measurement, ...]:
    """Run a trial and wait for it: what each of its runs cost.

    Args:
        stop: set by another thread to end it.
        prefix: of the command, for a program that puts a limit on itself and then becomes the trial.
        module: whose `main` it is.

    Raises:
        Cancelled: by `stop`.
        FusionError: "trial_failed", or what the fusion raised: out of memory is a result too.
    """
    lines = lines_of(module, json.dumps(trial.to_json()), timeout_s, stop, prefix=prefix)
    return tuple(Measurement.from_json(json.loads(line)) for line in lines)


def lines_of(
    module: str,
    argument: str,
    timeout_s: float,
    stop: threading.Event | None = None,
    *,
    prefix: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> list[bytes]:
    """Run a module in a process of its own, with the worker's environment, and wait for it: the lines that it printed.

    Args:
        argument: its only one.
        stop: set by another thread to end it.
        prefix: of the command.
        environment: variables beside those of this process.

    Raises:
        Cancelled: by `stop`.
        FusionError: "trial_failed", or what its last line says where it has ended with `FAILED`.
    """
    with (
        tempfile.TemporaryFile() as said,
        tempfile.TemporaryFile() as complained,
        subprocess.Popen(
            [*prefix, sys.executable, "-m", module, argument],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=said, stderr=complained,
            env={**start.environment(), **os.environ, "MPLBACKEND": "agg", **(environment or {})},
        ) as process,
    ):  # fmt: skip
        try:
            _await(process, timeout_s, stop)
        finally:
            process.kill()
            process.wait()
        said.seek(0)
        complained.seek(0)
        return _understood(process.returncode, said.read().splitlines(), complained.read())


def _await(process: subprocess.Popen[bytes], timeout_s: float, stop: threading.Event | None) -> None:
    """
    Raises:
        Cancelled, FusionError: as `measure`, before the process has ended.
    """
    waited = 0.0
    while not _has_ended(process):
        waited += _LOOK_S
        if stop is not None and stop.is_set():
            raise Cancelled
        if waited > timeout_s:
            raise FusionError(Reason.TRIAL_FAILED, why=Phrase(PhraseCode.TRIAL_LATE, {"seconds": timeout_s}))


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(_LOOK_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def _understood(code: int, lines: list[bytes], complaint: bytes) -> list[bytes]:
    if code == FAILED and lines:
        raise errors.from_json(json.loads(lines[-1]))
    if code or not lines:
        # One that was killed, as when the system's memory ran out, had no last word.
        last = complaint.decode(errors="replace").strip().splitlines()[-1:] if code > 0 else []
        why = last[0] if last else Phrase(PhraseCode.TRIAL_ENDED, {"code": code})
        raise FusionError(Reason.TRIAL_FAILED, why=why)
    return lines


def main() -> int:
    """Run the trial that the first argument says."""
    from fusion.pipeline import Pipeline

    return perform(Trial.from_json(json.loads(sys.argv[1])), photos, Pipeline)


def perform(
    trial: Trial, photos: Callable[[Trial], tuple[bytes, bytes]], make: Callable[[], AbstractContextManager[Pipeline]]
) -> int:
    """Run a trial and print what it cost; the exit code."""
    from fusion.worker import run_job

    try:
        target, source = photos(trial)
        budget.give_back()
        with tempfile.TemporaryDirectory(prefix="fusewise-") as folder, make() as pipeline:
            pipeline.warm_up()
            budget.settle()  # as the worker does, whose seconds it foretells
            for _ in range(trial.runs):
                print(json.dumps(_run(pipeline, trial, target, source, Path(folder)).to_json()), flush=True)
                pipeline.forget()
                budget.give_back()
    except Exception as error:
        known = run_job.as_fusion_error(error, HOST)
        if known.reason == Reason.INTERNAL:
            raise
        print(json.dumps(known.to_json()), flush=True)
        return FAILED
    return 0


def _run(pipeline: Pipeline, trial: Trial, target: bytes, source: bytes, folder: Path) -> Measurement:
    """A job as the worker does it: the picture and the target at its size, both as PNG."""
    from fusion.worker import run_job

    photos = run_job.Reader(kept_bytes=0).read_pair(target, source)
    return run_job.run(
        pipeline, photos, trial.settings, folder / "output.png", before=folder / "before.png"
    ).measurement


def photos(trial: Trial) -> tuple[bytes, bytes]:
    """The files of the target and the source."""
    from fusion.photos import decode, samples
    from fusion.types import Role

    target, source = (decode.read(data, role).pixels for data, role in zip(samples.sample_pair(), Role, strict=True))
    side = trial.target_side
    height, width = (round(length * trial.source_scale) for length in source.shape[:2])
    return _jpeg(_closer(target, trial.face), Size(side, side)), _jpeg(source, Size(width, height))


def _closer(pixels: np.ndarray, share: float) -> np.ndarray:
    """A square around the face, of which the face is `share` wide."""
    import numpy as np

    from fusion.faces import FaceFinder, largest

    with FaceFinder() as finder:
        face = largest(finder.find(pixels).faces)
    side = round(face.width_px / share)
    missing = max(0, side - min(pixels.shape[:2]))  # its mirror image would be another face
    pixels = np.pad(pixels, ((missing, missing), (missing, missing), (0, 0)), mode="edge")
    height, width = pixels.shape[:2]
    left, top = (round(middle + missing - side / 2) for middle in face.box.centre)
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
