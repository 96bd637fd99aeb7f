"""A batch is fused at the sizes that the page for one fusion advises for the same photos, and the diagnosis too."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from advisor.recommendation import Intent
from fusion.batches import Pair, Plan, judging, planning
from fusion.faces import FaceFinder, geometry, largest
from fusion.photos import Photo, decode
from fusion.settings import Settings
from fusion.sizing import Subject, best_output
from fusion.types import EngineName, Role, Size, Tier
from pages.parts.fuse.guidance import guide
from pages.parts.services import Machine
from pages.parts.session.batch_forecast import Shares, foretell
from tests.support.fixtures.advice import KNOWN, LANDMARK, PLENTY, pair
from tests.support.fixtures.photos import admiral, astronaut, saved
from tests.support.planned import given_of

HERE = Machine(PLENTY, LANDMARK, KNOWN, 0, None, None)
SOURCE = saved(admiral(), "PNG")


def target(width: int, height: int) -> bytes:
    """The astronaut in a photo of a size: scaled, and cut around the middle."""
    scale = max(width, height) / 512
    large = cv2.resize(astronaut(), None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    left, top = (large.shape[1] - width) // 2, 0
    return saved(np.ascontiguousarray(large[top : top + height, left : left + width]), "PNG")


def face(finder: FaceFinder, photo: Photo) -> tuple[Subject, float]:
    found = largest(finder.find(photo.pixels).faces)
    return Subject(photo.size, found.box), geometry.face_width(found.landmarks)


@pytest.mark.parametrize("size", [(400, 500), (910, 1137), (1116, 900), (1600, 1600)])
def test_advice_batch_and_diagnosis_name_one_size(size: tuple[int, int]) -> None:
    data = target(*size)
    with FaceFinder() as finder:
        looks = judging.Looks(finder)
        (one,) = planning.cross([given_of("a.png", data)], [given_of("b.png", SOURCE)], Settings()).pairs
        batch, subject = batched(one, looks, finder), looks.subject(one)
        shown, target_px = face(finder, decode.read(data, Role.TARGET))
        source, source_px = face(finder, decode.read(SOURCE, Role.SOURCE))
    assert subject == Subject(shown.photo, shown.face, target_px, source_px, source.photo), "as the page sees them"
    looked = pair(shown.photo, target_px, source_px)
    advised = guide(looked, Intent.AUTO, Settings(), frozenset(), HERE)
    assert advised is not None
    assert batch.output == advised.settings.output
    best = best_output.best(subject, EngineName.LANDMARK)
    assert best is not None
    assert best[0] == batch.output
    assert best[1].size == advised.recommended.size
    if target_px <= source_px:
        assert advised.recommended.size == Size(*size)


def batched(one: Pair, looks: judging.Looks, finder: FaceFinder) -> Settings:
    plan = Plan((one,), ())
    forecast = foretell(plan, Shares(finder), HERE, 1, looks)
    assert forecast is not None
    settings = forecast.settled(one, looks)
    assert looks.subject(one, only_known=True) == looks.subject(one)
    again = foretell(plan, Shares(finder), HERE, 1, looks)
    assert again is not None
    assert again.of(one).settings == settings, "and says so before, once the photos were looked at"
    return settings


def test_what_is_set_in_a_batch_stays_and_the_rest_is_advised() -> None:
    with FaceFinder() as finder:
        looks = judging.Looks(finder)
        settings = Settings(output=Tier.T512, ratio=0.5)
        (one,) = planning.cross([given_of("a.png", target(1600, 1600))], [given_of("b.png", SOURCE)], settings).pairs
        found = batched(one, looks, finder)
    assert (found.output, found.ratio, found.engine) == (Tier.T512, 0.5, EngineName.LANDMARK)
