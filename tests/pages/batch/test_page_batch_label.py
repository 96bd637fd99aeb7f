"""The visible label in the ZIP of a batch: asked for before the first one."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.services import jobs
from tests.support.app_driver import has_button, press, run, texts, until
from tests.support.pages.batch import checked, give, here
from tests.support.pages.label import answers, component, forget


@pytest.fixture
def packed(app: AppTest, any_photo_will_do: None) -> AppTest:
    """A batch that has come to its end."""
    forget(jobs())
    checked(give(app, 30, 40))
    if app.checkbox:
        app.checkbox(key="batch_consent").check()
    press(run(app), "batch_start")
    return run(until(app, lambda at: has_button(at, "ask_batch_zip") and not at.button(key="ask_batch_zip").disabled))


@pytest.mark.parametrize(("answer", "said"), [("keep", "en"), ("leave_out", "plain")])
def test_the_first_zip_is_asked_for_its_label_and_its_address_says_the_answer(
    packed: AppTest, answer: str, said: str
) -> None:
    assert not packed.get("link_button")
    press(packed, "ask_batch_zip")
    assert "Whoever publishes a picture like this" in texts(packed)
    press(packed, f"label_{answer}")
    (link,) = packed.get("link_button")
    assert f"/{here(packed).batches()[0].id}/{said}/" in link.proto.url
    assert component(packed, "button") == "batch_zip"
    assert len(answers(jobs())) == 1
    assert packed.toggle(key="label_drawn").value == (said == "en")
