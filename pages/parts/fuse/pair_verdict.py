"""Whether the two photos suit each other, said before they are fused: in the advisor's card, and beside the button."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from fusion.settings import Settings
from fusion.suitability import Cause, Suitability, Verdict
from pages.parts.i18n import Words
from pages.parts.session import bound

LOOKS: Mapping[Verdict, tuple[str, str]] = {
    Verdict.GOOD: ("check_circle", "green"),
    Verdict.FAIR: ("info", "blue"),
    Verdict.POOR: ("warning", "orange"),
    Verdict.REFUSED: ("block", "red"),
}
MOST_CAUSES = 4


def part(say: Words, found: Suitability | None) -> None:
    """The verdict, and what stands against the pair; nothing where a face is missing."""
    if found is None:
        return
    with st.container(gap="xsmall", key="pair_verdict"):
        st.markdown(badge(say, found.verdict), help=say("pair.help"))
        if found.causes:
            st.caption("\n".join(f"- {_sentence(say, cause)}" for cause in found.causes[:MOST_CAUSES]))


def badge(say: Words, verdict: Verdict) -> str:
    """A verdict as a coloured word, in Markdown."""
    icon, colour = LOOKS[verdict]
    return f":{colour}-badge[:material/{icon}: {say(f'pair.{verdict}')}]"


def stops(found: Suitability | None, settings: Settings) -> bool:
    """Whether a pair is not to be fused with these settings."""
    return found is not None and found.verdict == Verdict.REFUSED and settings.ratio > 0 and not settings.anyway


def beside_button(say: Words, found: Suitability | None) -> None:
    """Why a pair is refused, and the tick that has it fused all the same; nothing where it is not."""
    if found is None or found.verdict != Verdict.REFUSED:
        return
    with st.container(gap="xsmall", key="pair_refused"):
        st.caption(f":red[:material/block: {_sentence(say, found.causes[0])}]")
        st.checkbox(
            say("pair.anyway"),
            help=say("pair.anyway.help"),
            **bound("pair_anyway", bool(st.session_state.set_anyway), _take_anyway).ticked(),
        )


def _take_anyway(value: bool) -> None:
    """The tick and the setting are one; a callback."""
    st.session_state.set_anyway = value


def _sentence(say: Words, cause: Cause) -> str:
    return say.together(say.phrase(cause.why), say.phrase(cause.remedy))
