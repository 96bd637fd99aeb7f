"""What Fusewise is not for, where somebody says that they may: a line, and the rest of it unfolded."""

from __future__ import annotations

import streamlit as st

from pages.parts.i18n import Words

_POINTS = ("intimate", "children", "deceiving", "hurting", "others")


def purpose(say: Words) -> None:
    """Draws it. RESPONSIBLE_USE.md says it in full."""
    with st.expander(say("purpose.not_for"), icon=":material/block:", type="compact", key="purpose"):
        st.markdown("\n".join(f"- {say(f'purpose.{point}')}" for point in _POINTS))
        st.caption(say("purpose.more"))
