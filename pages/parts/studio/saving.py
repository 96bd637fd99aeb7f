"""The downloads under the picture: of the result as it is, of one from before, or of one that has to be fused first.

Under a preview a download saves what is seen. That is fused first, at full size, and once the result lies on the desk
the download goes on by itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

import streamlit as st

from pages.parts.components import cards, label_switch
from pages.parts.i18n import Words
from pages.parts.session import Desk
from pages.parts.studio.standing import Age, Standing

_WANTED = "download_after_fusion"  # in the session: the key of a download, and its turn


def downloads(say: Words, here: Desk, stands: Standing, fuse: Callable[[], None], *, is_ready: bool) -> None:
    """Draws them.

    Args:
        fuse: starts the fusion that a preview is of.
        is_ready: whether that can begin, as the button that fuses says it.
    """
    assert here.result is not None
    version = cards.Version()
    if stands.age == Age.PREVIEWED:

        def first(key: str) -> None:
            st.session_state[_WANTED] = (key, secrets.token_hex(8))
            fuse()

        version = cards.Version(help=say("result.preview.save"), first=first, is_ready=is_ready)
    elif stands.is_old:
        version = cards.Version(of=stands.clock, help=say("result.old.save", time=stands.time(say)))
    cards.downloads(say, here.result, version)
    if stands.age == Age.CURRENT and _WANTED in st.session_state:
        label_switch.go_on(*st.session_state.pop(_WANTED))
    elif not here.job and stands.age != Age.PREVIEWED:
        st.session_state.pop(_WANTED, None)  # what it was asked for did not come
