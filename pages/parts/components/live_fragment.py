"""Parts of a page that are drawn again and again by themselves."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec

import streamlit as st

from fusion.errors import FusionError
from pages.parts.components import cards
from pages.parts.i18n import words

P = ParamSpec("P")


def redrawn(every_s: float) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """A fragment of a page. What a person can act on is a card in its place, as it is for a page as a whole."""

    def decorated(draw: Callable[P, None]) -> Callable[P, None]:
        @st.fragment(run_every=every_s)
        @functools.wraps(draw)
        def drawn(*args: P.args, **keywords: P.kwargs) -> None:
            try:
                draw(*args, **keywords)
            except FusionError as error:  # Streamlit would tell it without its words
                cards.error(words(), error)

        return drawn

    return decorated
