"""Weights that lie on the host and are lent to the card: the same answer, and nothing of them left there afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from modelscope.models.cv.image_face_fusion.network.aad_layer import AAD_ResBlk
from torch import nn

from fusion.engines import Engines, Work, layers
from fusion.engines.unet import engine as unet
from fusion.engines.unet.engine import UnetEngine
from fusion.engines.unet.networks.generator import Block
from fusion.engines.unet.networks.lending import Home
from fusion.faces import FaceFinder
from fusion.memory import Saving, budget
from fusion.ops.finish import Look
from fusion.photos.decode import read
from fusion.settings import Settings
from fusion.types import Mode, Precision, Role
from fusion.weights.locate import files_in
from tests.support.fixtures.held import Held
from tests.support.fixtures.unet import Steps

CPU, CARD = torch.device("cpu"), torch.device("cuda")
FREELY = Saving()
# A device of tensors that have shapes and no values: what is on it can be counted on any machine.
ELSEWHERE = torch.device("meta")


@pytest.fixture(autouse=True)
def without_gradients() -> Iterator[None]:
    with torch.inference_mode():
        yield


def test_a_block_of_the_generator_computes_the_same_with_lent_weights() -> None:
    torch.manual_seed(2)
    block = Block(AAD_ResBlk(64, 3, 32, 512).eval())
    given = torch.randn(1, 64, 16, 16), torch.randn(1, 32, 16, 16), F.normalize(torch.randn(1, 512), dim=1)
    wanted = Home(CPU).ready(block)(*given)
    assert torch.equal(Home(CPU, lends=True).ready(block)(*given), wanted)


def test_weights_are_on_the_device_for_a_call_and_no_longer() -> None:
    part = nn.Sequential(nn.Linear(500, 400, bias=False), nn.Linear(400, 10, bias=False))
    weights = sum(each.nbytes for each in part.parameters())
    lent = Home(ELSEWHERE, lends=True).ready(part)
    assert {each.device for each in lent.parameters()} == {CPU}
    x = torch.empty(1, 500, device=ELSEWHERE)
    with Held() as held:
        out = lent(x)
    assert out.device == ELSEWHERE
    assert held.peak >= weights
    assert held.now == out.nbytes


def test_of_a_network_one_child_at_a_time_is_on_the_device() -> None:
    network = nn.Sequential(*(nn.Linear(300, 300, bias=False) for _ in range(4)))
    whole = sum(each.nbytes for each in network.parameters())
    Home(ELSEWHERE, lends=True).children_ready(network)
    with Held() as held:
        network(torch.empty(1, 300, device=ELSEWHERE))
    assert held.peak < whole / 2


@pytest.mark.timeout(400)  # files of 1.7 GB may have to be made
def test_a_face_is_the_same_with_lent_weights(model_folder: Path, sample_pair: tuple[bytes, bytes]) -> None:
    """Through every network, but for the enhancer, which is lent as it is loaded: whole."""
    photos = [read(data, role) for data, role in zip(sample_pair, Role, strict=True)]
    with FaceFinder() as finder:
        points = [layers.points_of(finder.find(photo.pixels).faces[0]) for photo in photos]
    work = Work(torch.tensor(photos[0].pixels), points[0], photos[1].pixels, points[1], 0.8, Mode.NORMAL)
    made = []
    for lent in (False, True):
        engine = UnetEngine(files_in(model_folder), CPU, Precision.FLOAT32, enhance_from=1e9, lends=lent)
        made.append(engine.fuse(work, Steps()))
    assert [each.lent for each in made] == [False, True]
    assert [notice.code for notice in made[1].notices] == ["weights_lent"]
    pictures = [layers.finished(work.frame, each, Look.of(Settings(), 1.0)) for each in made]
    assert torch.equal(*pictures)
    assert not torch.equal(pictures[0], work.frame)


class Loaded:
    """Stands in for the unet engine, which has networks."""

    strip_rows = 0

    def __init__(self, files: Any, device: Any, precision: Precision, *, lends: bool) -> None:
        self.precision, self.lends = precision, lends

    def fuse(self, work: Any, step: Any) -> bool:
        return self.lends


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> Engines:
    """Of a card that there need not be."""
    monkeypatch.setattr(unet, "UnetEngine", Loaded)
    monkeypatch.setattr(budget, "give_back", lambda device: None)
    return Engines(CARD, lambda: SimpleNamespace())  # type: ignore[arg-type, return-value]


def lends(engines: Engines, saving: Saving = FREELY) -> bool:
    """Whether a fusion in float32 had its weights lent."""
    engines._loaded(Precision.FLOAT32, saving, lambda stage, fraction, *, networks=True: nullcontext())
    return engines.lends


@pytest.mark.parametrize(("free_mib", "lent"), [(8000, False), (2500, False), (1600, True), (400, True)])
def test_weights_that_do_not_fit_a_card_are_lent_from_the_first_job(
    free_mib: int, lent: bool, engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "spare_bytes", lambda device: free_mib << 20)
    assert lends(engines) == lent


def test_the_ladder_has_loaded_weights_lent(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "spare_bytes", lambda device: 8000 << 20)
    assert not lends(engines)
    assert lends(engines, Saving(lends=True))


def test_weights_move_to_the_card_when_there_is_room_again(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "spare_bytes", lambda device: 400 << 20)
    assert lends(engines)
    monkeypatch.setattr(budget, "spare_bytes", lambda device: 8000 << 20)
    assert lends(engines, Saving(lends=True))
    assert not lends(engines)


def test_a_processor_lends_nothing_to_itself(engines: Engines) -> None:
    processor = Engines(CPU, engines._files)
    assert not lends(processor, Saving(lends=True))
    loaded = processor._unet
    assert not lends(processor, Saving(lends=True))
    assert processor._unet is loaded


def test_what_is_loaded_stays_loaded_however_little_is_free(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "spare_bytes", lambda device: 8000 << 20)
    assert not lends(engines)
    monkeypatch.setattr(budget, "spare_bytes", lambda device: 100 << 20)
    assert not lends(engines)
