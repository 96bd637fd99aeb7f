"""The Batch page's desk, and photos given to it."""

from __future__ import annotations

import numpy as np
from streamlit.testing.v1 import AppTest

from pages.parts.session.batch_state import BatchDesk
from tests.support.app_driver import png, run, until


def photo(shade: int) -> bytes:
    return png(np.full((96, 128, 3), shade, np.uint8))


def here(at: AppTest) -> BatchDesk:
    found: BatchDesk = at.session_state["batch_desk"]
    return found


def give(at: AppTest, *shades: int, extra: tuple[tuple[str, bytes], ...] = (), person: int = 1) -> AppTest:
    """A source in so many photos, and a target of each shade."""
    turn = here(at).turn
    box = at.file_uploader(key=f"batch_person_{turn}")
    for number in range(person):
        box = box.upload("me.png", photo(250 - number))
    many = [(f"photo {shade}.png", photo(shade)) for shade in shades]
    uploader = at.file_uploader(key=f"batch_targets_{turn}")
    for name, data in (*many, *extra):
        uploader = uploader.upload(name, data)
    return run(at)


def checked(at: AppTest) -> AppTest:
    """Once every photo has been looked at."""
    until(run(at), lambda at: (judged := here(at).judged) is not None and not judged.is_running)
    return run(at)
