"""Choosing a ratio or a mode by looking: each value made small, side by side; a press takes one."""

from __future__ import annotations

import streamlit as st

from fusion.settings import Settings
from fusion.suitability import Suitability
from fusion.types import SAME_PERSON, Mode
from pages.parts.choosing.try_state import Tried, Tries, Try, tries, with_value
from pages.parts.components import cards, redrawn
from pages.parts.fuse import pair_verdict, settings_form
from pages.parts.i18n import Words, words
from pages.parts.pressing import once
from pages.parts.session import Desk, desk, labelling

LOOK_SECONDS = 0.15  # between two looks while they are made
_ICONS = {Tried.RATIO: "tune", Tried.MODE: "layers"}
_PAIR_PX = 190  # width of two of them; two pairs stand side by side where there is room, else one below the other
_EMPTY_PX = 115  # height of the place of one that is being made


def part(say: Words, here: Desk, settings: Settings, found: Suitability | None) -> None:
    """Draws the buttons, and what came of them; nothing as long as a photo is missing.

    Args:
        settings: as the widgets have them.
        found: how well the two faces go together.
    """
    kept = tries()
    kept.follow(settings)
    if not all(each.view for each in here.slots.values()):
        return
    with st.container(gap="small", key="tries"):
        _buttons(say, here, kept, settings, found)
        if kept.is_running:
            _making()
        else:
            _row(say, kept, settings)
            if kept.error is not None:
                cards.error(say, kept.error)


def _buttons(say: Words, here: Desk, kept: Tries, settings: Settings, found: Suitability | None) -> None:
    missing = [*here.missing(), *(("need.pair",) if pair_verdict.stops(found, settings) else ())]
    needs = say("run.needs", what=say("run.needs.join").join(say(key) for key in missing)) if missing else None
    with st.container(horizontal=True, gap="xsmall", key="try_buttons"):
        for what in Tried:
            st.button(
                say(f"tries.{what}"),
                icon=f":material/{_ICONS[what]}:",
                help=needs or say(f"tries.{what}.help"),
                disabled=bool(missing) or kept.is_running,
                **once(f"try_{what}", _start, what),
            )
        if kept.shown and not kept.is_running:
            st.button(say("tries.close"), icon=":material/close:", type="tertiary", **once("tries_close", kept.drop))


def _start(what: Tried) -> None:
    tries().start(what, settings_form.chosen())


@redrawn(LOOK_SECONDS)
def _making() -> None:
    """What is there so far, and Cancel. Reruns the page once all are there."""
    say, kept = words(), tries()
    if kept.settle():
        st.rerun()
    done, count = sum(each.job is None for each in kept.all), len(kept.all)
    with st.container(horizontal=True, vertical_alignment="center", key="tries_progress"):
        st.progress(kept.progress.fraction, text=say("tries.making", done=done, count=count))
        st.button(say("run.cancel"), icon=":material/stop_circle:", **once("tries_cancel", kept.cancel))
    _row(say, kept, settings_form.chosen())


def _row(say: Words, kept: Tries, settings: Settings) -> None:
    if kept.what is None or not kept.shown:
        return
    now = getattr(settings, kept.what)
    with st.grid(2, min_column_width=_PAIR_PX, gap="xsmall", key="tries_row"):
        for first in range(0, len(kept.shown), 2):
            with st.grid(2, wrap=False, min_column_width=60, gap="xsmall", key=f"tries_from_{first}"):
                for place, each in enumerate(kept.shown[first : first + 2], first):
                    with st.container(gap="xsmall", key=f"tried_{place}"):
                        _one(say, kept.what, each, place, is_on=now == each.value)
    if not kept.is_running:
        st.caption(say(f"tries.{kept.what}.hint"), help=say("tries.likeness.help", least=SAME_PERSON))


def _one(say: Words, what: Tried, each: Try, place: int, *, is_on: bool) -> None:
    name = say("tries.name", name=say(f"settings.{what}"), value=_value(say, what, each))
    if each.face is None:
        st.skeleton(height=_EMPTY_PX)
    else:
        picture = labelling.laid(say, each.face.jpeg, each.face.faces, "try")
        st.image(picture, width="stretch", alt=say("tries.alt", name=name))
    st.button(
        _value(say, what, each),
        icon=":material/check:" if is_on else None,
        help=say("tries.taken" if is_on else "tries.take", name=name),
        type="primary" if is_on else "secondary",
        disabled=each.face is None,
        width="stretch",
        **once(f"take_try_{place}", _take, what, each.value),
    )
    if each.likeness is not None:
        icon = "person_check" if each.likeness >= SAME_PERSON else "person_alert"
        st.caption(f":material/{icon}: {say('tries.likeness', source=each.likeness)}")


def _value(say: Words, what: Tried, each: Try) -> str:
    return say.value(what, str(each.value)) if what == Tried.MODE else f"{each.value:.1f}"


def _take(what: Tried, value: float | Mode) -> None:
    """Set it; a callback."""
    settings_form.put(desk(), with_value(settings_form.chosen(), what, value))
