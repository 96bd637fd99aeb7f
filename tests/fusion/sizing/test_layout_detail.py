"""How wide a face is where its detail comes from: the source photo, or what the unet model draws."""

from __future__ import annotations

import pytest

from fusion.engines import layers
from fusion.engines.unet import align, engine
from fusion.faces import FaceFinder, geometry
from fusion.photos import decode
from fusion.settings import Settings
from fusion.sizing import layout
from fusion.types import EngineName, Role, Size, Tier


def test_the_landmark_engines_detail_is_the_sources() -> None:
    plan = layout.plan(Size(512, 512), Settings(output=Tier.T2048))
    told = layout.detail(plan, target_face_px=100, source_face_px=240, engine=EngineName.LANDMARK)
    assert (told.face_px, told.native_px) == (400, 240)
    assert told.ratio == pytest.approx(400 / 240)


@pytest.mark.parametrize(("face_px", "native"), [(256, layout.GENERATOR_FACE_PX), (257, layout.ENHANCER_FACE_PX)])
def test_the_unet_engines_detail_is_what_it_draws(face_px: float, native: float) -> None:
    plan = layout.plan(Size(512, 512), Settings(output=Tier.T512))
    told = layout.detail(plan, target_face_px=face_px, source_face_px=9, engine=EngineName.UNET)
    assert (told.face_px, told.native_px) == (face_px, native)


def test_auto_has_no_detail_of_its_own() -> None:
    plan = layout.plan(Size(512, 512), Settings())
    with pytest.raises(ValueError, match="auto"):
        layout.detail(plan, 100, 100, EngineName.AUTO)


def test_what_the_unet_model_draws_is_as_wide_as_the_constants_say(sample_pair: tuple[bytes, bytes]) -> None:
    assert layout.ENHANCED_OVER == engine.ENHANCE_FROM
    small, large = [], []
    finder = FaceFinder()
    for file in sample_pair:
        points = layers.points_of(finder.find(decode.read(file, Role.TARGET).pixels).faces[0])
        width, five = geometry.face_width(points), align.five_points(points)
        small.append(width / align.for_generator(five).enlargement)
        large.append(width / align.for_enhancer(five).enlargement)
    finder.close()
    assert sum(small) / 2 == pytest.approx(layout.GENERATOR_FACE_PX, rel=0.01)
    assert sum(large) / 2 == pytest.approx(layout.ENHANCER_FACE_PX, rel=0.01)
