"""What concerns every page, above it: why nothing is fused now, though it is nobody's fault; live."""

from __future__ import annotations

import streamlit as st

from fusion import refusal
from fusion.errors import FusionError
from pages.parts.components import cards
from pages.parts.components.live_fragment import redrawn
from pages.parts.i18n import Words, words
from pages.parts.server import visitor
from pages.parts.services import jobs

LOOK_SECONDS = 2.0


@redrawn(LOOK_SECONDS)
def banner() -> None:
    """Draws it; nothing while all goes on."""
    queue, say = jobs(), words()
    for error in (queue.paused, queue.stuck):
        if error is not None:
            cards.error(say, error)
    _check(say)


def _check(say: Words) -> None:
    """Where photos are to be examined and cannot be: what to do about it, for who can do it."""
    try:
        refusal.ready(is_served=visitor.is_served())
    except FusionError as error:
        if visitor.is_administrator():
            cards.error(say, error)
        else:
            st.warning(say("refusal.closed"), icon=":material/shield:")
