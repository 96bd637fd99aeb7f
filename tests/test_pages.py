"""The pages, always opened through streamlit_app.py, with the real worker behind them."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Callable, Iterator

import numpy as np
import psutil
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from fusion.errors import WorkerDied
from fusion.jobs import Jobs, WorkerView
from fusion.spec import PRESETS, Mode, Preset, Role, Settings, Size, Tier
from pages.parts import choices
from pages.parts import desk as desks

SECONDS = 60.0  # the worker may have to start first


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[None]:
    """What the app shares between sessions, ended with the module."""
    yield
    desks.jobs.clear()
    desks.finder.clear()


@pytest.fixture
def app() -> AppTest:
    """A new session, before its first run."""
    return AppTest.from_file("../streamlit_app.py", default_timeout=30)


def desk(at: AppTest) -> desks.Desk:
    """What the session has on its desk."""
    found: desks.Desk = at.session_state["desk"]
    return found


def run(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, at.exception[0].message
    return at


def with_samples(at: AppTest) -> AppTest:
    run(at).button(key="sample").click()
    return run(at)


def until(at: AppTest, reached: Callable[[AppTest], bool]) -> AppTest:
    end = time.monotonic() + SECONDS
    while not reached(run(at)):
        assert time.monotonic() < end, [element.value for element in at.error] or "it took too long"
        time.sleep(0.1)
    return at


def fused(at: AppTest) -> AppTest:
    with_samples(at).checkbox(key="consent").check()
    run(at).button(key="fuse").click()
    return until(at, lambda at: desk(at).job is None and (desk(at).result is not None or bool(at.error)))


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def upload(at: AppTest, role: Role, name: str, data: bytes) -> AppTest:
    at.file_uploader(key=f"upload_{role}_{desk(at).slots[role].turn}").upload(name, data)
    return run(at)


def texts(at: AppTest) -> str:
    kinds = (at.title, at.markdown, at.caption, at.error, at.info, at.warning, at.subheader)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


# The empty page


def test_the_first_visit_says_what_to_do(app: AppTest) -> None:
    run(app)
    assert app.title[0].value == "Fuse two faces"
    assert "Choose a target photo and a source photo" in texts(app)
    assert "Photos stay on this machine" in texts(app)


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
        app.switch_page("pages/machine/gpu.py")


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
    assert app.button(key="swap").disabled


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
    assert "The file is 0.2 MB; the limit is 0.1 MB." in app.error[0].value


def test_a_refused_photo_can_be_followed_by_a_good_one(app: AppTest, sample_pair: tuple[bytes, bytes]) -> None:
    upload(run(app), Role.TARGET, "notes.png", b"words")
    upload(app, Role.TARGET, "me.png", sample_pair[0])
    assert not app.error
    assert desk(app).slots[Role.TARGET].view is not None


@pytest.mark.parametrize(
    ("language", "message"),
    [("en", "No face was found in the target photo."), ("zh", "在目标图像中未检测到人脸。")],
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
    desk(app).slots[Role.TARGET].chosen = 1
    assert desk(app).faces.target == 1


@pytest.mark.parametrize(("language", "remedy"), [("en", "Run `make setup` again"), ("zh", "请重新运行 `make setup`")])
def test_a_worker_that_cannot_start_is_said_with_a_remedy(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, language: str, remedy: str
) -> None:
    dead = WorkerView("dead", None, None, WorkerDied("worker_start", why="no torch"))
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


# Settings


@pytest.mark.parametrize("preset", list(Preset))
def test_a_preset_sets_its_exact_values(app: AppTest, preset: Preset) -> None:
    run(app).button(key=f"preset_{preset}").click()
    run(app)
    state = app.session_state
    for name, value in PRESETS[preset].items():
        assert state[f"set_{name}"] == value, name


def test_two_presets_do_not_add_up_and_reset_undoes_both(app: AppTest) -> None:
    run(app).button(key="preset_art").click()
    run(app).button(key="preset_social").click()
    run(app)
    assert app.session_state["set_mode"] == Mode.NORMAL
    assert app.session_state["set_saturation"] == 0.0
    app.button(key="reset").click()
    run(app)
    assert app.session_state["set_ratio"] == Settings().ratio
    assert app.session_state["set_output"] == Tier.AUTO


def test_the_size_that_will_come_out_is_said(app: AppTest) -> None:
    with_samples(app).selectbox(key="set_output").select("1024")
    assert "Comes out at 1024×1024 px" in texts(run(app))
    app.selectbox(key="set_output").select(choices.CUSTOM)
    run(app).number_input(key="set_width").set_value(800)
    app.number_input(key="set_height").set_value(600)
    app.segmented_control(key="set_fit").set_value("pad")
    assert "Comes out at 800×600 px" in texts(run(app))


@pytest.mark.parametrize(
    "settings",
    [
        Settings(ratio=0.35, mode=Mode.OVERLAY, sharpen=0.55, output=Size(640, 960)),
        Settings().with_preset(Preset.ART),
    ],
)
def test_settings_come_back_from_the_file_that_they_were_saved_to(app: AppTest, settings: Settings) -> None:
    recipe = {"fusewise": "0.1.0", "settings": settings.to_json()}
    run(app).file_uploader(key="import_0").upload("recipe.json", json.dumps(recipe).encode())
    run(app)
    assert "Settings taken from recipe.json" in texts(app)
    state = app.session_state
    assert state["set_ratio"] == settings.ratio
    assert state["set_mode"] == settings.mode
    assert state["set_output"] == (choices.CUSTOM if isinstance(settings.output, Size) else settings.output)
    assert state["set_sharpen_auto"] == (settings.sharpen is None)


@pytest.mark.parametrize(
    ("language", "data", "message"),
    [
        ("en", b"{", "The settings are not valid JSON."),
        ("en", b'{"ratio": 7}', "ratio is 7; it must be between 0 and 1."),
        ("zh", b'{"ratio": 7}', "ratio 的值为 7，应为 0 到 1 之间的数。"),
    ],
)
def test_settings_that_are_wrong_are_explained_and_nothing_changes(
    app: AppTest, language: str, data: bytes, message: str
) -> None:
    app.context = {"locale": language}
    run(app).file_uploader(key="import_0").upload("settings.json", data)
    run(app)
    assert message in app.error[0].value
    assert app.session_state["set_ratio"] == Settings().ratio


def test_every_setting_has_help(app: AppTest) -> None:
    run(app).selectbox(key="set_output").select(choices.CUSTOM)
    run(app)
    kinds = (app.slider, app.selectbox, app.number_input, app.toggle, app.get("segmented_control"))
    widgets = [widget for kind in kinds for widget in kind if widget.key != "lang"]
    assert len(widgets) >= 13
    assert not [widget.key for widget in widgets if not widget.help]


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


# Fusing


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


def test_a_running_job_shows_its_progress_and_can_be_cancelled(app: AppTest) -> None:
    with_samples(app).selectbox(key="set_output").select("4096")
    app.checkbox(key="consent").check()
    run(app).button(key="fuse").click()
    run(app)
    if desk(app).job is None:
        pytest.skip("this machine fuses 4096 px before the page is drawn")
    assert app.progress
    assert app.button(key="fuse").disabled
    app.button(key="cancel").click()
    until(app, lambda at: desk(at).job is None)
    assert "The job was cancelled." in texts(app)
    assert desk(app).result is None
    assert not app.button(key="fuse").disabled


def test_a_worker_that_dies_costs_one_job_and_comes_back(app: AppTest) -> None:
    with_samples(app).selectbox(key="set_output").select("4096")
    app.checkbox(key="consent").check()
    run(app)
    until(app, lambda at: desk(at).queue.worker().state == "ready")
    pid = desk(app).queue.worker().pid
    assert pid is not None
    app.button(key="fuse").click()
    run(app)
    if desk(app).job is None:
        pytest.skip("this machine fuses 4096 px before the page is drawn")
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
