"""Before and after under one movable line, with zoom to the real pixels (an inline component, no network)."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.parts.i18n import Words
from pages.parts.session import previews

_HERE = Path(__file__).parent
_COMPARE = st.components.v2.component(
    "fusewise_compare",
    html=(_HERE / "compare_slider.html").read_text(encoding="utf-8"),
    css=(_HERE / "compare_slider.css").read_text(encoding="utf-8"),
    js=(_HERE / "compare_slider.js").read_text(encoding="utf-8"),
)

_WORDS = ("before", "after", "preview", "slider", "stage", "fit", "face", "actual", "in", "out", "hint")


def compare(
    say: Words, result: previews.ResultView, preview: bytes | None = None, sides: tuple[str, str] | None = None
) -> None:
    """Draws the result beside its target.

    Args:
        preview: a small JPEG of other finishing, shown in the result's place.
        sides: what the two are called where they are two results.
    """
    spoken = {name: say(f"compare.{name}") for name in _WORDS}
    spoken |= {f"{side}_alt": say(f"compare.{side}.alt") for side in ("before", "after")}
    if sides is not None:
        one, other = sides
        spoken |= {"before": one, "after": other, "slider": say("compare.slider.two", one=one, other=other)}
        spoken |= {"before_alt": say("history.side", side=one), "after_alt": say("history.side", side=other)}
    patch = result.patch if preview is None else None
    _COMPARE(
        key="compare",
        data={
            "words": spoken,
            "width": result.size.width,
            "height": result.size.height,
            "before": result.before,
            "after": result.after if preview is None else previews.data_url(preview),
            "patch": {"box": patch.box, "before": patch.before, "after": patch.after} if patch else None,
            "face": result.face,
            "preview": preview is not None,
        },
    )
