"""What the pages say where other machines compute too, which here are processes that stand for nodes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from api.spoken import Language
from fusion import cluster
from fusion.jobs import Jobs, WorkerView
from pages.parts import services
from tests.support.app_driver import run, session, texts, until
from tests.support.programs.nodes import A, B, Nodes

CROSSES = {"en": "Photos are sent to other machines", "zh": "照片会发送到其他机器"}
MACHINE = "pages/machine/gpu.py"


@pytest.fixture(scope="module")
def clustered(own_server: None) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cluster, "configured", Nodes)
        patch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
        yield


@pytest.fixture(params=list(Language))
def app(request: pytest.FixtureRequest, clustered: None) -> AppTest:
    at = session()
    at.query_params["lang"] = str(request.param)
    return at


def test_before_the_first_job_it_is_said_that_photos_cross_machines(app: AppTest) -> None:
    run(app)
    said = [each.value for each in app.caption if ":material/lan:" in each.value]
    assert len(said) == 1
    assert CROSSES[app.session_state["lang"]] in said[0]


def test_the_page_of_the_machine_lists_every_node(app: AppTest) -> None:
    run(app).switch_page(MACHINE)
    until(app, lambda at: {A.name, B.name} <= {each.label for each in at.expander})
    assert services.jobs().is_clustered


def test_a_worker_that_waits_for_weights_says_how_far_they_are(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = (WorkerView("ready", "cpu", 1), WorkerView("starting", pid=-1, node=A.name, weights=0.43))
    monkeypatch.setattr(Jobs, "workers", lambda self: waiting)
    run(app).switch_page(MACHINE)
    until(app, lambda at: any(each.label == A.name for each in at.expander))
    key = next(key for key in (f"open_worker_1_{faulty}" for faulty in (False, True)) if key)
    app.session_state[key] = True
    until(app, lambda at: "43 %" in texts(at))


def test_alone_nothing_is_said_of_other_machines() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Jobs, "is_clustered", False)
        assert ":material/lan:" not in texts(run(session()))
