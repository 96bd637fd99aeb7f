"""Under a target with several people: whether each of their faces has a source of its own, and which."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
import streamlit as st

from fusion import compared
from fusion.faces import Face, geometry
from fusion.types import Role
from pages.parts.i18n import Words, job_text
from pages.parts.session import Desk, bound, previews

KEEP = -1  # in place of a source photo: the face stays as it is
CROP_PX = 56  # side of a face's picture
_AROUND = 0.2  # of a face, shown around it


def draw(say: Words, here: Desk) -> None:
    """Nothing where the target shows one face, or there is no source yet."""
    view = here.slots[Role.TARGET].view
    if view is None or len(view.faces) < 2 or not here.sources:
        return
    with st.container(gap="xsmall", key="face_map"):
        st.toggle(
            say("map.on"),
            help=say("map.on.help"),
            **bound(_key(here, "on"), here.mapping.is_on, partial(_switch, here)).ticked(),
        )
        if here.mapping.is_on:
            _all(say, here, view)
            for number, (face, crop) in enumerate(zip(view.faces, _crops(view), strict=True)):
                _row(say, here, number, face, crop)


def press(here: Desk, face: int) -> None:
    """A face was pressed on the photo: it gets the first source, or is left as it is again; a callback."""
    places = here.mapping.places or {}
    here.mapping.give(face, None if face in places else 0)


def _key(here: Desk, name: str | int) -> str:
    """Of a widget: another photo has other faces."""
    return f"map_{here.slots[Role.TARGET].turn}_{name}"


def _switch(here: Desk, is_on: bool) -> None:
    target = here.slots[Role.TARGET]
    face = target.view.face(target.chosen) if target.view else None
    if not is_on or target.view is None:
        here.mapping.end()
        return
    place = here.sources.index(here.used_source)
    here.mapping.begin(None if face is None else target.view.faces.index(face), place)


def _all(say: Words, here: Desk, view: previews.PhotoView) -> None:
    """One source for all of them."""
    given = {(here.mapping.places or {}).get(number, KEEP) for number in range(len(view.faces))}
    common = given.pop() if len(given) == 1 else KEEP

    def give(place: int) -> None:
        if place != KEEP:
            here.mapping.give_all(count, place)

    count = len(view.faces)  # Streamlit keeps what is called: it must not hold the photo
    _choice(say, here, say("map.whose_all"), say("map.each"), "all", common, give)


def _row(say: Words, here: Desk, number: int, face: Face, crop: str) -> None:
    def give(place: int) -> None:
        here.mapping.give(number, None if place == KEEP else place)

    given = (here.mapping.places or {}).get(number, KEEP)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False, key=f"map_row_{number}"):
        with st.container(width=CROP_PX):
            width_px = geometry.face_width(face.landmarks)
            st.image(crop, alt=say("face.button", number=number + 1, count=len(_faces(here)), face=width_px))
        label = say("map.whose", number=number + 1)
        _choice(say, here, label, say("map.keep"), number, given, give)


def _choice(
    say: Words, here: Desk, label: str, none: str, name: str | int, given: int, give: Callable[[int], None]
) -> None:
    """A box of the source's photos.

    Args:
        none: what it says where there is none of them.
        name: what its key ends with.
        given: the place of the photo, or `KEEP`.
    """
    names = {KEEP: none} | {place: _name(say, here, place) for place in range(len(here.sources))}
    places = list(names)
    tied = bound(_key(here, name), given, give).among(places)
    st.selectbox(label, places, format_func=lambda place: names.get(place, none), **tied)


def _faces(here: Desk) -> tuple[Face, ...]:
    view = here.slots[Role.TARGET].view
    return view.faces if view else ()


def _name(say: Words, here: Desk, place: int) -> str:
    """Of a source photo: its number, as the photos have it, and its file."""
    name = here.sources[place].name
    number = say("map.photo", number=place + 1)
    return f"{number} · {job_text.plain(name)}" if name else number


def _crops(view: previews.PhotoView) -> list[str]:
    """A small square picture of each face, from the small picture of the photo."""
    jpeg = np.frombuffer(base64.b64decode(view.url.partition(",")[2]), np.uint8)
    pixels = np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR_RGB), np.uint8)
    scale = pixels.shape[1] / view.size.width
    return [_crop(pixels, face, scale) for face in view.faces]


def _crop(pixels: compared.Pixels, face: Face, scale: float) -> str:
    x, y = (round(at * scale) for at in face.box.centre)
    reach = max(8, round((0.5 + _AROUND) * scale * max(face.box.width, face.box.height)))
    part = pixels[max(0, y - reach) : y + reach, max(0, x - reach) : x + reach]
    return compared.picture(np.ascontiguousarray(part), 3 * CROP_PX)
