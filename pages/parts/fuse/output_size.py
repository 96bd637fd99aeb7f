"""What size will come out of a target alone; as soon as there are two faces, the advisor's card says it."""

from __future__ import annotations

import streamlit as st

from fusion.settings import Settings
from fusion.sizing import Subject, layout, sharpness_limits
from pages.parts.i18n import Words


def expected(say: Words, photos: Subject, settings: Settings) -> None:
    """Draws the size, why it is not the one that was asked for, and whether the photo holds as much."""
    plan = layout.plan(photos.photo, settings, photos.face)
    asked = layout.asked_size(photos.photo, settings)
    with st.container(gap="xsmall", key="expected"):
        comes_out = say("settings.comes_out", width=plan.size.width, height=plan.size.height)
        st.markdown(f":small[:material/aspect_ratio: {comes_out}]")
        if asked != plan.size:
            st.caption(say("resolution.kept", width=asked.width, height=asked.height))
        if plan.scale > sharpness_limits.SHARP:
            photo = plan.photo
            st.caption(say("resolution.why_target", scale=plan.scale, width=photo.width, height=photo.height))
