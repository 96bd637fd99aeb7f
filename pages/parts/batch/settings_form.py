"""The settings of a batch, in a short form. Each widget's value lives in the session under `batch_<name>`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from advisor.recommendation import Intent
from fusion.errors import FusionError, frameless
from fusion.settings import MAX_FILE_BYTES, RANGES, Preset, Settings
from fusion.types import Aspect, Fill, Fit, Tier
from pages.parts import uploading
from pages.parts.components import cards, fields
from pages.parts.fuse import ICONS
from pages.parts.i18n import Words
from pages.parts.pressing import once
from pages.parts.session import batch_state, uploads

_OF = "batch"  # what the keys of the widgets begin with
_SHORT = ("output", "aspect", "ratio")
_PHOTOS = ("glasses", "facial_hair", "mirror", "anyway")  # what depends on them
_MORE = ("mode", *_PHOTOS, "skin_smoothing", "engine", "two_stage", "fit", "fill")
_BASE = "batch_base"  # all of them, also those that have no widget here: a preset's tone, a file's faces


def prepare() -> None:
    """Give every widget its first value; where the page was left meanwhile, the one that it had."""
    if any(f"batch_{name}" not in st.session_state for name in (*_SHORT, *_MORE)):
        _remember(st.session_state.get(_BASE, Settings()))


def settings(say: Words) -> Settings:
    """Draws them and returns what they say."""
    _presets(say)
    with st.container(horizontal=True, gap="small", key="batch_size"):
        fields.select(say, "output", [str(tier) for tier in Tier], of=_OF, help="batch.output.help")
        fields.select(say, "aspect", [str(shape) for shape in Aspect], of=_OF)
    fields.slider(say, "ratio", of=_OF)
    with st.expander(say("settings.advanced"), key="batch_advanced"):
        fields.segments(say, "mode", of=_OF)
        fields.segments(say, "glasses", of=_OF)
        fields.segments(say, "facial_hair", of=_OF)
        fields.segments(say, "mirror", group="switch", of=_OF)
        fields.slider(say, "skin_smoothing", of=_OF)
        fields.segments(say, "engine", of=_OF)
        fields.segments(say, "two_stage", group="switch", of=_OF)
        fields.segments(say, "fit", of=_OF)
        if st.session_state.batch_fit == Fit.PAD:
            fields.select(say, "fill", [str(fill) for fill in Fill], of=_OF)
        fields.toggle(say, "anyway", of=_OF)
        _import(say)
    st.session_state[_BASE] = chosen()
    return chosen()


def chosen() -> Settings:
    """What the widgets say now."""
    base: Settings = st.session_state[_BASE]
    data = {name: fields.value(f"batch_{name}") for name in (*_SHORT, *_MORE)}
    if not isinstance(base.output, Tier) and data["output"] == str(Tier.AUTO):
        data["output"] = [base.output.width, base.output.height]  # a file's own size has no place in the list
    return Settings.from_json(base.to_json() | data)


def _remember(chosen: Settings) -> None:
    st.session_state[_BASE] = chosen
    for name in (*_SHORT, *_MORE):
        st.session_state[f"batch_{name}"] = _as_widget(name, getattr(chosen, name))
    if not isinstance(chosen.output, Tier):
        st.session_state.batch_output = str(Tier.AUTO)


def _as_widget(name: str, value: Any) -> str | float | bool:
    """A setting's value as its widget has it."""
    if name in RANGES:
        return float(value)
    return value if isinstance(value, bool) else str(value)


def _presets(say: Words) -> None:
    intent = batch_state.batch_desk().intent
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="bottom", key="batch_presets"):
        for preset in Preset:
            st.button(
                say(f"preset.{preset}"),
                icon=f":material/{ICONS[preset]}:",
                help=say(f"preset.{preset}.help"),
                type="primary" if intent == Intent(preset) else "secondary",
                **once(f"batch_preset_{preset}", _set, preset),
            )
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="batch_preset_row"
    ):
        name = "" if intent == Intent.AUTO else say(f"preset.{intent}")
        st.caption(say("preset.on" if name else "preset.none", name=name), width="content")
        st.button(
            say("settings.reset"),
            icon=":material/restart_alt:",
            help=say("settings.reset.help"),
            type="tertiary",
            **once("batch_reset", _set),
        )


def _set(preset: Preset | None = None) -> None:
    """A scenario's look, and its size as far as each pair is good for it; or the defaults. A callback."""
    st.session_state.pop("batch_imported", None)
    batch_state.batch_desk().intent = Intent(preset) if preset else Intent.AUTO
    _remember(replace(chosen().with_preset(preset), output=Tier.AUTO) if preset else Settings())


def _import(say: Words) -> None:
    """Settings from a file: those that have no widget here are taken too."""
    key = f"batch_import_{st.session_state.setdefault('batch_import_turn', 0)}"
    place = uploading.Place(say("settings.import"), uploading.Kind.FILE, ("json",), MAX_FILE_BYTES)
    uploading.box(say, place, key, on_change=_take, args=(key,))
    outcome = st.session_state.get("batch_imported")
    if isinstance(outcome, FusionError):
        cards.error(say, outcome)
    elif outcome:
        st.caption(f":material/check_circle: {say('settings.imported', name=outcome)}")


def _take(key: str) -> None:
    file = uploads.given(key)
    if file is None:
        return
    try:
        _remember(Settings.loads(uploads.take(file)))
        batch_state.batch_desk().intent = Intent.AUTO
        st.session_state.batch_imported = file.name
    except FusionError as error:
        st.session_state.batch_imported = frameless(error)
    st.session_state.batch_import_turn += 1
