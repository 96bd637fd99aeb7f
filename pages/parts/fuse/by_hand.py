"""Which settings a person has set, the way back to automatic, and what automatic comes to, for their widgets."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from fusion.settings import Settings
from fusion.types import Aspect, Fit, Size
from pages.parts.i18n import Words
from pages.parts.pressing import once
from pages.parts.session import Desk, pins

_GROUPS = {"two_stage": "switch"}  # what values are called by, where that is not the setting's own name


def part(say: Words, here: Desk) -> None:
    """What is set by hand, and one button that leaves it to Fusewise again; nothing where nothing is."""
    pinned = here.wishes.pinned
    if not pinned:
        return
    names = say("by_hand.join").join(say(f"settings.{name}") for name in pins.ADVISED if name in pinned)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="by_hand"):
        st.caption(f":material/pan_tool_alt: {say('by_hand', names=names)}", width="content")
        st.button(
            say("by_hand.back"),
            icon=":material/auto_awesome:",
            help=say("by_hand.back.help", names=names),
            type="tertiary",
            **once("recommendation", back, here),
        )


def back(here: Desk) -> None:
    """All advised settings are automatic again; a callback."""
    here.wishes.pinned = frozenset()


def automatic(say: Words, here: Desk) -> Mapping[str, Mapping[str, str]]:
    """What the automatic value of each advised setting is called: with what it comes to, where that is known."""
    advised, size = here.wishes.advised, here.wishes.size
    return {name: {_default(name): _called(say, name, advised, size)} for name in pins.ADVISED}


def _default(name: str) -> str:
    return str(getattr(Settings(), name))


def _called(say: Words, name: str, advised: Settings | None, size: Size | None) -> str:
    if name == "fit":  # which has no other word for what is automatic
        return say("by_hand.automatic", what=say.value("fit", Fit.KEEP))
    if advised is None or size is None:
        return say.value(_GROUPS.get(name, name), _default(name))
    return say("by_hand.automatic", what=_comes_to(say, name, advised, size))


def _comes_to(say: Words, name: str, advised: Settings, size: Size) -> str:
    if name == "output":
        return f"{size.width} × {size.height}"
    value = str(getattr(advised, name))
    if name == "aspect" and value == Aspect.AUTO:
        value = Aspect.ORIGINAL
    return say.value(_GROUPS.get(name, name), value)
