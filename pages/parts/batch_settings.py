"""The settings of a batch, in a short form. Each widget's value lives in the session under `batch_<name>`."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from fusion.errors import FusionError
from fusion.spec import CHOICES, PRESETS, RANGES, Aspect, Preset, Settings, Tier
from pages.parts import cards
from pages.parts.choices import ICONS
from pages.parts.words import Words

_SHORT = ("output", "aspect", "ratio")
_MORE = ("mode", "skin_smoothing", "engine", "two_stage", "fit")
_BASE = "batch_base"  # all of them, also those that have no widget here: a preset's tone, a file's faces


def prepare() -> None:
    """Give every widget its first value; where the page was left meanwhile, the one that it had."""
    if any(f"batch_{name}" not in st.session_state for name in (*_SHORT, *_MORE)):
        _remember(st.session_state.get(_BASE, Settings()))


def settings(say: Words) -> Settings:
    """Draws them and returns what they say."""
    _presets(say)
    with st.container(horizontal=True, gap="small", key="batch_size"):
        _select(say, "output", [str(tier) for tier in Tier])
        _select(say, "aspect", [str(shape) for shape in Aspect])
    _slider(say, "ratio")
    with st.expander(say("settings.advanced"), icon=":material/settings:", key="batch_advanced"):
        _segments(say, "mode")
        _slider(say, "skin_smoothing")
        _segments(say, "engine")
        _segments(say, "two_stage", "switch")
        _segments(say, "fit")
        _import(say)
    st.session_state[_BASE] = chosen()
    return chosen()


def chosen() -> Settings:
    """What the widgets say now."""
    base: Settings = st.session_state[_BASE]
    data = {name: st.session_state[f"batch_{name}"] for name in (*_SHORT, *_MORE)}
    if not isinstance(base.output, Tier) and data["output"] == str(Tier.AUTO):
        data["output"] = [base.output.width, base.output.height]  # a file's own size has no place in the list
    return Settings.from_json(base.to_json() | data)


def _remember(chosen: Settings) -> None:
    st.session_state[_BASE] = chosen
    for name in (*_SHORT, *_MORE):
        value = getattr(chosen, name)
        st.session_state[f"batch_{name}"] = float(value) if name in RANGES else str(value)
    if not isinstance(chosen.output, Tier):
        st.session_state.batch_output = str(Tier.AUTO)


def _presets(say: Words) -> None:
    now = chosen()
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="bottom", key="batch_presets"):
        for preset in Preset:
            is_on = replace(now, **PRESETS[preset]) == now
            st.button(
                say(f"preset.{preset}"),
                icon=f":material/{ICONS[preset]}:",
                help=say(f"preset.{preset}.help"),
                type="primary" if is_on else "secondary",
                key=f"batch_preset_{preset}",
                on_click=_set,
                args=(preset,),
            )
        st.button(
            say("settings.reset"),
            icon=":material/restart_alt:",
            help=say("settings.reset.help"),
            type="tertiary",
            key="batch_reset",
            on_click=_set,
        )


def _set(preset: Preset | None = None) -> None:
    """A scenario's settings, or the defaults; a callback."""
    st.session_state.pop("batch_imported", None)
    _remember(chosen().with_preset(preset) if preset else Settings())


def _import(say: Words) -> None:
    """Settings from a file: those that have no widget here are taken too."""
    key = f"batch_import_{st.session_state.setdefault('batch_import_turn', 0)}"
    st.file_uploader(say("settings.import"), type=["json"], max_upload_size=1, key=key, on_change=_take, args=(key,))
    outcome = st.session_state.get("batch_imported")
    if isinstance(outcome, FusionError):
        cards.error(say, outcome)
    elif outcome:
        st.caption(f":material/check_circle: {say('settings.imported', name=outcome)}")


def _take(key: str) -> None:
    file = st.session_state[key]
    if file is None:
        return
    try:
        _remember(Settings.loads(file.getvalue()))
        st.session_state.batch_imported = file.name
    except FusionError as error:
        st.session_state.batch_imported = error
    st.session_state.batch_import_turn += 1


def _slider(say: Words, name: str) -> None:
    low, high = RANGES[name]
    st.slider(
        say(f"settings.{name}"),
        min_value=low,
        max_value=high,
        step=0.05,
        help=say(f"settings.{name}.help"),
        key=f"batch_{name}",
        persist_state="session",
    )


def _select(say: Words, name: str, offered: list[str]) -> None:
    st.selectbox(
        say(f"settings.{name}"),
        offered,
        format_func=lambda value: say.value(name, value),
        help=say(f"batch.{name}.help" if name == "output" else f"settings.{name}.help"),
        key=f"batch_{name}",
        persist_state="session",
    )


def _segments(say: Words, name: str, group: str | None = None) -> None:
    st.segmented_control(
        say(f"settings.{name}"),
        [str(value) for value in CHOICES[name]],
        required=True,
        format_func=lambda value: say.value(group or name, value),
        help=say(f"settings.{name}.help"),
        key=f"batch_{name}",
        persist_state="session",
    )
