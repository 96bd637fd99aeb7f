"""Once a job is over nothing of it is left: no frame, no photo, no result, no tensor, in any kind of process.

Each process that is asked here finds no PortAudio, and needs its first library within its first job.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from fusion.settings import Settings
from fusion.types import EngineName, Precision, Tier
from fusion.worker import protocol
from fusion.worker.protocol import Beat, Cancel, Done, Event, Failed, Forget, Fuse, Moved, Request, Stepped, Unload
from fusion.worker.supervisor import ROOT
from tests.support import leftover_frames as probe

NOTHING = {"frames": [], "tensors": [], "photos": 0, "results": 0, "engines": 0}
SECONDS = 120.0


@pytest.fixture(scope="module")
def mute(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to be found first, with what `sounddevice` does where there is no PortAudio."""
    folder = tmp_path_factory.mktemp("mute")
    (folder / "sounddevice.py").write_text(
        "try:\n    raise OSError('PortAudio library not found')\nexcept OSError:\n    raise\n", encoding="utf-8"
    )
    return folder


class Worker:
    """A worker with the real pipeline, observed. It is ready before it is warm: its first job loads everything."""

    def __init__(self, folder: Path, mute: Path, weights: Path | None = None) -> None:
        self.folder = folder
        environment = {
            **os.environ,
            "FUSEWISE_PIPELINE": f"{probe.__name__}:ObservedPipeline",
            "PYTHONPATH": os.pathsep.join([str(mute), str(ROOT)]),
            probe.FOLDER: str(folder),
        }
        if weights is not None:
            environment["FUSEWISE_WEIGHTS"] = str(weights)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fusion.worker", protocol.READY_FIRST],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def say(self, *requests: Request) -> None:
        assert self.process.stdin is not None
        for request in requests:
            self.process.stdin.write(protocol.encode(request))
        self.process.stdin.flush()

    def hear(self, *kinds: type[Event]) -> Event:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            event = protocol.event(line)
            if isinstance(event, kinds):
                return event
        raise AssertionError("it ended")

    def leftovers(self) -> dict[str, Any]:
        """What it still holds; it looks when it next gives a sign of life."""
        (self.folder / probe.QUESTION).touch()
        answer = self.folder / probe.ANSWER
        self.until(answer)
        found: dict[str, Any] = json.loads(answer.read_text())
        answer.unlink()
        return found

    def until(self, file: Path) -> None:
        """Until it has made a file."""
        end = time.monotonic() + SECONDS
        while not file.exists():
            assert time.monotonic() < end, "waited in vain"
            self.hear(Beat)

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        with self.process:
            assert self.process.stdin is not None
            self.process.stdin.close()


@pytest.fixture
def worker(tmp_path: Path, mute: Path) -> Iterator[Worker]:
    with Worker(tmp_path, mute) as made:
        yield made


@pytest.fixture(scope="module")
def faceless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("faceless") / "wall.png"
    cv2.imwrite(str(path), np.full((400, 500, 3), 128, np.uint8))
    return path


def job(folder: Path, photos: tuple[Path, Path], settings: Settings) -> Fuse:
    return Fuse("a", *photos, settings, folder / "a.png", folder / "a-before.png")


def check(worker: Worker) -> None:
    """No frame even while caches may keep photos; nothing at all once they are given up."""
    worker.say(Forget("a"))
    assert worker.leftovers()["frames"] == []
    worker.say(Unload())
    worker.until(worker.folder / probe.UNLOADED)
    assert worker.leftovers() == NOTHING


def test_nothing_is_left_of_a_job_that_is_done(worker: Worker, sample_files: tuple[Path, Path], tmp_path: Path) -> None:
    worker.say(job(tmp_path, sample_files, Settings(engine=EngineName.LANDMARK)))
    assert isinstance(worker.hear(Done, Failed), Done)
    check(worker)


def test_nothing_is_left_of_a_job_that_failed(
    worker: Worker, sample_files: tuple[Path, Path], faceless: Path, tmp_path: Path
) -> None:
    worker.say(job(tmp_path, (faceless, sample_files[1]), Settings(engine=EngineName.LANDMARK)))
    failed = worker.hear(Done, Failed)
    assert isinstance(failed, Failed)
    assert failed.error.reason == "no_face"
    check(worker)


def test_nothing_is_left_of_photos_that_were_refused(
    sample_files: tuple[Path, Path], tmp_path: Path, mute: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even what would be remembered of others until it is given up."""
    monkeypatch.setenv("FUSEWISE_REFUSAL_THRESHOLD", "0")
    asked = replace(job(tmp_path, sample_files, Settings(engine=EngineName.LANDMARK)), is_served=True)
    with Worker(tmp_path, mute) as worker:
        worker.say(asked)
        failed = worker.hear(Done, Failed)
        assert isinstance(failed, Failed)
        assert failed.error.reason == "photos_refused"
        assert worker.leftovers() == NOTHING


@pytest.mark.parametrize(("tier", "ends"), [(Tier.T1024, Done), (Tier.T512, Failed)])
def test_nothing_is_left_of_a_job_whose_memory_ran_out(
    worker: Worker, sample_files: tuple[Path, Path], tmp_path: Path, tier: Tier, ends: type[Event]
) -> None:
    (tmp_path / probe.SHORTAGES).write_text("1")
    worker.say(job(tmp_path, sample_files, Settings(engine=EngineName.LANDMARK, ratio=probe.NO_MEMORY, output=tier)))
    if ends is Done:
        worker.hear(Stepped)
    ended = worker.hear(Done, Failed)
    assert isinstance(ended, ends)
    assert not isinstance(ended, Failed) or ended.error.reason == "out_of_memory"
    check(worker)


def test_nothing_is_left_of_a_job_that_was_cancelled(
    worker: Worker, sample_files: tuple[Path, Path], tmp_path: Path
) -> None:
    worker.say(job(tmp_path, sample_files, Settings(engine=EngineName.LANDMARK, output=Tier.T2048)))
    worker.hear(Moved)
    worker.say(Cancel("a"))
    failed = worker.hear(Done, Failed)
    assert isinstance(failed, Failed)
    assert failed.error.reason == "cancelled"
    check(worker)


@pytest.mark.timeout(400)  # it may be the first that needs the networks, of which the files are made then
def test_nothing_is_left_of_the_networks_of_a_job(
    sample_files: tuple[Path, Path], tmp_path: Path, mute: Path, model_folder: Path
) -> None:
    settings = Settings(engine=EngineName.UNET, output=Tier.T512, precision=Precision.FLOAT32)
    with Worker(tmp_path, mute, model_folder) as worker:
        worker.say(job(tmp_path, sample_files, settings))
        assert isinstance(worker.hear(Done, Failed), Done | Failed)  # random weights may come to a blank picture
        check(worker)


def asked(mute: Path, tmp_path: Path, *arguments: str) -> tuple[dict[str, Any], str]:
    """What a process of that kind holds at its end, and its last word on standard error."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(mute), str(ROOT)]), probe.FOLDER: str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", probe.__name__, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stderr.splitlines()[-1]


@pytest.mark.parametrize(("ratio", "ends"), [("0.8", "0"), (str(probe.NO_MEMORY), "1")])
def test_nothing_is_left_on_the_command_line(
    sample_files: tuple[Path, Path], tmp_path: Path, mute: Path, ratio: str, ends: str
) -> None:
    (tmp_path / probe.SHORTAGES).write_text("1")
    photos, out = map(str, sample_files), str(tmp_path / "a.png")
    left, code = asked(mute, tmp_path, "cli", *photos, "-o", out, "--engine", "landmark", "--ratio", ratio)
    assert code == ends
    assert left == NOTHING


def test_nothing_is_left_in_the_process_that_serves_pages(
    sample_files: tuple[Path, Path], tmp_path: Path, mute: Path
) -> None:
    damaged = tmp_path / "damaged.png"
    damaged.write_bytes(sample_files[0].read_bytes()[:-20_000])
    left, reason = asked(mute, tmp_path, "pages", str(sample_files[1]), str(sample_files[0]), str(damaged))
    assert reason == "photo_truncated"
    assert left == NOTHING
