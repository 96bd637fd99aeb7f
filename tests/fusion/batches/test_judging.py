"""The pairs of a batch are judged before it is queued, each photo once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from fusion.batches import Plan, judging, planning
from fusion.errors import FusionError, PairRefused
from fusion.face_setting import ALL, Mapped
from fusion.faces import FaceFinder, Search
from fusion.settings import Settings
from fusion.suitability import Suitability, Verdict
from tests.support.fixtures.photos import admiral, astronaut, saved
from tests.support.fixtures.shown import with_sunglasses
from tests.support.planned import given_of, pairs, png


class Counted(FaceFinder):
    """A finder that counts its searches."""

    searches = 0

    def find(self, pixels: np.ndarray) -> Search:
        self.searches += 1
        return super().find(pixels)


@pytest.fixture
def finder() -> Iterator[Counted]:
    with Counted() as made:
        yield made


@pytest.fixture(scope="module")
def photos() -> dict[str, bytes]:
    """Two people, one of them with sunglasses too, and nobody."""
    with FaceFinder() as finder:
        worn = with_sunglasses(astronaut(), finder.find(astronaut()).faces[0])
    return {
        "admiral.png": saved(admiral(), "PNG"),
        "astronaut.png": saved(astronaut(), "PNG"),
        "sunglasses.png": saved(worn, "PNG"),
        "nobody.png": png(),
    }


def plan(photos: dict[str, bytes], **changes: object) -> Plan:
    """Each of the others into the admiral."""
    given = {name: given_of(name, data) for name, data in photos.items()}
    target = given.pop("admiral.png")
    return planning.cross([target], [*given.values()], Settings.from_json(changes))


def test_a_pair_that_makes_no_picture_is_left_out_with_its_reason(finder: Counted, photos: dict[str, bytes]) -> None:
    sifted = judging.sifted(plan(photos), judging.Looks(finder))
    assert pairs(sifted) == [("admiral.png", "astronaut.png"), ("admiral.png", "nobody.png")]
    (refused,) = sifted.refused
    assert refused.name == "admiral.png + sunglasses.png"
    assert isinstance(refused.error, PairRefused)
    assert finder.searches == 4


def test_it_stays_where_it_is_to_be_fused_anyway_or_not_at_all(finder: Counted, photos: dict[str, bytes]) -> None:
    looks = judging.Looks(finder)
    assert len(judging.sifted(plan(photos, anyway=True), looks).pairs) == 3
    assert len(judging.sifted(plan(photos, ratio=0.0), looks).pairs) == 3
    assert finder.searches == 4


def test_a_plan_is_judged_in_a_thread_of_its_own_in_the_order_of_its_pairs(
    finder: Counted, photos: dict[str, bytes]
) -> None:
    thread = judging.Judging(plan(photos), judging.Looks(finder))
    thread.wait(60)
    assert not thread.is_running
    assert thread.error is None
    fits, refused, nobody = thread.found
    assert isinstance(fits, Suitability)
    assert isinstance(refused, Suitability)
    assert refused.verdict == Verdict.REFUSED
    assert isinstance(nobody, FusionError)


def test_of_several_photos_of_a_person_the_one_that_will_be_used_is_judged(
    finder: Counted, photos: dict[str, bytes]
) -> None:
    target, *rest = (given_of(name, photos[name]) for name in photos if name != "astronaut.png")
    astronaut = given_of("astronaut.png", photos["astronaut.png"])
    looks = judging.Looks(finder)

    def judged(**changes: object) -> judging.Found:
        plan = planning.cross([target], [*rest, astronaut], Settings.from_json(changes), one_person=True)
        (pair,) = plan.pairs
        return looks.judge(pair)

    alone = looks.judge(planning.cross([target], [astronaut], Settings()).pairs[0])
    assert judged() == alone
    picked = judged(source_photo=0)
    assert isinstance(picked, Suitability)
    assert picked.verdict == Verdict.REFUSED
    assert isinstance(judged(source_photo=1), FusionError)


def test_what_is_not_judged_yet_is_queued(finder: Counted, photos: dict[str, bytes]) -> None:
    given = plan(photos)
    found = [judging.Looks(finder).judge(pair) for pair in given.pairs[:2]]
    assert len(judging.without(given, found[:1]).pairs) == 3
    assert len(judging.without(given, found).pairs) == 2


def test_of_a_map_every_pair_is_judged_and_the_worst_counts(finder: Counted, photos: dict[str, bytes]) -> None:
    names = "admiral.png", "astronaut.png", "sunglasses.png", "nobody.png"
    target, *others = (given_of(name, photos[name]) for name in names)
    looks = judging.Looks(finder)

    def judged(*lines: Mapped) -> judging.Found:
        (pair,) = planning.cross([target], others, Settings(), one_person=True).pairs
        return looks.judge(replace(pair, settings=Settings(map=lines)))

    alone = looks.judge(planning.cross([target], others[:1], Settings()).pairs[0])
    assert judged(Mapped(0, 0)) == judged(Mapped(ALL, 0)) == alone
    worst = judged(Mapped(0, 0), Mapped("largest", 1))
    assert isinstance(worst, Suitability)
    assert worst.verdict == Verdict.REFUSED
    for line in (Mapped(0, 2), Mapped(1, 0), Mapped(0, 7)):
        assert isinstance(judged(line), FusionError)
