"""The two photos: choosing them, seeing what was found in them, and choosing the face in each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from fusion import config
from fusion.face_setting import WhichFace
from fusion.faces import Face, geometry
from fusion.photos import samples
from fusion.types import Role
from pages.parts import uploading
from pages.parts.components import cards, large_picker, picker
from pages.parts.fuse import face_map, source_row
from pages.parts.i18n import Words
from pages.parts.pressing import once
from pages.parts.session import Desk, Slot, previews, uploads

_SHARES = (5, 6)  # of a photo and what is known of it
HEADER_PX = 40  # as tall as the button that stands there once there is a photo


def photos(say: Words, desk: Desk) -> None:
    """Draws both photos under one another, and the buttons that concern both."""
    for role in Role:
        with st.container(gap="xsmall", key=f"photo_{role}"):
            _photo(say, desk, role)
    _actions(say, desk)


def _actions(say: Words, desk: Desk) -> None:
    """Those that do something now: in a narrow column a row is all there is room for."""
    by_target, by_source = samples.credits()
    filled = [role for role in Role if desk.slots[role].view]
    with st.container(horizontal=True, gap="xsmall", key="photo_actions"):
        if len(filled) < len(Role):
            st.button(
                say("photos.sample"),
                icon=":material/auto_awesome:",
                help=say("photos.sample.help", target=by_target, source=by_source),
                **once("sample", desk.take_samples),
            )
        if filled:
            st.button(
                say("photos.swap"),
                icon=":material/swap_horiz:",
                help=say("photos.swap.help"),
                disabled=bool(desk.more.slots),
                **once("swap", desk.swap),
            )
        if filled or desk.result is not None:
            st.button(
                say("photos.clear"),
                icon=":material/delete_sweep:",
                help=say("photos.clear.help"),
                type="tertiary",
                **once("clear", desk.clear),
            )


def _photo(say: Words, desk: Desk, role: Role) -> None:
    slot = desk.slots[role]
    if slot.view is None:
        _upload(say, desk, role)
        return
    picture, about = st.columns(_SHARES, gap="small")
    used = desk.used_source if role == Role.SOURCE else slot
    is_other = used is not slot and used.view is not None  # another photo of the same person suits better
    with picture:
        if is_other and used.view is not None:
            st.image(used.view.url, alt=say("sources.alt", number=desk.sources.index(used) + 1))
        else:
            picker(say, slot.view, role, _marked(desk, role), on_pick=_picks(desk, role))
    with about.container(gap="xxsmall"):
        _heading(say, desk, role)
        if not is_other:
            _enlarge(say, desk, role, slot.view)
            used = slot
        assert used.view is not None
        several = "map.several" if role == Role.TARGET and desk.mapping.is_on else "photo.several"
        _facts(say, used, used.view, role, several)
    refused = previews.no_face(used.view, used.chosen, role)
    if refused:  # below both: beside the photo there is room for a word a line
        cards.error(say, refused)
    if role == Role.SOURCE:
        source_row.draw(say, desk)
    else:
        face_map.draw(say, desk)


def _heading(say: Words, desk: Desk, role: Role) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="xxsmall"):
        st.markdown(f"**{say(f'{role}.title')}**", width="content")
        st.button(
            say("photo.change"),
            help=say("photo.change.help"),
            type="tertiary",
            **once(f"change_{role}", desk.remove, role),
        )


def _enlarge(say: Words, desk: Desk, role: Role, view: previews.PhotoView) -> None:
    """A larger picture to choose a face in, where there are several."""
    if len(view.faces) > 1 and st.button(
        say("photo.enlarge"), icon=":material/zoom_in:", help=say("photo.enlarge.help"), key=f"enlarge_{role}"
    ):
        large_picker(say, view, role, _marked(desk, role), on_pick=_picks(desk, role))


def _marked(desk: Desk, role: Role) -> WhichFace:
    """The face that is marked on the photo; none where several are meant."""
    slot = desk.slots[role]
    if role == Role.TARGET and desk.mapping.is_on and slot.view is not None:
        return len(slot.view.faces)
    return slot.chosen


def _picks(desk: Desk, role: Role) -> Callable[[int], None]:
    """What a press on a face of the photo does."""
    is_mapped = role == Role.TARGET and desk.mapping.is_on
    return partial(face_map.press, desk) if is_mapped else partial(desk.choose, role)


def _upload(say: Words, desk: Desk, role: Role) -> None:
    with st.container(height=HEADER_PX, border=False, vertical_alignment="center"):
        st.markdown(f"**{say(f'{role}.title')}**", help=say(f"{role}.help"))
    limit = uploads.let_through(config.load().max_upload_bytes)
    kind = uploading.Kind.PHOTOS if role == Role.SOURCE else uploading.Kind.PHOTO
    place = uploading.Place(say(f"{role}.title"), kind, uploading.PHOTOS, limit, pastes=True)
    accepted = say("photo.upload", limit=uploads.in_mib(limit))
    options = {"label": f"{place.name}. {accepted}", "label_visibility": "collapsed"}
    key = f"upload_{role}_{desk.slots[role].turn}"
    if role == Role.SOURCE:
        files = uploading.boxes(say, place, key, **options)
    else:
        files = [file for file in (uploading.box(say, place, key, **options),) if file is not None]
    slot = desk.slots[role]
    if slot.error is not None and not uploading.has_told(key):
        cards.error(say, slot.error)
    if files:
        with st.spinner(say("photo.reading")), uploads.taking(files) as photos:
            if role == Role.SOURCE:
                desk.take_sources(photos)
                uploading.move(key, source_row.box_key(desk))
            else:
                desk.take(role, photos[0][1], photos[0][0])
        st.rerun()


def _facts(say: Words, slot: Slot, view: previews.PhotoView, role: Role, several: str) -> None:
    face = view.face(slot.chosen)
    size = {"width": view.size.width, "height": view.size.height}
    lines = [
        say("photo.size", **size, face=geometry.face_width(face.landmarks)) if face else say("photo.size_only", **size)
    ]
    lines += [f":material/info: {say.notice(notice)}" for notice in view.notices]
    lines += [f":material/{icon}: {text}" for icon, text in _checks(say, view, face, role, several)]
    st.caption("  \n".join(lines))


def _checks(say: Words, view: previews.PhotoView, face: Face | None, role: Role, several: str) -> list[tuple[str, str]]:
    """What to know about the chosen face before pressing Fuse: (icon, sentence).

    Args:
        several: the key of what is said of several faces.
    """
    if face is None:
        return []
    found = []
    if len(view.faces) > 1:
        found.append(("group", say(several, count=len(view.faces))))
    if view.turned:
        found.append(("visibility_off", say("photo.turned", count=len(view.turned))))
    width_px = geometry.face_width(face.landmarks)
    if width_px < previews.SMALL_FACE[role]:
        found.append(("warning", say("photo.small", face=width_px)))
    if abs(face.yaw) > previews.TURNED_YAW:
        found.append(("warning", say("photo.yaw", degrees=abs(face.yaw))))
    return found or [("check_circle", say("photo.good"))]
