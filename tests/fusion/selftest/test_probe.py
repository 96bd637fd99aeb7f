"""A probe: what a process of its own sees of an engine."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fusion.errors import Cancelled, FusionError
from fusion.selftest import Probe, Reference, probe, stored
from fusion.types import EngineName

LANDMARK = Probe(EngineName.LANDMARK, rounds=2)
ROUNDED = 5  # means of blocks, of 3072


def tried(wish: Probe) -> object:
    return probe(wish, 110, threading.Event())


def test_on_the_processor_the_picture_is_the_stored_one_with_any_number_of_threads(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    reference = stored(EngineName.LANDMARK)
    assert reference is not None
    for threads in ("1", "3"):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        found = probe(replace(LANDMARK, picture=str(tmp_path / "a.npy")), 110, threading.Event())
        like = reference.compared(found.reference)
        # Another processor rounds otherwise, and the mean of a few blocks with it. What is more is another engine.
        assert (like.off <= 1, like.differ <= ROUNDED) == (True, True), "python -m benchmarks.selftest writes it anew"
        assert found.is_steady
        assert (found.device, found.off, found.ladder) == ("cpu", None, None)
    assert np.load(tmp_path / "a.npy").shape == (512, 512, 3)


def test_an_engine_that_is_broken_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_PIPELINE", "tests.support.fixtures.probes:Broken")
    with pytest.raises(FusionError, match="the engine is broken"):
        tried(LANDMARK)


def test_a_probe_that_is_stopped_ends_its_process() -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        probe(LANDMARK, 110, stop)


def test_a_picture_is_near_the_stored_one_or_not() -> None:
    pixels = np.full((64, 64, 3), 100, np.uint8)
    photos = b"target", b"source"
    reference = Reference.of(pixels, photos)
    assert reference.compared(Reference.of(pixels, photos)).is_same
    rounded = pixels.copy()
    rounded[::2] += 1
    assert (like := reference.compared(Reference.of(rounded, photos))).is_near
    assert not like.is_same
    spotted = pixels.copy()
    spotted[:2, :2] += 50
    assert not reference.compared(Reference.of(spotted, photos)).is_near
    assert Reference.from_json(reference.to_json()) == reference
