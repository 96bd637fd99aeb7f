"""Presets of one's own: beside the built-in ones a button each, and where they are saved, renamed and deleted."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import streamlit as st

from fusion.errors import Reason
from fusion.own_presets import LONGEST, MOST, OwnPreset
from pages.parts.choosing import own_state
from pages.parts.choosing.own_state import NAME, NEW_NAME, WHICH, Own
from pages.parts.components import cards, fields
from pages.parts.i18n import Words, job_text
from pages.parts.pressing import once


def buttons(say: Words, kept: Own, presets: Sequence[OwnPreset]) -> None:
    """One for each, and the door to what can be done with them."""
    for place, preset in enumerate(presets):
        st.button(
            job_text.plain(preset.name),
            icon=":material/bookmark:",
            help=say("own.help"),
            type="primary" if preset.name == kept.on else "secondary",
            **once(f"own_{place}", kept.choose, preset),
        )
    with st.popover(say("own.title"), icon=":material/bookmark_add:", help=say("own.title.help"), key="own_presets"):
        _save(say, kept, presets)
        if presets:
            _manage(say, kept, presets)
        if kept.gone is not None:
            _gone(say, kept, kept.gone)
        if kept.error is not None:
            _error(say, kept)


def _save(say: Words, kept: Own, presets: Sequence[OwnPreset]) -> None:
    is_full = len(presets) >= MOST
    st.text_input(say("own.name"), max_chars=LONGEST, help=say("own.name.help"), key=NAME)
    st.button(
        say("own.save"),
        icon=":material/bookmark_add:",
        type="primary",
        help=say("own.full", limit=MOST) if is_full else None,
        **once("own_save", kept.save),
    )
    if kept.asks:
        st.warning(say("own.taken", name=job_text.plain(kept.asks)), icon=":material/info:")
        _act(say, "own.overwrite", "published_with_changes", "own_overwrite", kept.overwrite, kept.asks)


def _manage(say: Words, kept: Own, presets: Sequence[OwnPreset]) -> None:
    names = [preset.name for preset in presets]
    if st.session_state.get(WHICH) not in names:
        st.session_state[WHICH] = kept.on if kept.on in names else names[0]
    name = st.selectbox(say("own.which"), names, fields.place_of(WHICH, names), key=WHICH, persist_state="session")
    preset = presets[names.index(name)]
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="bottom", key="own_rename_row"):
        st.text_input(say("own.new_name"), max_chars=LONGEST, placeholder=name, key=NEW_NAME)
        _act(say, "own.rename", "edit", "own_rename", kept.rename, name)
    with st.container(horizontal=True, gap="xsmall", key="own_actions"):
        _act(say, "own.overwrite", "published_with_changes", "own_update", kept.overwrite, name)
        st.download_button(
            say("own.export"),
            own_state.as_file(preset),
            _file_name(preset),
            "application/json",
            icon=":material/download:",
            help=say("own.export.help"),
            on_click="ignore",
            key="own_export",
        )
        _act(say, "own.delete", "delete", "own_delete", kept.delete, preset)


def _act(say: Words, label: str, icon: str, key: str, act: Callable[..., None], *args: object) -> None:
    st.button(
        say(label),
        icon=f":material/{icon}:",
        help=say(f"{label}.help"),
        **once(key, act, *args),
    )


def _gone(say: Words, kept: Own, gone: OwnPreset) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="own_gone"):
        st.caption(say("own.gone", name=job_text.plain(gone.name)), width="content")
        st.button(say("own.back"), icon=":material/undo:", type="tertiary", **once("own_back", kept.bring_back))


def _error(say: Words, kept: Own) -> None:
    assert kept.error is not None
    if kept.error.reason == Reason.PRESET_TAKEN:  # a name means nothing to Markdown
        st.warning(say("own.taken", name=job_text.plain(str(kept.error.details["name"]))), icon=":material/info:")
    else:
        cards.error(say, kept.error)


def _file_name(preset: OwnPreset) -> str:
    plain = re.sub(r"[^\w -]", "_", preset.name)
    return f"{plain}.json"
