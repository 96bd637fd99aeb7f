"""Whether the unet engine runs, and in which precision: with weights or without, and where half precision overflows."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from fusion.engines import Engines, Layers
from fusion.engines.base import Meaningless
from fusion.errors import Reason, WeightsMissing
from fusion.memory import Saving
from fusion.types import EngineName, Precision
from fusion.weights.locate import files_in
from tests.support.fixtures.unet import Steps

CPU = torch.device("cpu")


def missing() -> None:
    raise WeightsMissing(Reason.WEIGHTS_UNET_MISSING, file="pytorch_model.pt", address="a page")


def test_without_weights_auto_is_landmark_and_unet_by_name_is_an_error() -> None:
    engines = Engines(CPU, missing)  # type: ignore[arg-type]
    assert engines.named(EngineName.AUTO) == EngineName.LANDMARK
    assert engines.named(EngineName.LANDMARK) == EngineName.LANDMARK
    with pytest.raises(WeightsMissing) as caught:
        engines.named(EngineName.UNET)
    assert caught.value.remedy


def test_with_weights_auto_is_unet(model_folder: Path) -> None:
    engines = Engines(CPU, lambda: files_in(model_folder))
    assert engines.named(EngineName.AUTO) == EngineName.UNET


class Overflowing:
    """An engine whose numbers overflow in half precision."""

    def __init__(self, files: object, device: torch.device, precision: Precision, made: list[Precision]) -> None:
        self.precision = precision
        made.append(precision)

    def fuse(self, work: object, step: object) -> Layers:
        if self.precision != Precision.FLOAT32:
            raise Meaningless
        return Layers(None, None, None, None, None, 100.0, 1.0, 1.0, ())  # type: ignore[arg-type]


def test_half_precision_that_overflows_is_made_again_in_float32_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Precision] = []

    def loaded(files: object, device: torch.device, precision: Precision, *, lends: bool) -> Overflowing:
        return Overflowing(files, device, precision, made)

    monkeypatch.setattr("fusion.engines.unet.engine.UnetEngine", loaded)
    monkeypatch.setattr("fusion.engines.precision._has", lambda precision, device: True)
    engines = Engines(CPU, lambda: None)  # type: ignore[arg-type, return-value]
    precision, notices = engines.resolve(EngineName.UNET, Precision.FLOAT16)
    assert (precision, notices) == (Precision.FLOAT16, ())
    work: Any = SimpleNamespace(saving=Saving())
    found = engines.fuse(EngineName.UNET, precision, work, Steps())
    assert [notice.code for notice in found.notices] == ["precision_raised"]
    assert made == [Precision.FLOAT16, Precision.FLOAT32]
    # and is not tried again
    precision, notices = engines.resolve(EngineName.UNET, Precision.FLOAT16)
    assert precision == Precision.FLOAT32
    assert [notice.code for notice in notices] == ["precision_raised"]
