"""The guided Fuse page: what is recommended, and what each size takes on this machine."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from fusion.photos import samples
from fusion.types import EngineName, Role, Switch, Tier
from tests.support.app_driver import desk, has_button, press, run, texts, with_samples
from tests.support.pages.advice import app_settings, choose, desk_bytes, guided, headline, row

GIB = 1 << 30
Memory = Callable[..., None]


# What is recommended


def test_without_two_faces_there_is_a_hint_and_no_card(app: AppTest) -> None:
    assert "Once each photo has a face" in texts(run(app))
    assert "processor" not in texts(app)
    assert not has_button(app, "measure")


def test_the_card_says_in_one_sentence_what_will_be_made_and_behind_it_why(app: AppTest, memory: Memory) -> None:
    memory(8)
    said = texts(with_samples(app))
    assert re.fullmatch(
        "512×512 takes (less than a second|about [0-9]+ s) on this computer’s processor, and the face stays sharp.",
        headline(app),
    )
    assert "512×512 · one stage · Landmark" in said
    assert "8.0 GiB free" in said
    assert "about" in said
    assert "**sharp**" in said
    assert "For all the detail that the photos hold" in said
    assert "1024×1024 is more than the target photo holds" in said
    assert "measurements on another machine" in said


def test_what_nobody_has_set_is_automatic_and_says_what_that_comes_to(app: AppTest) -> None:
    assert run(app).selectbox(key="set_output").options[0] == "Automatic"
    with_samples(app)
    assert app.session_state["set_output"] == Tier.AUTO
    boxes = {name: app.selectbox(key=f"set_{name}").options[0] for name in ("output", "aspect")}
    assert boxes == {"output": "Automatic · 512 × 512", "aspect": "Automatic · The photo's own"}
    rows = {
        name: app.segmented_control(key=f"set_{name}").options[0]
        for name in ("engine", "two_stage", "precision", "fit")
    }
    assert rows == {
        "engine": "Automatic · Landmark",
        "two_stage": "Automatic · Off",
        "precision": "Automatic · float32",
        "fit": "Automatic · Keep",
    }
    assert not has_button(app, "recommendation")
    wished = app_settings(app)
    assert (wished.output, wished.two_stage, wished.engine) == (Tier.ORIGINAL, Switch.OFF, EngineName.LANDMARK)


@pytest.mark.parametrize("preset", ["social", "art"])
def test_a_preset_is_what_the_picture_is_for(app: AppTest, preset: str) -> None:
    press(with_samples(app), f"preset_{preset}")
    assert headline(app).startswith("512×512 takes")
    assert {"social": "For avatars and posts", "art": "For art"}[preset] in texts(app)
    assert app.button(key=f"preset_{preset}").proto.type == "primary"
    press(app, "reset")
    assert "For all the detail" in texts(app)
    assert app.button(key=f"preset_{preset}").proto.type == "secondary"


def test_a_preset_that_the_photos_cannot_fill_says_so_before_the_run(app: AppTest) -> None:
    press(with_samples(app), "preset_restoration")
    said = texts(app).replace("\u00a0", "")
    assert "Soft and bright aims at 2048, but your photo holds 512×512; larger would only be blown up." in said
    assert app_settings(app).output == Tier.ORIGINAL
    assert app.session_state["set_ratio"] == 0.6
    assert "aims at" not in texts(choose(app, "output", "1024")), "whoever sets a size has left the preset's"


def test_less_free_memory_is_other_advice(app: AppTest, memory: Memory) -> None:
    memory(8)
    twice = io.BytesIO()
    with Image.open(io.BytesIO(samples.sample_pair()[0])) as photo:
        photo.resize((1024, 1024)).save(twice, "PNG")
    with_samples(app)
    desk(app).take(Role.TARGET, twice.getvalue(), "twice.png")
    assert headline(run(app)).startswith("1024×1024 takes")
    assert app.selectbox(key="set_output").options[0] == "Automatic · 1024 × 1024"
    memory((desk_bytes(app, "1024×1024") - 1) / GIB)
    assert headline(run(app)).startswith("512×512")
    assert app_settings(app).output == Tier.T512
    memory(8)
    run(app)
    assert app_settings(app).output == Tier.ORIGINAL


def test_where_nothing_fits_the_card_says_what_to_do(app: AppTest, memory: Memory) -> None:
    memory(0.25)
    said = texts(with_samples(app))
    assert headline(app).startswith("512×512 does not fit this computer’s memory now: it needs up to")
    assert "0.2 GiB may be used." in headline(app)
    assert "No other size does either. Close other programs" in said
    assert "This does not fit into the memory that is free now." in said


def test_beside_a_program_that_computes_all_takes_longer_and_the_page_says_why(app: AppTest, memory: Memory) -> None:
    memory(8)
    assert "processor busy" not in texts(with_samples(app))
    alone = guided(app).effective.forecast.seconds
    memory(8, slowdown=2.0)
    assert "Other programs keep this machine's processor busy: all takes about 2.0× as long." in texts(run(app))
    assert alone is not None
    assert guided(app).effective.forecast.seconds == pytest.approx(2 * alone)


def test_it_is_said_in_chinese(app: AppTest, memory: Memory) -> None:
    memory(8)
    app.context = {"locale": "zh-CN"}
    said = texts(choose(with_samples(app), "output", "4096"))
    assert re.fullmatch("用本机处理器生成 4096×4096，.*秒，但人脸会模糊。", headline(app))
    assert re.search("源照片中的人脸只有 [0-9]+ 像素宽", said)
    assert "Fusewise 会选择 512×512。" in said.replace("\u00a0", "")
    assert "可用 8.0 GiB" in said
    assert app.button(key="recommendation").label == "恢复自动"
    assert app.selectbox(key="set_output").options[0] == "自动 · 512 × 512"


# The table


def test_every_size_has_this_machines_numbers_and_a_button(app: AppTest, memory: Memory) -> None:
    memory(0.9)
    said = texts(with_samples(app))
    for name, suits in {"1024": "art, screens", "2048": "restoration, prints", "4096": "large prints"}.items():
        assert any(button.label.startswith(f"**{name}** · {name}×{name}") for button in app.button)
        assert f"{suits} · up to" in said
    assert app.button(key="use_0").label == "**Original size** · 512×512 · in use"
    assert app.button(key="use_0").disabled
    assert ":orange-badge" in said or "May not fit" in said
    assert "Fits, but soft" in said


def test_a_row_is_taken_with_one_click(app: AppTest) -> None:
    press(with_samples(app), row(app, "**1024**"))
    assert app.session_state["set_output"] == Tier.T1024
    assert headline(app).startswith("1024×1024 takes")
    assert app.button(key=row(app, "**1024**")).disabled
    assert desk(app).wishes.pinned == {"output"}, "the rest goes with the size"
    press(app, row(app, "**Original size**"))
    assert not desk(app).wishes.pinned
    assert app.session_state["set_output"] == Tier.AUTO
