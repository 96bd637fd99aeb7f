"""The face of a result as a picture that opens it: one control, which a keyboard reaches, over the picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from fusion.jobs import JobView
from pages.parts.i18n import Words, job_text
from pages.parts.pressing import once
from pages.parts.results.told import LOOKS
from pages.parts.session import history_state

COLUMNS, NARROWEST_PX = 6, 164  # of a grid of cards; the picture is as wide as its card
_STYLE = Path(__file__).with_name("face_card.css")


def style() -> None:
    """What the cards of a page look like; once for each page, in every run."""
    st.html(_STYLE)


def face(say: Words, view: JobView, key: str, opened: Callable[[str], None]) -> None:
    """Draws it; where there is no result, a sign of what became of it.

    Args:
        key: of the button that opens it.
        opened: called with the job's id where the button was pressed.
    """
    with st.container(gap=None, key=f"face_{view.id}"):
        _picture(say, view)
        st.button(
            say("history.open_one", what=job_text.photos(view) or view.id),
            width="stretch",
            **once(key, opened, view.id),
        )


def _picture(say: Words, view: JobView) -> None:
    jpeg = history_state.thumbnails().of(view)
    if jpeg is not None:
        st.image(jpeg, width="stretch", alt=say("batch.alt", what=job_text.photos(view) or view.id))
        return
    icon, colour = LOOKS[view.progress.state] if view.outcome is None else ("broken_image", "gray")
    st.markdown(f"## :{colour}[:material/{icon}:]", text_alignment="center")
