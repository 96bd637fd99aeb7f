"""A job that has fused several faces, on the page of diagnosis."""

from __future__ import annotations

import re

import cv2
import numpy as np
from streamlit.testing.v1 import AppTest

from fusion.face_setting import Mapped
from fusion.jobs import Jobs
from fusion.settings import Settings
from pages.parts.server.visitor import LOCAL
from tests.support.app_driver import png, run, session, texts
from tests.support.fixtures.photos import admiral, astronaut
from tests.support.queued import end

PAGE = "pages/machine/diagnostics.py"


def opened(at: AppTest, id: str) -> AppTest:
    at.query_params["job"] = id
    return run(at)


def test_of_several_faces_the_page_says_which_one_it_has_looked_at(
    app: AppTest, queue: Jobs, sample_pair: tuple[bytes, bytes]
) -> None:
    both = png(np.hstack([cv2.resize(pixels, (384, 384)) for pixels in (astronaut(), admiral())]))
    settings = Settings(map=(Mapped(0, 0), Mapped(1, 1)))
    others = (("anna.png", png(astronaut())),)
    several = end(queue, queue.submit(both, png(admiral()), settings, others=others, owner=LOCAL)).id
    one = end(queue, queue.submit(*sample_pair, Settings(), owner=LOCAL)).id
    said = texts(opened(app, several))
    assert re.search(r"Looked at is the face around \d+, \d+ px ← source photo [12]: of 2", said)
    assert "Looked at is the face" not in texts(opened(session().switch_page(PAGE), one))
