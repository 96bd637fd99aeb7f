"""Whether the label is drawn into what leaves: the question before the first download, and the one tick after it.

The question is asked over the page. Whoever closes it has not answered; with an answer the download goes on by itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from fusion.labels import DUTY, Label
from pages.parts.i18n import Words
from pages.parts.pressing import once
from pages.parts.session import bound, labelling

_GO_ON = st.components.v2.component(
    "fusewise_go_on", js=(Path(__file__).parent / "label_switch.js").read_text(encoding="utf-8")
)
# In the session: the download that somebody has asked for, before there was an answer and after it.
_ASKED, _ANSWERED = "label_asked", "label_answered"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A download that waits for an answer.

    Attributes:
        key: of its button.
        turn: unlike any other time's. Streamlit may call a callback again, and long after its question is gone.
    """

    key: str
    turn: str = field(default_factory=lambda: secrets.token_hex(8))


def switch(say: Words, standing: labelling.Standing) -> None:
    """The tick, or for who cannot change it how it is; nothing while nobody has answered."""
    if standing.is_open:
        return
    text = standing.language.text
    if standing.decides != labelling.Decides.THIS_PERSON:
        said = say("label.is_drawn" if standing.drawn else "label.is_left_out", text=text)
        st.caption(f":material/branding_watermark: {said}", help=say(f"label.decided.{standing.decides}"))
        return
    help = say("label.help.everybody" if standing.is_for_all else "label.help", duty=_duty(say))
    is_drawn = standing.drawn is not None
    st.toggle(say("label.tick", text=text), help=help, **bound("label_drawn", is_drawn, labelling.choose).ticked())


def asking(
    text: str,
    *,
    key: str,
    help: str,
    disabled: bool = False,
    width: Literal["content", "stretch"] = "stretch",
) -> None:
    """A button in the place of a download, while nobody has answered: it asks first.

    Args:
        key: of the download.
    """
    icon = ":material/download:"
    options: dict[str, Any] = {"help": help, "disabled": disabled, "width": width, "on_click": _ask, "args": (key,)}
    if st.button(text, icon=icon, key=f"ask_{key}", **options):
        st.rerun()  # the question is the whole page's, and this may be a part that moves by itself


def question(say: Words, standing: labelling.Standing, example: Callable[[], str | None]) -> None:
    """Asks over the page, where a download was asked for; once that is answered, presses it.

    Args:
        example: a picture of what the label looks like, as a data URL, where there is one.
    """
    state = st.session_state
    if standing.is_open and _ASKED in state:
        title = say("label.ask", text=standing.language.text)
        asked: _Asked = state[_ASKED]
        forget = partial(_forget, asked.turn)
        dialog = st.dialog(title, icon=":material/branding_watermark:", on_dismiss=forget)
        dialog(_question)(say, standing, example())
    elif _ANSWERED in state:
        asked = state.pop(_ANSWERED)
        go_on(asked.key, asked.turn)


def go_on(key: str, turn: str) -> None:
    """Press a download for whoever has asked for it before.

    Args:
        key: of the download.
        turn: unlike any other time's.
    """
    _GO_ON(key="label_go_on", data={"button": key, "turn": turn})


def _question(say: Words, standing: labelling.Standing, example: str | None) -> None:
    """What it looks like, and whose duty it is; the body of the dialog."""
    asked: _Asked | None = st.session_state.get(_ASKED)
    if asked is None:  # it has been answered
        st.rerun()
    if example is not None:
        st.image(example, width="stretch", alt=say("label.example", text=standing.language.text))
    st.markdown(_duty(say))
    st.caption(say("label.ask.about"))
    with st.container(horizontal=True, horizontal_alignment="right", gap="xsmall", key="label_answers"):
        st.button(say("label.leave_out"), **once("label_leave_out", _answer, False, asked.turn))
        st.button(say("label.keep"), type="primary", **once("label_keep", _answer, True, asked.turn))


def _ask(key: str) -> None:
    st.session_state[_ASKED] = _Asked(key)


def _answer(is_drawn: bool, turn: str) -> None:
    asked: _Asked | None = st.session_state.get(_ASKED)
    if asked is not None and asked.turn == turn:
        labelling.choose(is_drawn)
        st.session_state[_ANSWERED] = st.session_state.pop(_ASKED)


def _duty(say: Words) -> str:
    return DUTY[Label.of(say.language)]


def _forget(turn: str) -> None:
    """The question of this turn was closed; one asked since stays, though Streamlit may call this after it."""
    asked: _Asked | None = st.session_state.get(_ASKED)
    if asked is not None and asked.turn == turn:
        del st.session_state[_ASKED]
