"""A browser that is a run behind the page of diagnosis takes nothing away from it."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from fusion.jobs import Jobs
from fusion.settings import Settings
from pages.parts.session.diagnosis_state import DiagnosisDesk
from tests.support.app_driver import keys, press, run, until
from tests.support.queued import end


@pytest.fixture(scope="module")
def faint(queue: Jobs, sample_pair: tuple[bytes, bytes]) -> str:
    """A fusion with so low a ratio that next to nothing changes."""
    return end(queue, queue.submit(*sample_pair, Settings(ratio=0.1))).id


def here(at: AppTest) -> DiagnosisDesk:
    found: DiagnosisDesk = at.session_state["diagnosis_desk"]
    return found


def test_what_came_of_a_remedy_stays_though_a_browser_says_once_more_which_job_it_shows(
    app: AppTest, faint: str
) -> None:
    """The box of the jobs is another one with each job that begins or ends."""
    app.query_params["job"] = faint
    press(run(app), keys(app, "try_")[0])
    behind, box = app._tree, app.selectbox[0]
    shown = box.value
    press(app, keys(app, "do_")[0])
    run(until(app, lambda _: not here(app).is_trying))
    assert app.selectbox[0].key != box.key, "one more job, another box"
    app._tree = behind
    box.set_value(shown)
    run(app)
    assert here(app).trial is not None
    assert app.success, "what came of the remedy is still there"
