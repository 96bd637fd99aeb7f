"""The unet engine with a map of faces, with weights that are random but of the right structure."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from fusion.engines import Engines
from fusion.face_setting import Mapped
from fusion.photos import Photo
from fusion.photos.decode import read
from fusion.pipeline import Pipeline
from fusion.settings import Settings
from fusion.types import EngineName, Role, Tier
from fusion.weights.locate import files_in
from tests.support.fixtures.photos import saved


@pytest.mark.timeout(400)  # files of 1.7 GB may be made for it, and are read
def test_of_a_map_each_face_is_drawn_and_what_no_face_reaches_stays(
    model_folder: Path, target: Photo, source: Photo
) -> None:
    left, right = (cv2.resize(photo.pixels, (512, 512)) for photo in (target, source))
    group = read(saved(np.hstack([left, right]), "PNG"), Role.TARGET)
    cpu = torch.device("cpu")
    settings = Settings(
        engine=EngineName.UNET, output=Tier.T512, skin_smoothing=0.0, sharpen=0.0, map=(Mapped(0, 0), Mapped(1, 1))
    )
    with Pipeline(device="cpu", engines=Engines(cpu, lambda: files_in(model_folder))) as pipeline:
        mapped = pipeline.run(group, source, settings, others=(target,))
    assert mapped.engine == EngineName.UNET
    assert [face.photo for face in mapped.mapped] == [0, 1]
    inside = np.zeros(mapped.pixels.shape[:2], bool)
    for face in mapped.mapped:
        region = face.region
        part = np.s_[region.top : region.top + region.height, region.left : region.left + region.width]
        inside[part] = True
        assert not np.array_equal(mapped.pixels[part], mapped.before[part])
    assert not inside.all()
    assert np.array_equal(mapped.pixels[~inside], mapped.before[~inside])
