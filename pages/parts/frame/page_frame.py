"""What the browser is told of every page beside what is drawn: its language, names of controls, and what has focus.

Streamlit has no option for any of it.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.parts.i18n import Language, Words

_HERE = Path(__file__).parent
_FRAME = st.components.v2.component(
    "fusewise_frame",
    css=(_HERE / "page_frame.css").read_text(encoding="utf-8"),
    js=(_HERE / "page_frame.js").read_text(encoding="utf-8"),
    isolate_styles=False,  # it is about all of the page
)
_WORDS = ("help", "help_alone", "open", "skip")


def frame(say: Words) -> None:
    """Puts it up, where there is room for an element that is not seen: in the sidebar."""
    told = {word: say(f"frame.{word}", what="{what}") for word in _WORDS}
    _FRAME(key="frame", data={"lang": Language(say.language).tag, **told})
