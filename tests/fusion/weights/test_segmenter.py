"""A segmentation network is used where it lies, checked, and missed by nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from fusion.errors import WeightsInvalid, WeightsMissing
from fusion.weights import locate, segmenter
from fusion.weights.catalog import SEGMENTERS

KIND = b"\x1c\x00\x00\x00TFL3"
PARSER, MULTICLASS, SELFIE = SEGMENTERS


def laid(name: str, content: bytes) -> Path:
    path = locate.place().parent / segmenter.FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.fixture(autouse=True)
def _empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path))


def test_without_one_there_is_none() -> None:
    assert segmenter.find() is None


def test_the_multiclass_network_is_known_by_its_kind_and_size() -> None:
    whole = laid(MULTICLASS.name, KIND + bytes(MULTICLASS.minimum_bytes))
    assert segmenter.find() == whole


@pytest.mark.parametrize("content", [KIND + bytes(1000), bytes(MULTICLASS.minimum_bytes + 8)])
def test_a_file_that_is_cut_short_or_of_another_kind_is_refused(content: bytes) -> None:
    laid(MULTICLASS.name, content)
    with pytest.raises(WeightsInvalid):
        segmenter.find()


def test_a_file_whose_sha256_is_known_must_have_it() -> None:
    laid(SELFIE.name, KIND + bytes(SELFIE.minimum_bytes))
    with pytest.raises(WeightsInvalid):
        segmenter.find()


def test_a_variable_names_a_file_of_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "mine.tflite"
    monkeypatch.setenv(segmenter.VARIABLE, str(mine))
    with pytest.raises(WeightsMissing):
        segmenter.find()
    mine.write_bytes(KIND)
    assert segmenter.find() == mine
