"""What a widget shows is its default as well: a browser that makes it anew sends that as if somebody had chosen it.

Streamlit tells the browser what the session holds for a widget in the run in which it was set, and only then. Where the
next run follows at once, the browser never draws that one.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from fusion.jobs import Jobs
from fusion.settings import Settings
from pages.parts.services import jobs
from tests.support.app_driver import run, session, with_samples
from tests.support.queued import end

PAGES = {
    "fuse": "pages/studio/fuse.py",
    "batch": "pages/studio/batch.py",
    "history": "pages/studio/history.py",
    "diagnosis": "pages/machine/diagnostics.py",
}


@pytest.fixture(scope="module")
def queue(sample_pair: tuple[bytes, bytes]) -> Jobs:
    """The history with two fusions in it."""
    queue = jobs()
    for ratio in (0.6, 0.8):
        end(queue, queue.submit(*sample_pair, Settings(ratio=ratio), owner="local"))
    return queue


def shown(app: AppTest) -> Iterator[tuple[str, object, object]]:
    """The key of each widget that has a default, what it shows, and its default."""
    for box in app.selectbox:
        yield box.key or "", box.index, box.proto.default
    for slider in app.slider:
        yield slider.key or "", [slider.value], list(slider.proto.default)
    for tick in (*app.checkbox, *app.toggle):
        yield tick.key or "", tick.value, tick.proto.default
    for number in app.number_input:
        yield number.key or "", number.value, number.proto.default if number.proto.HasField("default") else None
    for text in app.text_input:
        yield text.key or "", text.value, text.proto.default


def unlike(app: AppTest) -> dict[str, tuple[object, object]]:
    return {key: (value, default) for key, value, default in shown(app) if value != default}


@pytest.mark.usefixtures("queue")
@pytest.mark.parametrize("page", PAGES)
def test_each_widget_of_a_page_has_what_it_shows_for_its_default(page: str) -> None:
    app = with_samples(session()) if page == "fuse" else run(session())
    app.switch_page(PAGES[page])
    run(run(app))
    assert list(shown(app)), "or this test looks at nothing"
    assert unlike(app) == {}


@pytest.mark.usefixtures("queue")
def test_also_once_somebody_has_changed_them() -> None:
    app = run(session())
    app.switch_page(PAGES["history"])
    run(app).text_input(key="filter_text").set_value("astro")
    app.selectbox(key="filter_state").set_value("done")
    app.selectbox(key="keep_days").set_value(90)
    run(run(app))
    assert unlike(app) == {}
    app.switch_page(PAGES["batch"])
    run(app).slider(key="batch_ratio").set_value(0.35)
    app.selectbox(key="batch_output").set_value("1024")
    app.toggle(key="batch_anyway").set_value(True)
    run(run(app))
    assert unlike(app) == {}
