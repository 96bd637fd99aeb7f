"""Fusing from the page, with the real worker behind it."""

from __future__ import annotations

import psutil
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from fusion.spec import Size
from pages.parts import running
from tests.app_driver import desk, fused, run, session, texts, until, with_samples


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
    monkeypatch.setattr(running, "QUICK_SECONDS", 0.0)


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
def test_a_worker_that_dies_costs_one_job_and_comes_back(app: AppTest) -> None:
    with_samples(app).selectbox(key="set_output").select("4096")
    app.checkbox(key="consent").check()
    run(app)
    until(app, lambda at: desk(at).queue.worker().state == "ready")
    pid = desk(app).queue.worker().pid
    assert pid is not None
    app.button(key="fuse").click()
    run(app)
    assert desk(app).job, "the job ended before the page was drawn"
    psutil.Process(pid).kill()
    until(app, lambda at: desk(at).job is None)
    assert "stopped unexpectedly" in app.error[0].value
    assert "press Fuse once more" in app.error[0].value
    app.selectbox(key="set_output").select("512")
    run(app).button(key="fuse").click()
    until(app, lambda at: desk(at).result is not None)
    assert not app.error


def test_a_session_that_ends_leaves_no_files(app: AppTest) -> None:
    fused(app)
    result = desk(app).result
    assert result is not None
    assert result.output.exists()
    desk(app).leave()
    assert not result.output.exists()
