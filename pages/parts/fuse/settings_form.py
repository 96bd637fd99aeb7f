"""The settings as widgets. Each widget's value lives in the session under `set_<name>`.

What the advisor sets is automatic in its widget, with what that comes to, until a person sets it: `said` is what the
widgets say, `chosen` what that stands for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from fusion.errors import FusionError, frameless
from fusion.settings import CHOICES, FINISHING, MAX_FILE_BYTES, MAX_SIDE, Preset, Settings
from fusion.sizing import Subject
from fusion.types import Aspect, Fill, Fit, Role, Size, Tier
from pages.parts import uploading
from pages.parts.components import cards, fields
from pages.parts.fuse import by_hand, enlargers, output_size, weights
from pages.parts.i18n import Words
from pages.parts.session import Desk, desk, pins, uploads

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
    """The same where they say something else, and it is remembered that it was no person who set them.

    What `here.wishes.pinned` does not name is left automatic.
    """
    before, after = said(), pins.left(settings, here.wishes.pinned)
    here.wishes.show(after, before)
    if after != before:
        remember(after)


def chosen() -> Settings:
    """What the widgets stand for now, the advice in place of what is automatic.

    Raises:
        SettingsInvalid: a browser sent a value that its widget does not offer.
    """
    return desk().wishes.meaning(said())


def said() -> Settings:
    """What the widgets say now; what is left automatic is so here.

    Raises:
        SettingsInvalid: a browser sent a value that its widget does not offer.
    """
    state = st.session_state
    data: dict[str, Any] = {name: fields.value(f"set_{name}") for name in ("ratio", "anyway", *FINISHING, *CHOICES)}
    data["sharpen"] = None if state.set_sharpen_auto else state.set_sharpen
    output = fields.value("set_output")
    data["output"] = [int(state.set_width), int(state.set_height)] if output == CUSTOM else output
    return Settings.from_json({**data, "sharpen": "auto" if data["sharpen"] is None else data["sharpen"]})


def prepare() -> None:
    """Give every widget its first value, once per session."""
    if "set_ratio" not in st.session_state:
        st.session_state.set_width = st.session_state.set_height = 1024
        remember(Settings())


def sides() -> tuple[int, int]:
    """Width and height of a size of one's own, px, whether it is chosen or not."""
    return int(st.session_state.set_width), int(st.session_state.set_height)


def set_sides(width: int, height: int) -> None:
    """Set those; as `remember`."""
    st.session_state.set_width, st.session_state.set_height = width, height


def choices(say: Words, here: Desk, photos: Subject | None) -> Settings:
    """Draws all settings and returns what they stand for.

    Args:
        photos: serve to say what comes out, where nothing else does.
    """
    fusing, finishing, advanced = st.tabs(
        [
            f":material/face_retouching_natural: {say('settings.fusion')}",
            f":material/tune: {say('settings.finishing')}",
            f":material/settings: {say('settings.advanced')}",
        ],
        key="settings_tabs",
    )
    with fusing:
        _fusing(say, here)
        if photos:
            output_size.expected(say, photos, chosen())
    with finishing:
        _finishing(say)
    with advanced:
        _advanced(say, here)
    by_hand.part(say, here)  # below: what somebody has just set shall not move from under the pointer
    return chosen()


def _fusing(say: Words, here: Desk) -> None:
    fields.slider(say, "ratio", of=_OF)
    if st.session_state.set_ratio == 0:
        st.caption(f":material/info: {say('settings.ratio.zero')}")
    fields.segments(say, "mode", of=_OF)
    fields.segments(say, "glasses", of=_OF)
    fields.segments(say, "facial_hair", of=_OF)
    is_custom = fields.value("set_output") == CUSTOM  # that has a shape of its own
    automatic = by_hand.automatic(say, here)
    with st.container(gap="small", key="size"):  # what is automatic says more than half a column holds
        fields.select(say, "output", [*(str(tier) for tier in Tier), CUSTOM], of=_OF, named=automatic["output"])
        shapes = [str(shape) for shape in Aspect]
        fields.select(say, "aspect", shapes, disabled=is_custom, of=_OF, named=automatic["aspect"])
    if is_custom:
        _sides(say)
    fields.segments(say, "fit", of=_OF, named=automatic["fit"])
    if st.session_state.set_fit == Fit.PAD:
        fields.select(say, "fill", [str(fill) for fill in Fill], of=_OF)


def _sides(say: Words) -> None:
    with st.container(horizontal=True, gap="small", key="sides"):
        for name in ("width", "height"):
            st.number_input(
                say(f"settings.{name}"),
                min_value=MIN_SIDE,
                max_value=MAX_SIDE,
                value=fields.held(f"set_{name}", MIN_SIDE),
                step=1,
                help=say("settings.side.help", limit=MAX_SIDE),
                key=f"set_{name}",
                persist_state="session",
            )


def _finishing(say: Words) -> None:
    with st.container(gap="xsmall", key="finishing"):  # all of them within one screen
        for name in ("skin_smoothing", "brightness", "contrast", "saturation"):
            fields.slider(say, name, of=_OF)
        fields.toggle(say, "sharpen_auto", of=_OF)
        fields.slider(say, "sharpen", disabled=st.session_state.set_sharpen_auto, of=_OF)


def _advanced(say: Words, here: Desk) -> None:
    automatic = by_hand.automatic(say, here)
    fields.segments(say, "engine", of=_OF, named=automatic["engine"])
    weights.present(say)
    fields.segments(say, "two_stage", group="switch", of=_OF, named=automatic["two_stage"])
    enlargers.card(say)
    fields.segments(say, "precision", of=_OF, named=automatic["precision"])
    fields.segments(say, "mirror", group="switch", of=_OF)
    fields.toggle(say, "anyway", of=_OF)
    turn = st.session_state.setdefault("import_turn", 0)
    key = f"import_{turn}"
    uploading.box(
        say,
        uploading.Place(say("settings.import"), uploading.Kind.FILE, ("json",), MAX_FILE_BYTES),
        key,
        help=say("settings.import.help", example=_EXAMPLE),
        on_change=_importer(here, key),
    )
    outcome = st.session_state.get("imported")
    if isinstance(outcome, FusionError):
        cards.error(say, outcome)
    elif outcome:
        st.caption(f":material/check_circle: {say('settings.imported', name=outcome)}")


def _importer(here: Desk, key: str) -> Callable[[], None]:
    def take() -> None:
        file = uploads.given(key)
        if file is None:
            return
        try:
            settings = Settings.loads(uploads.take(file))
            here.wishes.pinned = pins.said(settings)
            put(here, settings)
            here.note = here.more.choose(settings.source_photo)
            here.mapping.lay(settings.map, here.slots[Role.TARGET])
            st.session_state.imported = file.name
        except FusionError as error:
            st.session_state.imported = frameless(error)
        st.session_state.import_turn += 1

    return take
