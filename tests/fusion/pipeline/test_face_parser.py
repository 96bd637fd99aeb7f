"""A network that knows hair, skin and glasses is used where its file lies, and says what each pixel is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from fusion.errors import WeightsInvalid
from fusion.pipeline import face_parser
from fusion.pipeline.face_parser import FaceParser
from fusion.weights import segmenter
from tests.fusion.pipeline import tiny_parser

CPU = torch.device("cpu")


@pytest.fixture
def parser(tmp_path: Path) -> FaceParser:
    return FaceParser(tiny_parser.saved(tmp_path / "tiny.pth"), CPU)


def picture(side: int = 96) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (side, side, 3), np.uint8)


def test_each_map_is_as_large_as_the_picture_and_a_share(parser: FaceParser) -> None:
    seen = parser.of(picture())
    maps = [seen.person, seen.hair, seen.skin, seen.glasses]
    for each in maps:
        assert each is not None
        assert each.shape == (96, 96)
        assert each.dtype == np.float32
        assert each.min() >= 0
        assert each.max() <= 1 + 1e-5
    assert seen.hair is not None
    assert seen.skin is not None
    assert seen.glasses is not None
    assert (seen.hair + seen.skin + seen.glasses <= seen.person + 1e-4).all(), "a person is made of these, and more"


def test_the_same_picture_gives_the_same_answer(parser: FaceParser) -> None:
    first, second = parser.of(picture()), parser.of(picture())
    assert np.array_equal(first.person, second.person)


def test_a_convolution_with_the_normalisation_behind_it_is_one(tmp_path: Path) -> None:
    state = tiny_parser.state()
    weight, bias = FaceParser(tiny_parser.saved(tmp_path / "tiny.pth"), CPU)._weights["cp.conv_avg"]
    x = torch.randn(1, tiny_parser.MANY, 5, 5, generator=torch.manual_seed(2))
    plain = functional.conv2d(x, state["cp.conv_avg.conv.weight"])
    mean, variance, scale, shift = (
        state[f"cp.conv_avg.bn.{name}"] for name in ("running_mean", "running_var", "weight", "bias")
    )
    wanted = functional.batch_norm(plain, mean, variance, scale, shift)
    torch.testing.assert_close(functional.conv2d(x, weight, bias), wanted)


@pytest.mark.parametrize("content", [b"", b"no weights at all"])
def test_a_file_without_such_weights_is_refused_with_its_name(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "mine.pth"
    file.write_bytes(content)
    with pytest.raises(WeightsInvalid, match=r"mine\.pth"):
        FaceParser(file, CPU)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    state = tiny_parser.state()
    del state["ffm.conv2.weight"]
    torch.save(state, tmp_path / "other.pth")
    with pytest.raises(WeightsInvalid):
        FaceParser(tmp_path / "other.pth", CPU)


def test_it_is_taken_where_somebody_has_named_it_and_missed_by_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path))
    assert face_parser.installed(CPU) is None
    monkeypatch.setenv(segmenter.VARIABLE, str(tiny_parser.saved(tmp_path / "tiny.pth")))
    assert isinstance(face_parser.installed(CPU), FaceParser)
