"""Fusing from the page, with the real worker behind it."""

from __future__ import annotations

import numpy as np
import psutil
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from fusion.types import Box, Role, Size
from pages.parts.server.visitor import LOCAL
from tests.support.app_driver import desk, fused, png, run, session, texts, until, upload, with_samples
from tests.support.fixtures.photos import astronaut

TWINS = np.hstack([astronaut(), astronaut()])


@pytest.fixture
def app() -> AppTest:
    """A new session, before its first run."""
    return session()


def test_a_fusion_from_photos_to_downloads(app: AppTest) -> None:
    fused(app)
    assert not app.error
    result = desk(app).result
    assert result is not None
    assert result.size == Size(512, 512)
    assert "512×512 px" in texts(app)
    assert "Landmark engine" in texts(app)
    assert app.button(key="fuse").label == "Fuse again"
    assert [getattr(button, "label", "") for button in app.get("download_button")] == ["PNG", "JPEG", "WebP", "Recipe"]
    with Image.open(result.output) as written:
        assert written.size == (512, 512)
    assert result.face is not None


def test_a_transparent_border_is_kept_in_the_files_and_no_jpeg_is_offered(app: AppTest) -> None:
    run(app).segmented_control(key="set_fit").set_value("pad")
    run(app).selectbox(key="set_fill").select("transparent")
    app.session_state.set_output = "512"
    app.session_state.set_aspect = "9:16"
    fused(app)
    assert not app.error
    result = desk(app).result
    assert result is not None
    assert result.is_transparent
    with Image.open(result.output) as written:
        assert written.getchannel("A").getextrema() == (0, 255)
    buttons = [getattr(button, "proto", None) for button in app.get("download_button")]
    assert [button.label for button in buttons if button is not None and button.disabled] == ["JPEG"]


def test_the_face_that_was_clicked_is_fused_and_travels_as_its_box(app: AppTest) -> None:
    upload(with_samples(app).button(key="change_target").click().run(), Role.TARGET, "two.png", png(TWINS))
    desk(app).choose(Role.TARGET, 1)
    app.checkbox(key="consent").check()
    run(app).button(key="fuse").click()
    until(app, lambda at: desk(at).job is None and (desk(at).result is not None or bool(at.error)))
    result = desk(app).result
    assert result is not None
    chosen = result.settings.faces.target
    assert isinstance(chosen, Box)
    assert 512 < chosen.left < chosen.right < 1024
    assert result.facts.target_face.box == chosen
    edges = [chosen.left, chosen.top, chosen.right, chosen.bottom]
    assert result.recipe["settings"]["faces"]["target"] == {"box": edges}
    assert result.face is not None
    assert result.face[0] > 0.5, "what has changed is on the right"
    assert app.button(key="fuse").label == "Fuse again"


def test_finishing_is_previewed_and_applied(app: AppTest) -> None:
    fused(app)
    first = desk(app).result
    app.slider(key="set_brightness").set_value(0.3)
    run(app)
    assert "This is a small preview" in texts(app)
    previewed = desk(app).previewed
    assert previewed is not None
    assert previewed[1].startswith(b"\xff\xd8")
    assert app.button(key="fuse").label == "Apply to full size"
    app.button(key="fuse").click()
    until(app, lambda at: desk(at).job is None)
    assert desk(app).result is not first
    assert "small preview" not in texts(app)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The button waits for no job, so that a running one can be seen on any machine."""
    monkeypatch.setattr("pages.parts.fuse.run.QUICK_SECONDS", 0.0)


def test_a_change_that_needs_a_fusion_says_so(app: AppTest) -> None:
    fused(app).slider(key="set_ratio").set_value(0.2)
    run(app)
    assert "The settings have changed since this result" in texts(app)
    app.slider(key="set_ratio").set_value(0.7)
    run(app)
    assert "The settings have changed" not in texts(app)
    app.button(key="swap").click()
    run(app)
    assert "The settings have changed" in texts(app)


@pytest.mark.usefixtures("impatient")
def test_a_running_job_shows_its_progress_and_can_be_cancelled(app: AppTest) -> None:
    with_samples(app).selectbox(key="set_output").select("4096")
    app.checkbox(key="consent").check()
    run(app).button(key="fuse").click()
    run(app)
    assert desk(app).job, "the job ended before the page was drawn"
    assert app.progress
    assert app.button(key="fuse").disabled
    app.button(key="cancel").click()
    until(app, lambda at: desk(at).job is None)
    assert "The job was cancelled." in texts(app)
    assert desk(app).result is None
    assert not app.button(key="fuse").disabled


@pytest.mark.usefixtures("impatient")
def test_a_fusion_goes_on_when_its_worker_dies_and_can_be_tried_again_when_it_was_cancelled(app: AppTest) -> None:
    job = started_large(app)
    queue = desk(app).queue
    pid = queue.worker().pid
    assert pid is not None
    psutil.Process(pid).kill()
    until(app, lambda at: queue.view(job).deaths == 1)
    assert desk(app).job == job
    app.button(key="cancel").click()
    until(app, lambda at: desk(at).job is None)
    app.button(key="retry").click()
    run(app)
    assert desk(app).job == job
    assert not app.error
    app.button(key="cancel").click()
    until(app, lambda at: desk(at).job is None)


@pytest.mark.usefixtures("impatient")
def test_a_fusion_that_still_runs_is_offered_when_its_page_is_opened_anew(app: AppTest) -> None:
    job = started_large(app)
    desk(app).leave()
    anew = run(session())
    assert "A fusion of yours is still running" in texts(anew)
    anew.button(key="show_running").click()
    run(anew)
    assert desk(anew).job == job
    assert desk(anew).photos == desk(app).photos
    assert anew.session_state.set_output == "4096"
    anew.button(key="cancel").click()
    until(anew, lambda at: desk(at).job is None)
    assert "still running" not in texts(anew)


def test_a_session_that_ends_leaves_its_result_in_the_history(app: AppTest) -> None:
    fused(app)
    result = desk(app).result
    assert result is not None
    desk(app).leave()
    assert result.output.exists()
    view = desk(app).queue.view(result.job)
    assert view.owner == LOCAL
    assert (view.target_name, view.source_name) == ("astronaut.png", "grace_hopper.jpg")


def test_a_result_that_is_deleted_in_the_history_is_no_fault_of_the_page(app: AppTest) -> None:
    fused(app)
    result = desk(app).result
    assert result is not None
    desk(app).queue.delete([result.job])
    app.button(key="fuse").click()
    until(app, lambda at: desk(at).job is None)
    assert not app.error
    assert desk(app).result is not result


def started_large(at: AppTest) -> str:
    """Starts a fusion that takes some seconds, and returns its id."""
    with_samples(at).selectbox(key="set_output").select("4096")
    at.checkbox(key="consent").check()
    run(at)
    until(at, lambda at: desk(at).queue.worker().state == "ready")
    at.button(key="fuse").click()
    run(at)
    job = desk(at).job
    assert job, "the job ended before the page was drawn"
    return job
