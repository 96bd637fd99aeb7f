"""The pages, always opened through streamlit_app.py: what they say before a fusion, of photos, in two languages."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from fusion.errors import Reason, WorkerDied
from fusion.face_setting import LARGEST
from fusion.jobs import Jobs, WorkerView
from fusion.settings import Settings
from fusion.types import Box, Role, Size
from tests.support.app_driver import desk, has_button, png, run, session, texts, upload, with_samples
from tests.support.fixtures.photos import admiral, astronaut


@pytest.fixture
def app() -> AppTest:
    """A new session, before its first run."""
    return session()


# The empty page


def test_the_first_visit_says_what_to_do(app: AppTest) -> None:
    run(app)
    assert app.title[0].value == "Fuse two faces"
    assert "Choose a target photo and a source photo" in texts(app)
    assert "Photos and results are kept on this machine alone, in the history, for 30 days" in texts(app)


def test_fuse_cannot_be_pressed_and_says_why(app: AppTest) -> None:
    run(app)
    assert app.button(key="fuse").disabled
    assert "choose a target photo, choose a source photo, confirm the consent" in texts(app)


def test_the_worker_is_starting_or_ready(app: AppTest) -> None:
    run(app)
    assert any(word in texts(app) for word in ("Warming up", "Ready on CPU", "Ready on GPU"))


def test_the_menu_has_only_pages_that_exist(app: AppTest) -> None:
    run(app)
    with pytest.raises(ValueError, match="Could not find page"):
        app.switch_page("pages/machine/nothing.py")


# Photos


def test_the_sample_pair_fills_both_places(app: AppTest) -> None:
    with_samples(app)
    assert re.search(r"512×512 px · face \d+ px wide", texts(app))
    assert re.search(r"512×600 px · face \d+ px wide", texts(app))
    assert not app.error


def test_swap_exchanges_the_photos_and_clear_takes_them_away(app: AppTest) -> None:
    with_samples(app).button(key="swap").click()
    run(app)
    target = desk(app).slots[Role.TARGET].view
    assert target is not None
    assert target.size == Size(512, 600)
    app.button(key="clear").click()
    run(app)
    assert all(slot.view is None for slot in desk(app).slots.values())
    assert [key for key in ("sample", "swap", "clear") if has_button(app, key)] == ["sample"]


def test_an_uploaded_photo_is_shown_with_its_facts(app: AppTest, sample_pair: tuple[bytes, bytes]) -> None:
    upload(run(app), Role.TARGET, "me.png", sample_pair[0])
    assert "512×512 px" in texts(app)
    assert app.file_uploader[0].label.startswith("Source photo.")


@pytest.mark.parametrize(
    ("language", "message", "remedy"),
    [
        ("en", "This is not a photo that can be read.", "Use a JPEG, PNG"),
        ("zh", "无法将该文件作为照片读取。", "请使用 JPEG、PNG"),
    ],
)
def test_a_file_that_is_no_photo_is_refused_and_the_other_photo_stays(
    app: AppTest, sample_pair: tuple[bytes, bytes], language: str, message: str, remedy: str
) -> None:
    app.context = {"locale": language}
    upload(run(app), Role.SOURCE, "good.jpg", sample_pair[1])
    upload(app, Role.TARGET, "notes.png", b"these are words, not pixels")
    assert message in app.error[0].value
    assert remedy in app.error[0].value
    assert desk(app).slots[Role.SOURCE].view is not None
    assert app.button(key="fuse").disabled


def test_a_photo_over_the_limit_is_refused_with_its_size(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_MAX_UPLOAD_MB", "0.1")
    noise = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    upload(run(app), Role.TARGET, "noise.png", png(noise))
    assert "The file is 0.2 MiB; the limit is 0.1 MiB." in app.error[0].value


def test_a_refused_photo_can_be_followed_by_a_good_one(app: AppTest, sample_pair: tuple[bytes, bytes]) -> None:
    upload(run(app), Role.TARGET, "notes.png", b"words")
    upload(app, Role.TARGET, "me.png", sample_pair[0])
    assert not app.error
    assert desk(app).slots[Role.TARGET].view is not None


@pytest.mark.parametrize(
    ("language", "message"),
    [("en", "No face was found in the target photo."), ("zh", "在目标照片中未检测到人脸。")],
)
def test_a_photo_without_a_face_is_said_at_that_photo(app: AppTest, language: str, message: str) -> None:
    app.context = {"locale": language}
    grey = np.full((300, 300, 3), 128, np.uint8)
    upload(run(app), Role.TARGET, "wall.png", png(grey))
    assert message in app.error[0].value
    assert app.button(key="fuse").disabled


def test_several_faces_offer_a_choice(app: AppTest, sample_pair: tuple[bytes, bytes]) -> None:
    face = np.asarray(Image.open(io.BytesIO(sample_pair[0])).convert("RGB"))
    upload(run(app), Role.TARGET, "two.png", png(np.concatenate([face, face], axis=1)))
    assert "2 faces: click the one to use" in texts(app)
    assert desk(app).faces.target == LARGEST
    desk(app).choose(Role.TARGET, 1)
    chosen = desk(app).faces.target
    assert isinstance(chosen, Box), "what is sent is where the face is, not its place in a list"
    assert 512 < chosen.left < chosen.right < 1024


def picker_data(at: AppTest) -> Any:
    """What the target's picker is drawn from."""
    (drawn,) = [each.proto for each in at.get("bidi_component") if each.proto.id.endswith("picker_target")]
    return json.loads(drawn.json)[0]


def test_faces_are_numbered_from_left_to_right(app: AppTest) -> None:
    both = np.zeros((600, 1024, 3), np.uint8)
    both[:512, :512], both[:, 512:] = astronaut(), admiral()
    upload(run(app), Role.TARGET, "two.png", png(both))
    drawn = {face["tag"]: face for face in picker_data(app)["faces"]}
    assert drawn["1"]["box"][0] < 50 < drawn["2"]["box"][0]
    assert (drawn["1"]["chosen"], drawn["2"]["chosen"]) == (False, True), "the larger one is used"
    desk(app).choose(Role.TARGET, 0)
    drawn = {face["tag"]: face for face in picker_data(run(app))["faces"]}
    assert (drawn["1"]["chosen"], drawn["2"]["chosen"]) == (True, False)
    assert drawn["1"]["label"].startswith("Face 1 of 2, 95 px")


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("en", "No face of the target photo is where the chosen one"),
        ("zh", "目标照片中，所选人脸应在 (50, 50) 像素附近"),
    ],
)
def test_a_chosen_face_that_is_not_found_is_said_and_nobody_else_is_fused(
    app: AppTest, language: str, message: str
) -> None:
    app.context = {"locale": language}
    with_samples(app).checkbox(key="consent").check()
    desk(app).slots[Role.TARGET].chosen = Box(10, 10, 90, 90)
    assert message in run(app).error[0].value
    assert app.button(key="fuse").disabled


@pytest.mark.parametrize(("language", "remedy"), [("en", "Run `make setup` again"), ("zh", "请重新运行 `make setup`")])
def test_a_worker_that_cannot_start_is_said_with_a_remedy(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, language: str, remedy: str
) -> None:
    dead = WorkerView("dead", None, None, WorkerDied(Reason.WORKER_START, why="no torch"))
    monkeypatch.setattr(Jobs, "worker", lambda self: dead)
    app.context = {"locale": language}
    assert remedy in run(app).error[0].value
    assert not app.button(key="restart").disabled


# Consent


def test_fuse_needs_consent_once_per_session(app: AppTest) -> None:
    with_samples(app)
    assert app.button(key="fuse").disabled
    assert "Before you can fuse: confirm the consent" in texts(app)
    app.checkbox(key="consent").check()
    run(app)
    assert not app.button(key="fuse").disabled
    assert "Everything is ready" in texts(app)


def test_a_start_without_consent_does_nothing(app: AppTest) -> None:
    with_samples(app)
    desk(app).start(Settings())
    assert desk(app).job is None


# Language


@pytest.mark.parametrize(
    ("locale", "title"), [("zh-CN", "人脸融合"), ("en-US", "Fuse two faces"), (None, "Fuse two faces")]
)
def test_the_browsers_language_is_spoken(app: AppTest, locale: str | None, title: str) -> None:
    app.context = {"locale": locale}
    assert run(app).title[0].value == title


def test_the_language_can_be_switched_and_stays_in_the_address(app: AppTest) -> None:
    with_samples(app).segmented_control(key="lang").set_value("zh")
    run(app)
    assert app.title[0].value == "人脸融合"
    assert app.query_params["lang"] == "zh"
    assert re.search(r"人脸宽 \d+ 像素", texts(app))
    assert "确认已获得同意" in texts(app)
    assert run(app).title[0].value == "人脸融合"


@pytest.mark.parametrize(("asked", "title"), [("en", "Fuse two faces"), ("xx", "人脸融合")])
def test_the_language_in_the_address_wins_where_there_is_one(app: AppTest, asked: str, title: str) -> None:
    app.context = {"locale": "zh-CN"}
    app.query_params["lang"] = asked
    assert run(app).title[0].value == title
