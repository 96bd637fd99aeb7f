"""The guided Fuse page: what is recommended, and what each size takes on this machine."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from fusion.types import EngineName, Tier
from tests.support.app_driver import desk, has_button, press, run, texts, with_samples
from tests.support.pages.advice import choose, desk_bytes, headline, row

GIB = 1 << 30
Memory = Callable[[float], None]


# What is recommended


def test_without_two_faces_there_is_a_hint_and_no_card(app: AppTest) -> None:
    assert "With two faces here" in texts(run(app))
    assert not app.subheader
    assert not has_button(app, "measure")


def test_the_card_says_size_stages_engine_memory_time_detail_and_why(app: AppTest, memory: Memory) -> None:
    memory(8)
    said = texts(with_samples(app))
    assert headline(app) == "Recommended: 512×512 · one stage · Landmark"
    assert "of 8.0 GiB free" in said
    assert "about" in said
    assert "**sharp**" in said
    assert "For all the detail that the photos hold" in said
    assert "1024×1024 is larger than the photo itself" in said
    assert "measurements on another machine" in said


def test_what_is_recommended_is_set_already(app: AppTest) -> None:
    with_samples(app)
    state = app.session_state
    assert state["set_output"] == Tier.ORIGINAL
    assert state["set_two_stage"] == "off"
    assert state["set_engine"] == EngineName.LANDMARK
    assert not desk(app).wishes.pinned
    assert "Your choice" not in texts(app)


@pytest.mark.parametrize(("preset", "size"), [("social", "512×512"), ("art", "1024×1024")])
def test_a_preset_is_what_the_picture_is_for(app: AppTest, preset: str, size: str) -> None:
    press(with_samples(app), f"preset_{preset}")
    assert headline(app).startswith(f"Recommended: {size}")
    assert {"social": "For avatars and posts", "art": "For art"}[preset] in texts(app)
    assert app.button(key=f"preset_{preset}").proto.type == "primary"
    press(app, "reset")
    assert "For all the detail" in texts(app)
    assert app.button(key=f"preset_{preset}").proto.type == "secondary"


def test_a_preset_that_holds_no_detail_gives_way_and_says_so(app: AppTest) -> None:
    press(with_samples(app), "preset_restoration")
    assert "Restoration is meant for 2048, but these photos hold no detail for it: 1024×1024 in its place." in texts(
        app
    )
    assert app.session_state["set_output"] == Tier.T1024
    assert app.session_state["set_ratio"] == 0.6


def test_a_preset_that_does_not_fit_gives_way_and_says_so(app: AppTest, memory: Memory) -> None:
    memory(8)
    press(with_samples(app), "preset_art")
    smaller = desk_bytes(app, "1024×1024") - 1
    memory(smaller / GIB)
    run(app)
    assert headline(app).startswith("Recommended: 512×512")
    assert "Art is meant for 1024, which does not fit: 512×512 in its place." in texts(app)


def test_less_free_memory_is_other_advice(app: AppTest, memory: Memory) -> None:
    memory(8)
    press(with_samples(app), "preset_art")
    assert app.session_state["set_output"] == Tier.T1024
    memory((desk_bytes(app, "1024×1024") - 1) / GIB)
    assert run(app).session_state["set_output"] == Tier.ORIGINAL
    memory(8)
    assert run(app).session_state["set_output"] == Tier.T1024


def test_where_nothing_fits_the_card_says_what_is_missing(app: AppTest, memory: Memory) -> None:
    memory(0.25)
    said = texts(with_samples(app))
    assert headline(app).startswith("Nothing fits now. The least: 512×512")
    assert "of 0.2 GiB that may be used" in said
    assert "This does not fit into the memory that is free now." in said


def test_it_is_said_in_chinese(app: AppTest, memory: Memory) -> None:
    memory(8)
    app.context = {"locale": "zh-CN"}
    said = texts(choose(with_samples(app), "output", "4096"))
    assert headline(app) == "推荐：512×512 · 单阶段 · 关键点"
    assert "可用 8.0 GiB" in said
    assert "您的选择：4096×4096" in said
    assert "改善方法：使用人脸更大的源图像、使用更大的目标图像。" in said
    assert app.button(key="recommendation").label == "使用推荐设置"


# The table


def test_every_size_has_this_machines_numbers_and_a_button(app: AppTest, memory: Memory) -> None:
    memory(0.9)
    said = texts(with_samples(app))
    for name, suits in {"1024": "art, screens", "2048": "restoration, prints", "4096": "large prints"}.items():
        assert any(button.label.startswith(f"**{name}** · {name}×{name}") for button in app.button)
        assert f"{suits} · up to" in said
    assert app.button(key="use_0").label == "**Original size** · 512×512 · in use"
    assert app.button(key="use_0").disabled
    assert ":red-badge" in said or "Does not fit" in said


def test_a_row_is_taken_with_one_click(app: AppTest) -> None:
    press(with_samples(app), row(app, "**1024**"))
    assert app.session_state["set_output"] == Tier.T1024
    assert "Your choice: 1024×1024" in texts(app)
    assert app.button(key=row(app, "**1024**")).disabled
    press(app, row(app, "**Original size**"))
    assert not desk(app).wishes.pinned
    assert "Your choice" not in texts(app)
