"""What a batch is made of: one face for many photos or many for one, and what is refused with its reason."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fusion.batches import Given, inputs, planning
from fusion.batches.inputs import Limits
from fusion.batches.planning import Looker
from fusion.errors import BatchRejected
from fusion.settings import Settings
from tests.support.planned import given_of, pairs, photos, png, refused

BASE = Settings(ratio=0.6)


def test_one_face_goes_onto_many_photos() -> None:
    plan = planning.cross(photos("a.png", "b.png"), [given_of("me.png", png(200))], BASE)
    assert pairs(plan) == [("a.png", "me.png"), ("b.png", "me.png")]
    assert plan.photo_count == 3
    assert {pair.settings for pair in plan.pairs} == {BASE}


def test_many_faces_go_onto_one_photo() -> None:
    plan = planning.cross([given_of("me.png", png(200))], photos("a.png", "b.png"), BASE)
    assert pairs(plan) == [("me.png", "a.png"), ("me.png", "b.png")]


def test_many_photos_of_one_person_go_onto_each_photo_together() -> None:
    sources = [given_of("me.png", png(200)), given_of("words.jpg", b"words"), given_of("me2.png", png(210))]
    plan = planning.cross(photos("a.png", "b.png"), sources, BASE, one_person=True)
    assert [[photo.given.name for photo in pair.photos] for pair in plan.pairs] == [
        ["a.png", "me.png", "me2.png"],
        ["b.png", "me.png", "me2.png"],
    ]
    assert refused(plan) == {"words.jpg": "photo_unreadable"}
    with pytest.raises(BatchRejected) as caught:
        planning.cross(photos("a.png"), sources * 3, BASE, one_person=True)
    assert caught.value.reason == "sources_too_many"


def test_what_cannot_be_used_is_told_and_the_rest_goes_on() -> None:
    targets = [*photos("a.png"), given_of("words.jpg", b"words"), given_of("tiny.png", png(side=20))]
    targets += [given_of("empty.png", b""), given_of("copy.png", targets[0].read())]
    plan = planning.cross(targets, [given_of("me.png", png(200))], BASE)
    assert pairs(plan) == [("a.png", "me.png")]
    assert refused(plan) == {
        "words.jpg": "photo_unreadable",
        "tiny.png": "photo_too_small",
        "empty.png": "photo_empty",
        "copy.png": "photo_twice",
    }


def test_a_heavy_photo_is_refused_before_it_is_read() -> None:
    def never() -> bytes:
        raise AssertionError("it was read")

    plan = planning.cross([Given("heavy.jpg", 26 * 1024**2, never)], photos("me.png"), BASE)
    assert refused(plan) == {"heavy.jpg": "photo_too_heavy"}


def test_no_more_than_one_photo_is_held_while_they_are_looked_at() -> None:
    alive = 0

    class Held(bytes):
        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    def reader(data: bytes) -> Callable[[], bytes]:
        def read() -> bytes:
            nonlocal alive
            alive += 1
            assert alive == 1
            return Held(data)

        return read

    many = [Given(str(shade), 500, reader(png(shade))) for shade in range(20)]
    assert len(planning.cross(many, photos("me.png"), BASE).pairs) == 20


def test_too_many_are_refused_before_any_is_read() -> None:
    few = Looker(Limits(pairs=3))
    with pytest.raises(BatchRejected, match="4 are too many"):
        planning.cross(photos("a", "b"), photos("c", "d"), BASE, few)
    with pytest.raises(BatchRejected, match="GiB together"):
        planning.cross(photos("a", "b"), photos("c"), BASE, Looker(Limits(total_bytes=300)))
    with pytest.raises(BatchRejected, match="at least one target"):
        planning.cross([], photos("c"), BASE)


def test_the_limit_of_a_photo_is_the_apps_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_MAX_UPLOAD_MB", "3")
    assert inputs.limits().photo.max_bytes == 3 * 1024**2
