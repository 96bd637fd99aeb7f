"""Fusing from the page, with the real worker behind it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import psutil
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from fusion import provenance
from fusion.settings import Settings
from fusion.types import Box, Role, Size, Tier
from pages.parts import studio
from pages.parts.fuse import pair_verdict
from pages.parts.server.visitor import LOCAL
from tests.support.app_driver import (
    desk,
    fused,
    has_button,
    keys,
    png,
    press,
    run,
    session,
    texts,
    until,
    upload,
    with_samples,
)
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
    assert keys(app, "ask_download") == ["ask_download_png", "ask_download_jpeg", "ask_download_webp"]
    with Image.open(result.output) as written:
        assert written.size == (512, 512)
    assert result.face is not None


def test_a_first_look_stands_where_the_result_will_be(app: AppTest) -> None:
    fused(app)
    desk(app).draft = provenance.small(TWINS, "a", quality=88)
    (shown,) = run(app).get("image")[0].proto.imgs
    assert shown.url.startswith("data:image/jpeg;base64,")
    assert shown.caption == "A first look, made with AI: details and files follow."
    assert not keys(app, "ask_download"), "what would be saved is not the picture that is seen"
    desk(app).draft = None
    assert not run(app).get("image")


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
    assert [key for key in keys(app, "ask_download") if app.button(key=key).disabled] == ["ask_download_jpeg"]


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
    """The page waits for no job, so that a running one can be seen on any machine."""
    monkeypatch.setattr("pages.parts.fuse.run.WAIT_QUICK_SECONDS", -1.0)
    monkeypatch.setattr("pages.parts.fuse.run.WAIT_OTHERS_SECONDS", -1.0)


def test_a_job_that_ends_soon_is_waited_for_and_its_picture_is_there_at_once(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WAIT_QUICK_SECONDS", "WAIT_OTHERS_SECONDS"):
        monkeypatch.setattr(f"pages.parts.fuse.run.{name}", 60.0)
    first = desk(fused(app)).result  # that the worker is there
    app.slider(key="set_ratio").set_value(0.35)
    press(run(app), "fuse")
    assert desk(app).job is None
    assert desk(app).result is not first
    assert not has_button(app, "cancel")


def test_what_a_fusion_of_the_same_photos_takes_again_is_known_from_the_last_one(app: AppTest) -> None:
    here, settings = desk(fused(app)), Settings(ratio=0.3)
    assert here.result is not None
    again = here.again_s(replace(here.result.settings, ratio=0.3))
    assert again is not None
    assert 0 < again < here.result.facts.seconds, "the photos are read, and their faces found"
    assert here.again_s(replace(settings, output=Tier.T2048)) is None
    here.clear()
    assert here.again_s(settings) is None


def test_a_change_that_needs_a_fusion_says_so(app: AppTest) -> None:
    fused(app).slider(key="set_ratio").set_value(0.2)
    run(app)
    assert "The settings have changed since this result" in texts(app)
    app.slider(key="set_ratio").set_value(0.7)
    run(app)
    assert "The settings have changed" not in texts(app)


def test_a_result_of_other_photos_is_old_and_its_downloads_say_of_when_they_are(app: AppTest) -> None:
    settings = Settings()
    made = studio.standing(desk(fused(app)), settings)
    assert made is not None
    assert made.view is not None
    assert not made.is_old
    press(app, "swap")
    old = studio.standing(desk(app), settings)
    assert old is not None
    assert old.age == studio.Age.PHOTOS
    minute = f"{datetime.fromtimestamp(made.view.ended or 0):%H:%M}"
    assert app.button(key="ask_download_png").label == f"PNG · {minute}"
    assert minute in app.button(key="ask_download_png").help
    press(app, "swap")
    assert app.button(key="ask_download_png").label == "PNG"


def test_a_download_under_a_preview_fuses_what_is_seen_first(app: AppTest) -> None:
    fused(app).slider(key="set_brightness").set_value(0.2)
    run(app)
    before = desk(app).result
    assert before is not None
    press(app, "first_download_png")
    until(app, lambda at: desk(at).job is None)
    result = desk(app).result
    assert result is not None
    assert result.job != before.job
    assert result.settings.brightness == 0.2
    assert keys(app, "first_download") == []


def test_a_download_under_a_preview_waits_for_what_the_button_that_fuses_waits_for(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    fused(app).slider(key="set_brightness").set_value(0.2)
    assert not run(app).button(key="first_download_png").disabled
    monkeypatch.setattr(pair_verdict, "stops", lambda *_: True)
    assert run(app).button(key="fuse").disabled
    assert app.button(key="first_download_png").disabled


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
