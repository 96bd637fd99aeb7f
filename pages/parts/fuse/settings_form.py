"""The settings as widgets. Each widget's value lives in the session under `set_<name>`; `chosen` reads them all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from advisor.recommendation import Intent
from fusion.errors import FusionError, frameless
from fusion.settings import CHOICES, FINISHING, MAX_FILE_BYTES, MAX_SIDE, Preset, Settings
from fusion.sizing import Subject
from fusion.types import Aspect, Fill, Fit, Size, Tier
from pages.parts.components import cards, fields
from pages.parts.fuse import enlargers, output_size, weights
from pages.parts.i18n import Words
from pages.parts.session import Desk, pins, uploads

CUSTOM = "custom"
_OF = "set"  # what the keys of the widgets begin with
MIN_SIDE = 64
ICONS = {Preset.SOCIAL: "share", Preset.ART: "palette", Preset.RESTORATION: "history_edu"}
_EXAMPLE = '{"ratio": 0.6, "output_resolution": [1024, 1792]}'


def remember(settings: Settings) -> None:
    """Set every widget to `settings`; only before the widgets are drawn, or in a callback."""
    state = st.session_state
    for name in ("ratio", "skin_smoothing", "brightness", "contrast", "saturation"):
        state[f"set_{name}"] = float(getattr(settings, name))
    for name in CHOICES:
        state[f"set_{name}"] = str(getattr(settings, name))
    state["set_anyway"] = settings.anyway
    state.set_sharpen_auto = settings.sharpen is None
    state.set_sharpen = 0.3 if settings.sharpen is None else float(settings.sharpen)
    if isinstance(settings.output, Size):
        state.set_output = CUSTOM
        state.set_width, state.set_height = settings.output.width, settings.output.height
    else:
        state.set_output = str(settings.output)


def put(here: Desk, settings: Settings) -> None:
    """The same where they say something else, and it is remembered that it was no person who set them."""
    before = chosen()
    here.wishes.show(settings, before)
    if settings != before:
        remember(settings)


def chosen() -> Settings:
    """What the widgets say now.

    Raises:
        SettingsInvalid: a browser sent a value that its widget does not offer.
    """
    state = st.session_state
    data: dict[str, Any] = {name: state[f"set_{name}"] for name in ("ratio", "anyway", *FINISHING, *CHOICES)}
    data["sharpen"] = None if state.set_sharpen_auto else state.set_sharpen
    custom = state.set_output == CUSTOM
    data["output"] = [int(state.set_width), int(state.set_height)] if custom else state.set_output
    return Settings.from_json({**data, "sharpen": "auto" if data["sharpen"] is None else data["sharpen"]})


def prepare() -> None:
    """Give every widget its first value, once per session."""
    if "set_ratio" not in st.session_state:
        st.session_state.set_width = st.session_state.set_height = 1024
        remember(Settings())


def choices(say: Words, here: Desk, photos: Subject | None) -> Settings:
    """Draws all settings and returns what they say; `photos` serve to say what comes out, where nothing else does."""
    _presets(say, here)
    fusing, finishing, advanced = st.tabs(
        [
            f":material/face_retouching_natural: {say('settings.fusion')}",
            f":material/tune: {say('settings.finishing')}",
            f":material/settings: {say('settings.advanced')}",
        ],
        key="settings_tabs",
    )
    with fusing:
        _fusing(say)
        if photos:
            output_size.expected(say, photos, chosen())
    with finishing:
        _finishing(say)
    with advanced:
        _advanced(say, here)
    return chosen()


def _presets(say: Words, here: Desk) -> None:
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="bottom", key="presets"):
        for preset in Preset:
            st.button(
                say(f"preset.{preset}"),
                icon=f":material/{ICONS[preset]}:",
                help=say(f"preset.{preset}.help"),
                type="primary" if here.wishes.intent == Intent(preset) else "secondary",
                key=f"preset_{preset}",
                on_click=_set_preset,
                args=(here, preset),
            )
        st.button(
            say("settings.reset"),
            icon=":material/restart_alt:",
            help=say("settings.reset.help"),
            type="tertiary",
            key="reset",
            on_click=_reset,
            args=(here,),
        )


def _set_preset(here: Desk, preset: Preset) -> None:
    """Its look, and its size as far as the advisor finds it good; a callback."""
    here.wishes.intent = Intent(preset)
    here.wishes.pinned -= {"output"}
    put(here, chosen().with_preset(preset))


def _reset(here: Desk) -> None:
    here.wishes.intent = Intent.AUTO
    here.wishes.pinned = frozenset()
    put(here, Settings())


def _fusing(say: Words) -> None:
    fields.slider(say, "ratio", of=_OF)
    fields.segments(say, "mode", of=_OF)
    fields.segments(say, "glasses", of=_OF)
    fields.segments(say, "facial_hair", of=_OF)
    is_custom = st.session_state.set_output == CUSTOM  # that has a shape of its own
    with st.container(horizontal=True, gap="small", key="size"):
        fields.select(say, "output", [*(str(tier) for tier in Tier), CUSTOM], of=_OF)
        fields.select(say, "aspect", [str(shape) for shape in Aspect], disabled=is_custom, of=_OF)
    if is_custom:
        _sides(say)
    fields.segments(say, "fit", of=_OF)
    if st.session_state.set_fit == Fit.PAD:
        fields.select(say, "fill", [str(fill) for fill in Fill], of=_OF)


def _sides(say: Words) -> None:
    with st.container(horizontal=True, gap="small", key="sides"):
        for name in ("width", "height"):
            st.number_input(
                say(f"settings.{name}"),
                min_value=MIN_SIDE,
                max_value=MAX_SIDE,
                step=1,
                help=say("settings.side.help", limit=MAX_SIDE),
                key=f"set_{name}",
                persist_state="session",
            )


def _finishing(say: Words) -> None:
    st.caption(say("settings.finishing.hint"))
    for name in ("skin_smoothing", "brightness", "contrast", "saturation"):
        fields.slider(say, name, of=_OF)
    fields.toggle(say, "sharpen_auto", of=_OF)
    fields.slider(say, "sharpen", disabled=st.session_state.set_sharpen_auto, of=_OF)


def _advanced(say: Words, here: Desk) -> None:
    fields.segments(say, "engine", of=_OF)
    weights.card(say, st.session_state.set_engine)
    fields.segments(say, "two_stage", group="switch", of=_OF)
    enlargers.card(say)
    fields.segments(say, "precision", of=_OF)
    fields.segments(say, "mirror", group="switch", of=_OF)
    fields.toggle(say, "anyway", of=_OF)
    turn = st.session_state.setdefault("import_turn", 0)
    key = f"import_{turn}"
    uploads.box(
        say("settings.import"),
        type=["json"],
        max_upload_size=uploads.box_size(MAX_FILE_BYTES),
        help=say("settings.import.help", example=_EXAMPLE),
        key=key,
        on_change=_importer(here, key),
    )
    outcome = st.session_state.get("imported")
    if isinstance(outcome, FusionError):
        cards.error(say, outcome)
    elif outcome:
        st.caption(f":material/check_circle: {say('settings.imported', name=outcome)}")


def _importer(here: Desk, key: str) -> Callable[[], None]:
    def take() -> None:
        file = st.session_state[key]
        if file is None:
            return
        try:
            settings = Settings.loads(uploads.take(file))
            here.wishes.pinned = pins.said(settings)
            put(here, settings)
            here.note = here.more.choose(settings.source_photo)
            st.session_state.imported = file.name
        except FusionError as error:
            st.session_state.imported = frameless(error)
        st.session_state.import_turn += 1

    return take
