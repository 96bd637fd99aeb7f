"""Only what was photographed is shown: a source that its frame cuts is filled from its other half, and it is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from fusion.engines.landmark import maps, validity
from fusion.engines.landmark.regions import parts_of
from fusion.engines.layers import Patch
from fusion.faces import Face, Search, mesh
from fusion.photos import Photo
from fusion.pipeline import Result
from tests.fusion.engines.landmark.conftest import Studio


@pytest.fixture(scope="module")
def halved(studio: Studio) -> tuple[Result, Result, Face]:
    """The astronaut's face from the whole photo, and from one that ends beside her nose; where it is in the target."""
    whole, face = studio.astronaut, studio.face(studio.astronaut)
    end = int(face.landmarks[1, 0] + 0.12 * face.width_px)
    pixels = np.ascontiguousarray(whole.pixels[:, :end])
    cut: Photo = replace(whole, pixels=pixels, sha256="cut")
    studio.finder.known[pixels.shape] = Search((face,))
    return studio.fused(studio.astronaut, whole), studio.fused(studio.astronaut, cut), face


def test_a_source_cut_by_its_frame_is_told_with_its_share(halved: tuple[Result, Result, Face]) -> None:
    whole, cut, _ = halved
    assert not [notice for notice in whole.notices if notice.code == "source_cut"]
    shares = [notice.details["percent"] for notice in cut.notices if notice.code == "source_cut"]
    assert len(shares) == 1
    assert 25 < float(str(shares[0])) < 50


def test_what_is_missing_is_no_streak(halved: tuple[Result, Result, Face]) -> None:
    """A last column that is repeated leaves rows without any detail."""
    whole, cut, face = halved
    x, y = face.landmarks[347].astype(int)  # the left cheek, beyond the frame
    radius = round(0.08 * face.width_px)
    part = (slice(y - radius, y + radius), slice(x - radius, x + radius))
    varied = [np.abs(np.diff(result.pixels[part].astype(int), axis=1)).mean() for result in (whole, cut)]
    assert varied[1] > 0.5 * varied[0]


def test_a_chin_below_an_open_mouth_was_photographed(studio: Studio) -> None:
    face = studio.face(studio.astronaut)
    closed = np.concatenate([face.landmarks, face.depth[:, None]], axis=1).astype(np.float64)
    closed[:, :2] += 40 - closed[:, :2].min(0)
    open_ = closed.copy()
    lower = [i for i in mesh.LIPS_OUTER + mesh.LIPS_INNER if closed[i, 1] > closed[13, 1] + 1]
    open_[lower, 1] += 0.75 * (closed[152, 1] - closed[lower, 1].max())  # down to where the chin is next to nothing
    side = int(np.ceil(closed[:, :2].max())) + 40
    patch = Patch(torch.zeros(side, side, 3, dtype=torch.uint8), open_)
    fields = maps.make(closed, open_, 1.0, side, side, torch.device("cpu"))
    parts = parts_of(fields.shape, side, side, torch.device("cpu"))
    chin = parts.chin * (1 - parts.features) * parts.face > 0.9
    usual = fields.way.stretch[parts.seed > 0.5].median()
    assert float(fields.way.stretch[chin].min() / usual) < validity.SMEARED[0], "it is narrow"
    assert float(validity.photographed(fields.way, parts, patch)[chin].min()) > 0.9
