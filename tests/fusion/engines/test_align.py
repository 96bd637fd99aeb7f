"""The crops are those of the model's own code, which is what its networks were trained with."""

from __future__ import annotations

import numpy as np
import pytest
from modelscope.models.cv.image_face_fusion.facelib import align_trans, matlab_cp2tform

from fusion.engines.unet import align
from fusion.types import Size

FACES = [
    np.array([[210.0, 300], [290, 295], [252, 345], [220, 390], [286, 386]]),  # upright
    np.array([[300.0, 220], [350, 290], [290, 280], [240, 270], [285, 330]]),  # leaning
    np.array([[40.0, 51], [52, 50], [49, 58], [42, 66], [51, 65]]),  # small and turned
]


@pytest.mark.parametrize("points", FACES)
def test_the_generators_crop_is_the_models_own(points: np.ndarray) -> None:
    reference = align_trans.get_reference_facial_points(default_square=True)
    wanted = ((np.float32(reference) - 56) * 0.85 + 56) * (256 / 112)
    matrix, inverse = matlab_cp2tform.get_similarity_transform_for_cv2(np.float32(points), wanted)
    square = align.for_generator(points)
    assert square.crop_from_frame == pytest.approx(matrix, abs=2e-3)
    assert square.frame_from_crop == pytest.approx(inverse, abs=2e-3)


@pytest.mark.parametrize("points", FACES)
def test_the_enhancers_crop_is_the_models_own(points: np.ndarray) -> None:
    reference = align_trans.get_reference_facial_points((1024, 1024), 0.25, (0, 0), True)
    matrix, _ = align_trans._umeyama(np.float32(points), np.float32(reference))
    assert align.for_enhancer(points).crop_from_frame == pytest.approx(matrix[:2], abs=2e-3)


def test_five_points_are_pixel_indices_left_to_right() -> None:
    landmarks = np.arange(478 * 3, dtype=float).reshape(478, 3)
    points = align.five_points(landmarks)
    assert points.shape == (5, 2)
    assert points[0].tolist() == (landmarks[468, :2] - 0.5).tolist()


def test_a_square_seen_from_a_region_is_the_same_square() -> None:
    square = align.for_generator(FACES[1])
    region = square.bounds(Size(600, 500))
    x, y = 31.0, 7.0
    in_frame = square.crop_from_frame @ [x + region.left, y + region.top, 1]
    assert square.within(region).crop_from_frame @ [x, y, 1] == pytest.approx(in_frame)


def test_bounds_hold_the_square_and_stay_in_the_frame() -> None:
    square = align.for_enhancer(FACES[2])
    ends = np.array([square.frame_from_crop @ [x, y, 1] for x in (0, 1023) for y in (0, 1023)])
    whole, cut = square.bounds(Size(200, 200)), square.bounds(Size(40, 60))
    assert (ends >= [whole.left, whole.top]).all()
    assert (ends <= [whole.left + whole.width - 1, whole.top + whole.height - 1]).all()
    assert (cut.left, cut.top) == (whole.left, whole.top)
    assert (cut.left + cut.width, cut.top + cut.height) == (40, 60)
