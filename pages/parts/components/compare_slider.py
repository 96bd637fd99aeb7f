"""Before and after under one movable line, with zoom to the real pixels (an inline component, no network)."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict

import streamlit as st

from fusion import compared
from pages.parts.i18n import Words
from pages.parts.session import labelling, previews

_HERE = Path(__file__).parent
_COMPARE = st.components.v2.component(
    "fusewise_compare",
    html=(_HERE / "compare_slider.html").read_text(encoding="utf-8"),
    css=(_HERE / "compare_slider.css").read_text(encoding="utf-8"),
    js=(_HERE / "compare_slider.js").read_text(encoding="utf-8"),
)

_SIDES = ("before", "after")
_VIEWS = ("views", "face", "fit", "actual", "in", "out", "full")
_MODES = ("modes", "slide", "beside", "flick")
_WORDS = ("before", "after", "preview", "slider", "stage", "hint", *_VIEWS, *_MODES)

Labels = tuple[labelling.Stamp | None, labelling.Stamp | None]  # of before and after


class Piece(TypedDict):
    """Part of a picture, and where it lies in it."""

    box: compared.Fractions
    url: str


def compare(
    say: Words,
    result: previews.ResultView,
    preview: bytes | None = None,
    sides: tuple[str, str] | None = None,
    labels: Labels = (None, None),
    height: str = "62vh",
    old: str = "",
) -> None:
    """Draws the result beside its target.

    Args:
        preview: a small JPEG of other finishing, shown in the result's place.
        sides: what the two are called where they are two results.
        labels: what says that AI was at work, before and after, where it is drawn; over the preview too.
        height: of the picture at most, in CSS.
        old: what is written over a result that is no longer what lies on the desk; "" over one that is.
    """
    patch = result.patch if preview is None else None
    patches = (None, None) if patch is None else (_piece(patch.box, patch.before), _piece(patch.box, patch.after))
    drawn = {
        "words": _spoken(say, sides, labels),
        "width": result.size.width,
        "height": result.size.height,
        "before": result.before,
        "after": result.after if preview is None else compared.data_url(preview),
        "patch": dict(zip(_SIDES, patches, strict=True)),
        "label": {side: label and _piece(label.box, label.url) for side, label in zip(_SIDES, labels, strict=True)},
        "face": result.face,
        "preview": preview is not None,
        "tallest": height,
        "id": f"{result.job} {result.before[-40:]}",
        "note": old,
        "old": bool(old),
    }
    _COMPARE(key="compare", data=[drawn])  # in a list, as in face_picker


def _piece(box: compared.Fractions, url: str) -> Piece:
    return {"box": box, "url": url}


def _spoken(say: Words, sides: tuple[str, str] | None, labels: Labels) -> dict[str, str]:
    spoken = {name: say(f"compare.{name}") for name in _WORDS}
    alts = [say(f"compare.{side}.alt") for side in _SIDES]
    if sides is not None:
        one, other = sides
        spoken |= {"before": one, "after": other, "slider": say("compare.slider.two", one=one, other=other)}
        alts = [say("history.side", side=side) for side in sides]
    for side, alt, label in zip(_SIDES, alts, labels, strict=True):
        spoken[f"{side}_alt"] = alt if label is None else say("compare.labelled", alt=alt, text=label.label.text)
    return spoken
