"""The photos of the source's person side by side: which is taken and why, a click for another, a box for more."""

from __future__ import annotations

import streamlit as st

from fusion import config
from fusion.settings import MAX_SOURCES
from fusion.sources import Choice
from fusion.types import Role
from pages.parts import uploading
from pages.parts.i18n import Words
from pages.parts.pressing import each, once
from pages.parts.session import Desk, Slot, uploads

PHOTO_PX = 80  # wide; two stand beside each other in a narrow column, each with two buttons below


def draw(say: Words, here: Desk) -> None:
    """Nothing but the box for more where there is one photo."""
    if here.more.slots:
        _photos(say, here)
        st.caption(f":material/photo_library: {_why(say, here)}")
    if len(here.sources) < MAX_SOURCES:
        _box(say, here)


def box_key(here: Desk) -> str:
    """Of the box for more photos."""
    return f"upload_more_{Role.SOURCE}_{here.more.turn}"


def _photos(say: Words, here: Desk) -> None:
    used = here.used_source
    with st.container(horizontal=True, gap="xsmall", key="source_photos"):
        for place, slot in enumerate(here.sources):
            with st.container(width=PHOTO_PX, gap="xxsmall", key=f"source_photo_{place}"):
                is_used = place in (here.mapping.places or {}).values() if here.mapping.is_on else slot is used
                _photo(say, here, place, slot, is_used=is_used)


def _photo(say: Words, here: Desk, place: int, slot: Slot, *, is_used: bool) -> None:
    assert slot.view is not None
    st.image(slot.view.url, alt=say("sources.alt", number=place + 1))
    with st.container(horizontal=True, gap="xxsmall", wrap=False):
        st.button(
            str(place + 1),
            type="primary" if is_used else "secondary",
            help=say("sources.auto.help" if here.more.picked == place else "sources.pick.help"),
            disabled=here.mapping.is_on,
            **each(f"pick_source_{place}", here.more.pick, place),
        )
        st.button(
            "",
            icon=":material/close:",
            type="tertiary",
            help=say("sources.remove.help"),
            **once(f"remove_source_{place}", here.remove_source, place),
        )


def _why(say: Words, here: Desk) -> str:
    """What is known before the fusion of which photo is taken."""
    if here.mapping.is_on:
        return say("map.sources")
    if here.more.picked is not None:
        return say("sources.picked", number=here.more.picked + 1)
    found = here.more.best(here.slots[Role.TARGET], here.slots[Role.SOURCE])
    if found is None:
        return say("sources.later")
    place, choice = found
    return say(f"sources.best_{_merit(choice)}", number=place + 1)


def _merit(choice: Choice) -> str:
    return str(choice.merits[0]) if choice.merits else "alike"


def _box(say: Words, here: Desk) -> None:
    limit = uploads.let_through(config.load().max_upload_bytes)
    name = say("map.add" if here.mapping.is_on else "sources.add", limit=MAX_SOURCES)
    place = uploading.Place(name, uploading.Kind.PHOTOS, uploading.PHOTOS, limit)
    key = box_key(here)
    files = uploading.boxes(say, place, key)
    if files:
        with st.spinner(say("photo.reading")), uploads.taking(files) as photos:
            here.take_sources(photos)
            uploading.move(key, box_key(here))
        st.rerun()
