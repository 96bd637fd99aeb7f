"""A photo whose faces can be chosen with a click or the keyboard (an inline component, no network)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from fusion.spec import Box, FaceIndex, Role, Size
from pages.parts.views import PhotoView
from pages.parts.words import Words

_HERE = Path(__file__).parent
_PICKER = st.components.v2.component(
    "fusewise_picker",
    html='<div class="frame"><div class="picker" role="radiogroup"><img></div></div>',
    css=(_HERE / "picker.css").read_text(encoding="utf-8"),
    js=(_HERE / "picker.js").read_text(encoding="utf-8"),
)


def picker(say: Words, view: PhotoView, role: Role, chosen: FaceIndex, on_pick: Callable[[int], None]) -> None:
    """Draws the photo with its faces; `on_pick` gets the index of the face that was chosen."""
    key = f"picker_{role}"
    current = view.face(chosen)
    faces = [
        {
            "index": index,
            "tag": str(index + 1),
            "box": _percent(face.box, view.size),
            "label": say("face.button", number=index + 1, count=len(view.faces), face=face.width_px),
            "chosen": face is current,
            "usable": True,
        }
        for index, face in enumerate(view.faces)
    ]
    turned = [
        {"index": f"turned-{index}", "box": _percent(box, view.size), "label": say("face.turned"), "usable": False}
        for index, box in enumerate(view.turned)
    ]

    def picked() -> None:
        index = st.session_state[key].picked
        if isinstance(index, int) and 0 <= index < len(view.faces):  # it comes from the browser
            on_pick(index)

    _PICKER(
        key=key,
        data={
            "url": view.url,
            "shape": view.size.width / view.size.height,
            "alt": say("photo.alt", role=role, count=len(view.faces)),
            "group": say("face.choose", role=role),
            "faces": faces + [{**face, "chosen": False} for face in turned],
        },
        on_picked_change=picked,
    )


def _percent(box: Box, size: Size) -> list[float]:
    x, y = box.centre
    across, down = 100 / size.width, 100 / size.height
    return [round(value, 2) for value in (x * across, y * down, box.width * across, box.height * down)]
