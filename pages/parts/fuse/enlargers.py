"""What enlarges the face in the second stage: which one will run, and how to get a sharper one."""

from __future__ import annotations

import streamlit as st

from fusion.upscale import Absent, Found, Kind, discovery
from pages.parts.i18n import Words
from pages.parts.server import visitor


def card(say: Words) -> None:
    """The enlarger that will run; under it, until it is a model of one's own, the sharper ones and what they need."""
    ways = {way.kind: way for way in discovery.status()}
    runs = next(way for way in ways.values() if way.present)
    label = say(f"enlarger.{runs.kind}", name=runs.name)
    if runs.kind == Kind.MODEL_FILE:
        st.caption(f":material/zoom_out_map: {label}", help=f"`{runs.path}`" if visitor.is_administrator() else None)
        return
    file = ways[Kind.MODEL_FILE]
    with st.expander(label, expanded=file.path is not None):
        if file.path is not None:
            st.warning(say("enlarger.unused", file=file.path.name, why=_why(say, file)), icon=":material/warning:")
        if not ways[Kind.SPAN].present:
            st.caption(say("enlarger.extra", why=_why(say, ways[Kind.SPAN])))
        if file.path is None and visitor.is_administrator():
            st.caption(say("enlarger.own", folder=str(discovery.folder())))


def _why(say: Words, way: Found) -> str:
    return say(f"absent.{Absent(way.why).name.lower()}")
