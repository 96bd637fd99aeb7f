"""A person's own model file on a card: the processor's picture, and when memory is short, told and tried again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.shared.emulated_card import Card
from fusion.photos import Photo
from fusion.settings import Settings
from fusion.types import EngineName, Switch
from fusion.units import MIB
from fusion.upscale import Enlargers, Kind, discovery
from fusion.upscale.spandrel_model import ModelFile
from tests.fusion.upscale.test_spandrel_model import compact, saved
from tests.support.fixtures.emulated import CLOSE, EMULATED, machine_with, near, needs_card
from tests.support.fixtures.torchvision import make_importable

pytestmark = needs_card
TWO = Settings(engine=EngineName.LANDMARK, output=CLOSE, two_stage=Switch.ON)


@pytest.fixture(autouse=True)
def _torchvision() -> None:
    make_importable()


@pytest.fixture
def pixels() -> np.ndarray:
    """(150, 190, 3) uint8, smooth and of all colours."""
    rows, columns = np.mgrid[0:150, 0:190]
    waves = [np.sin(columns / 9), np.cos(rows / 13), np.sin((rows + columns) / 17)]
    return (np.stack(waves, axis=-1) * 70 + 120).astype(np.uint8)


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model file where the app finds it."""
    monkeypatch.setenv("FUSEWISE_WEIGHTS", str(tmp_path))
    discovery.folder().mkdir()
    return saved(discovery.folder() / "mine.safetensors", compact(strength=3.0))


def test_the_picture_is_the_processors(card: Card, mine: Path, pixels: np.ndarray) -> None:
    on_card, on_host = (ModelFile(mine, device).enlarge(pixels, 2.0).astype(int) for device in ("cuda", "cpu"))
    assert np.abs(on_card - on_host).max() <= 1
    assert (card.memory.allocated, card.memory.count > 0) == (0, True)


def test_a_job_in_two_stages_has_it_on_the_card(mine: Path, close: tuple[Photo, Photo]) -> None:
    with machine_with(EMULATED) as machine:
        made, expected = (each.run(*close, TWO) for each in (machine.on_card, machine.on_host))
        for each in (made, expected):
            assert each.measurement.workload.two_stage
            assert each.measurement.workload.enlarger == Kind.MODEL_FILE
        assert near(made.pixels, expected.pixels) <= 1
        del made
        machine.on_card.unload()
        assert machine.card.memory.allocated == 0


def test_each_piece_waits_for_the_card_when_it_is_sent_and_when_it_comes_back(
    card: Card, mine: Path, pixels: np.ndarray
) -> None:
    enlarger = ModelFile(mine, "cuda")
    card.ledger.waits.clear()
    enlarger.enlarge(pixels, 2.0)
    assert dict(card.ledger.waits) == {"sent": 1, "read": 1}


def test_memory_that_is_short_is_told_and_another_picture_is_tried_anew(mine: Path, pixels: np.ndarray) -> None:
    with Card(24 * MIB) as card:
        enlargers = Enlargers("cuda")
        assert enlargers.enlarge(pixels, 2.0).kind == Kind.MODEL_FILE
        number = card.memory.count
        for refused in (1, 5, 20):
            enlargers.close()
            card.fail_at(refused)  # while it loads, is tried, or enlarges
            made = enlargers.enlarge(pixels, 2.0)
            assert made.kind == Kind.MODEL_FILE or "memory" in str(made.notices[0])
            card.fail_at(0)
            assert enlargers.enlarge(pixels, 2.0).kind == Kind.MODEL_FILE
        assert card.memory.count > number
        enlargers.close()
        assert card.memory.allocated == 0
