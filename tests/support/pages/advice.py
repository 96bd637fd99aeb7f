"""The guided Fuse page: its card, its table and its settings."""

from __future__ import annotations

from dataclasses import replace

from streamlit.testing.v1 import AppTest

from fusion.settings import Settings
from pages.parts.fuse.guidance import Guide, guide
from pages.parts.services import services
from tests.support.app_driver import desk, run


def choose(at: AppTest, name: str, value: str) -> AppTest:
    at.selectbox(key=f"set_{name}").select(value)
    return run(at)


def headline(at: AppTest) -> str:
    """The card's sentence, in which a size has no spaces and is not bold."""
    found = next(each.value for each in at.markdown if "**" in each.value and each.value.endswith((".", "。")))
    return str(found).replace("\u00a0", "").replace("**", "")


def app_settings(at: AppTest) -> Settings:
    """What the widgets stand for: what Fuse would fuse with."""
    said = replace(Settings(), **{name: at.session_state[f"set_{name}"] for name in ("output", "engine", "two_stage")})
    return desk(at).wishes.meaning(said)


def row(at: AppTest, start: str) -> str:
    """Key of the button of the option that is called so."""
    return str(next(button.key for button in at.button if button.label.startswith(start)))


def desk_bytes(at: AppTest, size: str) -> int:
    """What the option of a size needs at most, in one stage."""
    found = guided(at)
    return next(
        option.forecast.peak_high_bytes
        for option in found.options
        if str(option.size) == size and not option.workload.two_stage
    )


def guided(at: AppTest) -> Guide:
    """What the page goes by."""
    here = desk(at)
    assert here.pair is not None
    found = guide(here.pair, here.wishes.intent, Settings(), frozenset(), services.watch().look())
    assert found is not None
    return found
