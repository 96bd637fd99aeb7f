"""Three columns beside each other, the middle one always in view; on a phone a bar at the bottom."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fusion import compared
from pages.parts.i18n import Words

_HERE = Path(__file__).parent
# Streamlit's own parts neither stay in view nor know how wide a window is. One stylesheet for the page says what they
# cannot, by the keys of the containers alone; without it there are still three columns.
_THUMBNAIL = st.components.v2.component(
    "fusewise_screen",
    html=(_HERE / "screen.html").read_text(encoding="utf-8"),
    css=(_HERE / "screen.css").read_text(encoding="utf-8"),
    js=(_HERE / "screen.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)
_SHARES = (27, 46, 27)  # of the width
# What stands above and below the picture in its column takes the rest of the window.
STAGE_HEIGHT = "max(15rem, 100dvh - 24rem)"


class Columns(NamedTuple):
    """The places of the page, from left to right."""

    photos: DeltaGenerator
    work: DeltaGenerator
    settings: DeltaGenerator


def columns() -> Columns:
    """Draws the three columns, empty."""
    with st.container(key="screen"):
        places = st.columns(_SHARES, gap="medium")
    names = Columns._fields
    return Columns(*(place.container(key=name, gap="xsmall") for place, name in zip(places, names, strict=True)))


def draft(say: Words, jpeg: bytes) -> None:
    """What the running job has made so far, in the place of its result; as high as that at most."""
    with st.container(key="draft"):
        st.image(compared.data_url(jpeg), caption=say("result.draft"), alt=say("result.draft.alt"))


@contextmanager
def bar(say: Words, picture: str | None) -> Iterator[None]:
    """The place of the button that fuses; on a phone it stays at the bottom of the window.

    Args:
        picture: the result as a URL, shown beside the button on a phone: a press on it leads there. None without one.
    """
    with st.container(key="bar", gap=None), st.container(horizontal=True, gap="xsmall", key="bar_row"):
        _THUMBNAIL(key="thumbnail", data={"url": picture, "label": say("result.show")}, width="content")
        with st.container(key="bar_act", gap="xxsmall"):
            yield
