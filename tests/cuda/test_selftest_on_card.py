"""The self-test's part for cards, to its end on an emulated one and a real one: picture, release, and the ladder."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import torch

from advisor.selftest import Code
from advisor.selftest.judging import rows_of
from benchmarks.shared.emulated_card import NAME
from fusion.selftest import Found, Probe, probe, stored
from fusion.types import EngineName
from tests.support.fixtures.emulated import EITHER, EMULATED

# Files of 1.7 GB are made, unless another test has done so, and each probe is a process of its own.
pytestmark = pytest.mark.timeout(400)


@pytest.mark.parametrize("kind", EITHER)
@pytest.mark.parametrize("engine", [EngineName.LANDMARK, EngineName.UNET])
def test_an_engine_on_a_card_passes_every_check(
    kind: str, engine: EngineName, model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUSEWISE_WEIGHTS", str(model_folder))
    if kind == EMULATED:
        monkeypatch.setenv("FUSEWISE_PIPELINE", "benchmarks.shared.emulated_worker:Pipeline")
    name = NAME if kind == EMULATED else torch.cuda.get_device_name()
    picture = tmp_path / "host.npy"
    tried(Probe(engine, picture=str(picture), rounds=1))
    found = tried(Probe(engine, "cuda", compare=str(picture), rounds=2))
    assert found.device == name
    assert [row.code for row in rows_of(engine, found, stored(engine), name)] == [
        Code.CARD_LIKE,
        Code.RELEASE_OK,
        Code.LADDER_OK,
    ]


def tried(wish: Probe) -> Found:
    return probe(wish, 300.0, threading.Event())
