"""Looks that are taken beside a job: their finds are there when asked for, and they end when they are told to."""

from __future__ import annotations

import threading
from typing import Any

from fusion.errors import NoFace, Reason
from fusion.faces import Face
from fusion.photos import Photo
from fusion.pipeline.ahead import Ahead
from fusion.types import Role

SECONDS = 30.0


PHOTO: Any = object()
FACE: Any = object()


def test_looks_are_taken_in_order_and_one_that_is_refused_stops_no_other() -> None:
    taken: list[object] = []
    done = threading.Event()

    def refused(photo: Photo, face: Face) -> None:
        taken.append("refused")
        raise NoFace(Reason.NO_FACE, role=Role.TARGET)

    def last(photo: Photo, face: Face) -> None:
        taken.append(photo)
        done.set()

    Ahead(refused, last).begin(PHOTO, FACE)
    assert done.wait(SECONDS)
    assert taken == ["refused", PHOTO]


def test_once_stopped_the_look_that_is_taken_has_ended_and_no_other_begins() -> None:
    begun = threading.Event()
    taken: list[object] = []

    def slow(photo: Photo, face: Face) -> None:
        begun.set()
        assert ahead._stopped.wait(SECONDS)
        taken.append("slow")

    ahead = Ahead(slow, lambda photo, face: taken.append("another"))
    ahead.begin(PHOTO, FACE)
    assert begun.wait(SECONDS)
    ahead.stop()
    assert taken == ["slow"]
