"""The guided Fuse page: its card, its table and its settings."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from fusion.settings import Settings
from pages.parts.fuse.guidance import Guide, guide
from pages.parts.services import services
from tests.support.app_driver import desk, run


def choose(at: AppTest, name: str, value: str) -> AppTest:
    at.selectbox(key=f"set_{name}").select(value)
    return run(at)


def headline(at: AppTest) -> str:
    """The card's."""
    return str(at.subheader[0].value)


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
