"""The two photos: choosing them, seeing what was found in them, and choosing the face in each."""

from __future__ import annotations

from functools import partial

import streamlit as st

from fusion import config
from fusion.faces import Face, geometry
from fusion.photos import samples
from fusion.types import Role
from pages.parts.components import cards, large_picker, picker
from pages.parts.fuse import source_row
from pages.parts.i18n import Words
from pages.parts.session import Desk, Slot, previews, uploads

HEADER_PX = 40  # as tall as the button that stands there once there is a photo


def photos(say: Words, desk: Desk) -> None:
    """Draws both photos side by side, and the buttons that concern both."""
    for column, role in zip(st.columns(2, gap="small"), Role, strict=True):
        with column, st.container(gap="xsmall", key=f"photo_{role}"):
            _photo(say, desk, role)
    _actions(say, desk)


def _actions(say: Words, desk: Desk) -> None:
    by_target, by_source = samples.credits()
    filled = [role for role in Role if desk.slots[role].view]
    with st.container(horizontal=True, gap="xsmall", key="photo_actions"):
        st.button(
            say("photos.sample"),
            icon=":material/auto_awesome:",
            help=say("photos.sample.help", target=by_target, source=by_source),
            key="sample",
            on_click=desk.take_samples,
        )
        st.button(
            say("photos.swap"),
            icon=":material/swap_horiz:",
            help=say("photos.swap.help"),
            disabled=not filled or bool(desk.more.slots),
            key="swap",
            on_click=desk.swap,
        )
        st.button(
            say("photos.clear"),
            icon=":material/delete_sweep:",
            help=say("photos.clear.help"),
            type="tertiary",
            disabled=not filled and desk.result is None,
            key="clear",
            on_click=desk.clear,
        )


def _photo(say: Words, desk: Desk, role: Role) -> None:
    slot = desk.slots[role]
    if slot.view is None:
        _upload(say, desk, role)
        if slot.error:
            cards.error(say, slot.error)
        return
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", wrap=False):
        st.markdown(f"**{say(f'{role}.title')}**", width="content")
        st.button(
            say("photo.change"),
            help=say("photo.change.help"),
            type="tertiary",
            key=f"change_{role}",
            on_click=desk.remove,
            args=(role,),
        )
    if role == Role.SOURCE and desk.used_source is not slot and desk.used_source.view is not None:
        st.image(desk.used_source.view.url)
        _facts(say, desk.used_source, desk.used_source.view, role)
        source_row.draw(say, desk)
        return
    picker(say, slot.view, role, slot.chosen, on_pick=partial(desk.choose, role))
    if len(slot.view.faces) > 1 and st.button(
        say("photo.enlarge"), icon=":material/zoom_in:", help=say("photo.enlarge.help"), key=f"enlarge_{role}"
    ):
        large_picker(say, slot.view, role, slot.chosen, on_pick=partial(desk.choose, role))
    _facts(say, slot, slot.view, role)
    if role == Role.SOURCE:
        source_row.draw(say, desk)


def _upload(say: Words, desk: Desk, role: Role) -> None:
    with st.container(height=HEADER_PX, border=False, vertical_alignment="center"):
        st.markdown(f"**{say(f'{role}.title')}**", help=say(f"{role}.help"))
    limit = uploads.let_through(config.load().max_upload_bytes)
    accepted = say("photo.upload", limit=uploads.in_mib(limit))
    options = {
        "type": source_row.TYPES,
        "max_upload_size": uploads.box_size(limit),
        "label_visibility": "collapsed",
        "key": f"upload_{role}_{desk.slots[role].turn}",
    }
    label = f"{say(f'{role}.title')}. {accepted}"
    if role == Role.SOURCE:
        files = uploads.boxes(label, **options)
    else:
        files = [file for file in (uploads.box(label, **options),) if file is not None]
    st.caption(accepted)
    if files:
        with st.spinner(say("photo.reading")):
            if role == Role.SOURCE:
                desk.take_sources((file.name, uploads.take(file)) for file in files)
            else:
                desk.take(role, uploads.take(files[0]), files[0].name)
        st.rerun()


def _facts(say: Words, slot: Slot, view: previews.PhotoView, role: Role) -> None:
    face = view.face(slot.chosen)
    size = {"width": view.size.width, "height": view.size.height}
    lines = [
        say("photo.size", **size, face=geometry.face_width(face.landmarks)) if face else say("photo.size_only", **size)
    ]
    lines += [f":material/info: {say.notice(notice)}" for notice in view.notices]
    lines += [f":material/{icon}: {text}" for icon, text in _checks(say, view, face, role)]
    st.caption("  \n".join(lines))
    refused = previews.no_face(view, slot.chosen, role)
    if refused:
        cards.error(say, refused)


def _checks(say: Words, view: previews.PhotoView, face: Face | None, role: Role) -> list[tuple[str, str]]:
    """What to know about the chosen face before pressing Fuse: (icon, sentence)."""
    if face is None:
        return []
    found = []
    if len(view.faces) > 1:
        found.append(("group", say("photo.several", count=len(view.faces))))
    if view.turned:
        found.append(("visibility_off", say("photo.turned", count=len(view.turned))))
    width_px = geometry.face_width(face.landmarks)
    if width_px < previews.SMALL_FACE[role]:
        found.append(("warning", say("photo.small", face=width_px)))
    if abs(face.yaw) > previews.TURNED_YAW:
        found.append(("warning", say("photo.yaw", degrees=abs(face.yaw))))
    return found or [("check_circle", say("photo.good"))]
