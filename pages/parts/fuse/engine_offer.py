"""The unet engine, offered where it is missed: what it does better, its download, and that it cannot fuse before.

Drawn under the advice while its weights are not there. Once they are, what there is to say stands in the settings.
"""

from __future__ import annotations

import streamlit as st

from fusion.settings import Settings
from fusion.types import EngineName
from fusion.weights import locate
from pages.parts import engine_check
from pages.parts.fuse import weights
from pages.parts.i18n import Words
from pages.parts.pressing import once

_CLOSED = "engine_offer_closed"
_LED, _LEADS = "engine_offer_led", "engine_offer_leads"  # in the session: somebody has asked for it, just now


def card(say: Words, engine: str) -> None:
    """The offer; whoever wants it not is not asked again in this session, unless that engine is chosen.

    Args:
        engine: that is chosen.
    """
    seen = weights.begin()
    is_wanted = engine == EngineName.UNET
    if engine_check.is_shown(engine):
        engine_check.part(say)
    if seen.is_ready or (st.session_state.get(_CLOSED) and not (is_wanted or seen.is_running)):
        return
    with st.container(border=True, gap="xsmall", key="engine_offer"):
        if is_wanted:
            st.warning(say("weights.coming" if seen.is_running else "weights.needed"), icon=":material/info:")
        st.markdown(f":material/auto_fix_high: **{say('engine.offer')}**")
        st.caption(say("engine.offer.about"))
        weights.missing(say, seen, is_open=is_wanted or _LED in st.session_state)
        if not is_wanted and not seen.is_running:
            st.button(say("engine.offer.close"), type="tertiary", **once("engine_offer_close", _close))


def lacks(settings: Settings) -> bool:
    """Whether the engine that is chosen cannot run yet."""
    return settings.engine == EngineName.UNET and not locate.status().is_ready


def lead() -> None:
    """Has the offer there and unfolded from the next run on, whatever is chosen; a callback."""
    st.session_state.pop(_CLOSED, None)
    st.session_state[_LED] = st.session_state[_LEADS] = True


def leads() -> bool:
    """Whether the page has to be drawn anew because somebody was just led to the offer; says so once."""
    return bool(st.session_state.pop(_LEADS, False))


def _close() -> None:
    st.session_state[_CLOSED] = True
    st.session_state.pop(_LED, None)
