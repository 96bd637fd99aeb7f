"""The presets above the settings, and the button that gives all settings back."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from advisor.recommendation import Intent
from fusion.own_presets import OwnPreset
from fusion.settings import Preset, Settings
from pages.parts.choosing import own, own_state, undo
from pages.parts.choosing.own_state import Own
from pages.parts.fuse import ICONS, settings_form
from pages.parts.i18n import Words, job_text
from pages.parts.pressing import once
from pages.parts.session import Desk


def row(say: Words, here: Desk) -> None:
    """Draws them, with the way back from the last change; only before the settings, which they set."""
    kept = own_state.own()
    presets = kept.listed()
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="bottom", key="presets"):
        for preset in Preset:
            is_on = here.wishes.intent == Intent(preset) and not kept.on
            st.button(
                say(f"preset.{preset}"),
                icon=f":material/{ICONS[preset]}:",
                help=say(f"preset.{preset}.help"),
                type="primary" if is_on else "secondary",
                **once(f"preset_{preset}", _set_preset, here, preset),
            )
        own.buttons(say, kept, presets)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small", key="preset_row"
    ):
        st.caption(_which(say, here, kept, presets), width="content")
        st.button(
            say("settings.reset"),
            icon=":material/restart_alt:",
            help=say("settings.reset.help"),
            type="tertiary",
            **once("reset", _reset, here),
        )
    with st.container(horizontal=True, gap="small", vertical_alignment="center", wrap=False, key="undo_row"):
        undo.buttons(say, here)


def _which(say: Words, here: Desk, kept: Own, presets: Sequence[OwnPreset]) -> str:
    """The preset that is on, and whether settings were changed since."""
    is_changed = kept.changed(presets)
    key = "preset.none" if is_changed is None else "preset.changed" if is_changed else "preset.on"
    return say(key, name=_name(say, here, kept.on))


def _name(say: Words, here: Desk, own_name: str) -> str:
    """Of the preset that is on, if one is."""
    if own_name:
        return job_text.plain(own_name)
    return "" if here.wishes.intent == Intent.AUTO else say(f"preset.{here.wishes.intent}")


def _set_preset(here: Desk, preset: Preset) -> None:
    """Its look, and its size as far as the advisor finds it good; a callback."""
    own_state.own().leave()
    here.wishes.intent = Intent(preset)
    here.wishes.pinned -= {"output"}
    settings_form.put(here, settings_form.chosen().with_preset(preset))


def _reset(here: Desk) -> None:
    own_state.own().leave()
    here.wishes.intent = Intent.AUTO
    here.wishes.pinned = frozenset()
    settings_form.put(here, Settings())
