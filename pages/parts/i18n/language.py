"""Which language this session speaks, and the switch between them."""

from __future__ import annotations

import streamlit as st

from api.spoken.translator import NAMES, Language, Words, language_of


def words() -> Words:
    """The words of the language that this session has chosen: in the page, else in the address, else the browser's."""
    asked = st.session_state.get("lang") or st.query_params.get("lang")
    return Words(asked if asked in list(Language) else language_of(st.context.locale))


def choose_language() -> Words:
    """The switch between the languages, kept in the address (`?lang=zh`).

    Not bound to the address by Streamlit, which would write the label there instead of the code. A browser whose place
    for it was made anew says that nothing is chosen, which is no wish: nobody can take a language back.
    """
    if st.session_state.get("lang") is None:
        st.session_state.lang = str(words().language)
    st.segmented_control(
        words()("language"),
        [str(language) for language in Language],
        required=True,
        format_func=lambda language: NAMES[language],
        key="lang",
        on_change=_keep,
    )
    return words()


def _keep() -> None:
    """Put what was chosen into the address; a callback."""
    if st.session_state.lang is not None:
        st.query_params.update(lang=st.session_state.lang)
