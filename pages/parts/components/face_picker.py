"""A photo whose faces can be chosen with a click or the keyboard (an inline component, no network)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from fusion.face_setting import WhichFace
from fusion.faces import geometry
from fusion.types import Box, Role, Size
from pages.parts.i18n import Words
from pages.parts.session import previews

_HERE = Path(__file__).parent
_PICKER = st.components.v2.component(
    "fusewise_picker",
    html='<div class="frame"><div class="picker" role="radiogroup"><img></div></div>',
    css=(_HERE / "picker.css").read_text(encoding="utf-8"),
    js=(_HERE / "picker.js").read_text(encoding="utf-8"),
)


def picker(say: Words, view: previews.PhotoView, role: Role, chosen: WhichFace, on_pick: Callable[[int], None]) -> None:
    """Draws the photo with its faces, numbered from left to right; `on_pick` gets the index of the chosen one."""
    _draw(say, view, role, chosen, on_pick, key=f"picker_{role}", tallest="380px")


def large_picker(
    say: Words, view: previews.PhotoView, role: Role, chosen: WhichFace, on_pick: Callable[[int], None]
) -> None:
    """The same in a dialog, for photos of many people; it closes once a face is chosen."""

    @st.dialog(say("face.choose", role=role), width="large")
    def dialog() -> None:
        picked = _draw(say, view, role, chosen, on_pick, key=f"large_picker_{role}", tallest="72vh")
        st.caption(say("photo.several", count=len(view.faces)))
        if picked:
            st.rerun()

    dialog()


def _draw(
    say: Words,
    view: previews.PhotoView,
    role: Role,
    chosen: WhichFace,
    on_pick: Callable[[int], None],
    *,
    key: str,
    tallest: str,
) -> bool:
    """True in the run that follows a choice."""

    count = len(view.faces)

    def picked() -> None:  # Streamlit keeps it longer than the photo is shown: it must not hold the photo
        index = st.session_state[key].picked
        if isinstance(index, int) and 0 <= index < count:  # it comes from the browser
            on_pick(index)

    drawn = {
        "url": view.url,
        "shape": view.size.width / view.size.height,
        "tallest": tallest,
        "alt": say("photo.alt.one" if len(view.faces) == 1 else "photo.alt", role=role, count=len(view.faces)),
        "group": say("face.choose", role=role),
        "faces": _turned(say, view) + _faces(say, view, chosen),
    }
    # In a list: of what is in a dictionary Streamlit asks whether it is a table, and loads pandas for it (75 MiB, 2 s).
    component = _PICKER(key=key, data=[drawn], on_picked_change=picked)
    return component.picked is not None


def _faces(say: Words, view: previews.PhotoView, chosen: WhichFace) -> list[dict[str, object]]:
    current = view.face(chosen)
    return [
        {
            "index": index,
            "tag": str(index + 1),
            "box": _percent(face.box, view.size),
            "label": say(
                "face.button", number=index + 1, count=len(view.faces), face=geometry.face_width(face.landmarks)
            ),
            "chosen": face is current,
            "usable": True,
        }
        for index, face in enumerate(view.faces)
    ]


def _turned(say: Words, view: previews.PhotoView) -> list[dict[str, object]]:
    label = say("face.turned")
    return [
        {
            "index": f"turned-{index}",
            "box": _percent(box, view.size),
            "label": label,
            "chosen": False,
            "usable": False,
        }
        for index, box in enumerate(view.turned)
    ]


def _percent(box: Box, size: Size) -> list[float]:
    """Centre and extent of a box, clipped to the photo, in percent of it."""
    left, right = (min(max(x, 0.0), size.width) * 100 / size.width for x in (box.left, box.right))
    top, bottom = (min(max(y, 0.0), size.height) * 100 / size.height for y in (box.top, box.bottom))
    return [round(value, 2) for value in ((left + right) / 2, (top + bottom) / 2, right - left, bottom - top)]
