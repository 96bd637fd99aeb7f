"""A choice that a browser has forgotten is not taken back."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.app_driver import run, session

PLACES = {
    "fuse": ("pages/studio/fuse.py", "set_mirror", "off"),
    "batch": ("pages/studio/batch.py", "batch_way", "one_target"),
    "language": ("pages/studio/fuse.py", "lang", "zh"),
    "diagnosis": ("pages/machine/diagnostics.py", "diagnosis_way", "files"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_choice_that_a_browser_has_forgotten_still_holds(place: str) -> None:
    page, key, value = PLACES[place]
    app: AppTest = run(session())
    app.switch_page(page)
    run(app).segmented_control(key=key).set_value(value)
    run(app)
    app.session_state[key] = None  # as a browser sends it whose widget was made anew
    run(app)
    assert not app.error
    assert app.session_state[key] == value
    assert run(app).segmented_control(key=key).value == value
