"""What is measured of photos and of pairs: the sample pair as it is, and with one thing wrong at a time."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from advisor.quality import FaceQuality, Measures, measure, sharpness
from advisor.quality.noise import blockiness
from fusion.faces import Face, FaceFinder
from fusion.faces.finder import Search
from fusion.photos import Photo

Shown = tuple[np.ndarray, Face]


@pytest.fixture(scope="module")
def faces(target: Photo, source: Photo) -> dict[str, Shown]:
    """The photos, and the face in each."""
    with FaceFinder() as finder:
        return {
            name: (photo.pixels, finder.find(photo.pixels).faces[0])
            for name, photo in (("astronaut", target), ("admiral", source))
        }


@pytest.fixture(params=["astronaut", "admiral"])
def shown(request: pytest.FixtureRequest, faces: dict[str, Shown]) -> Shown:
    found: Shown = faces[request.param]
    return found


def defocused(shown: Shown, share: float) -> np.ndarray:
    """Blurred by a Gaussian as wide as a share of the face."""
    return cv2.GaussianBlur(shown[0], (0, 0), share * shown[1].width_px)


def shaken(shown: Shown, share: float) -> np.ndarray:
    """Blurred sideways by a share of the face's width."""
    length = round(share * shown[1].width_px)
    return cv2.blur(shown[0], (length, 1))


def grainy(pixels: np.ndarray, sigma: float) -> np.ndarray:
    noise = np.random.default_rng(5).normal(0, sigma, pixels.shape[:2])[..., None]
    return np.clip(np.round(pixels + noise), 0, 255).astype(np.uint8)


def compressed(pixels: np.ndarray, percent: int) -> np.ndarray:
    done, data = cv2.imencode(".jpg", np.ascontiguousarray(pixels[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, percent])
    assert done
    decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))
    return np.ascontiguousarray(decoded[..., ::-1])


def exposed(pixels: np.ndarray, stops: float) -> np.ndarray:
    """With more light or less, before sRGB's curve."""
    share = pixels / 255
    light = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4) * 2**stops
    share = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.round(255 * np.clip(share, 0, 1)).astype(np.uint8)


def measured(pixels: np.ndarray, face: Face) -> FaceQuality:
    return measure.measure_face(pixels, face)


def test_a_defocused_face_is_more_blurred_the_wider_the_blur(shown: Shown) -> None:
    blurs = [measured(shown[0], shown[1]).blur] + [
        measured(defocused(shown, share), shown[1]).blur for share in (0.01, 0.02, 0.04)
    ]
    assert blurs == sorted(blurs)
    assert blurs[0] < 0.5 < blurs[1]


def test_noise_does_not_make_a_blurred_face_sharp(shown: Shown) -> None:
    sharp = measured(shown[0], shown[1]).sharpness
    soft = measured(defocused(shown, 0.03), shown[1]).sharpness
    noisy = measured(grainy(defocused(shown, 0.03), 10), shown[1]).sharpness
    assert soft < 0.8 * sharp
    assert noisy < soft + 0.5 * (sharp - soft)


def test_shaking_blurs_one_way_and_defocus_every_way(faces: dict[str, Shown]) -> None:
    shown = faces["admiral"]
    moved, soft = measured(shaken(shown, 0.06), shown[1]), measured(defocused(shown, 0.02), shown[1])
    assert moved.blur > 0.55
    assert soft.blur > 0.55
    assert moved.one_way > 0.2 > soft.one_way


@pytest.mark.parametrize("sigma", [4, 8, 16])
def test_grain_is_measured_in_levels_of_lightness(faces: dict[str, Shown], sigma: float) -> None:
    pixels, face = faces["astronaut"]
    # a level of 255 is 0.36 to 0.39 of L in the skin's tones
    assert measured(grainy(pixels, sigma), face).noise == pytest.approx(0.38 * sigma, rel=0.25)


@pytest.mark.parametrize("offset", [0, 3])
def test_blocks_show_wherever_their_grid_begins(target: Photo, offset: int) -> None:
    blocky = compressed(target.pixels, 20)[offset:, 2 * offset :]
    assert blockiness(target.pixels) < 1.1
    assert blockiness(compressed(target.pixels, 90)) < 1.1
    assert blockiness(blocky) > 1.45


@pytest.mark.parametrize("interpolation", [cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4])
def test_an_enlarged_picture_holds_the_detail_of_a_smaller_one(target: Photo, interpolation: int) -> None:
    grey = cv2.cvtColor(target.pixels, cv2.COLOR_RGB2GRAY)

    def at(times: int) -> float:
        return sharpness.enlargement(cv2.resize(grey, None, fx=times, fy=times, interpolation=interpolation) * 1.0)

    assert sharpness.enlargement(grey.astype(np.float32)) == 1
    assert 1.4 < at(2) < at(4)
    assert 2.5 < at(4) < 5.2


def test_light_lost_and_light_clipped_are_told(faces: dict[str, Shown]) -> None:
    pixels, face = faces["admiral"]
    dark, plain, bright = (measured(exposed(pixels, stops), face) for stops in (-3, 0, 3))
    assert dark.luminance < plain.luminance < bright.luminance
    assert bright.clipped_bright > 0.5 > plain.clipped_bright
    assert measured(exposed(pixels, -9), face).clipped_dark > 0.5 > plain.clipped_dark


def test_what_covers_the_outline_is_told_from_what_covers_the_middle(faces: dict[str, Shown]) -> None:
    pixels, face = faces["astronaut"]
    painted = pixels.copy()
    painted[:, : int(face.box.left + 0.25 * face.box.width)] = (20, 60, 160)
    beside = measured(painted, face)
    assert measured(pixels, face).covered_border < 0.1 < 0.2 < beside.covered_border
    assert beside.covered_border > beside.covered


def test_a_pair_of_the_same_photo_has_no_differences(shown: Shown) -> None:
    pair = measure.measure_pair(*shown, *shown)
    assert (pair.yaw, pair.pitch, pair.roll, pair.light, pair.colour, pair.exposure_ev) == (0,) * 6
    assert pair.noise_ratio == pair.sharpness_ratio == 1


def test_a_pair_tells_what_the_source_has_and_the_target_has_not(faces: dict[str, Shown]) -> None:
    pixels, face = faces["astronaut"]
    other = measure.measure_pair(pixels, face, grainy(exposed(pixels, -1), 10), face)
    assert other.exposure_ev == pytest.approx(-1, abs=0.2)
    assert other.noise_ratio > 2
    soft = measure.measure_pair(pixels, face, defocused((pixels, face), 0.03), face)
    assert soft.sharpness_ratio < 0.85


def test_grain_is_compared_at_one_scale(faces: dict[str, Shown]) -> None:
    pixels, face = faces["admiral"]
    noisy = grainy(pixels, 10)
    small = cv2.resize(noisy, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    with FaceFinder() as finder:
        smaller = finder.find(small).faces[0]
    # each has its own noise, the small one half of it; but laid over one another they are as noisy
    assert measured(small, smaller).noise < 0.75 * measured(noisy, face).noise
    assert measure.measure_pair(noisy, face, small, smaller).noise_ratio == pytest.approx(1, abs=0.25)


def test_a_photo_without_a_face_is_measured_all_the_same(target: Photo) -> None:
    empty = measure.measure_photo(target.pixels, Search(), "largest", 1234)
    assert empty.face is None
    assert empty.faces_px == ()
    assert (empty.size, empty.file_bytes) == (target.size, 1234)
    assert empty.luminance > 20


def test_an_index_that_no_face_has_is_no_face(faces: dict[str, Shown]) -> None:
    pixels, face = faces["astronaut"]
    search = Search((face,))
    assert measure.measure_photo(pixels, search, 1, None).face is None
    assert (
        measure.measure_photo(pixels, search, 0, None).face
        == measure.measure_photo(pixels, search, "largest", None).face
    )


def test_measures_become_json_and_are_found_by_name(shown: Shown) -> None:
    pixels, face = shown
    measures = Measures(target=measure.measure_photo(pixels, Search((face,)), 0, None))
    told = json.loads(json.dumps(measures.to_json()))
    assert told["target"]["face"]["blur"] == pytest.approx(measures.number("target.face.blur"), rel=1e-3)
    assert told["source"] is None
    assert measures.number("source.face.blur") is None
