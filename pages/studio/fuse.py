"""The main page: two photos in, one fused photo out. Ask, think, show."""

from __future__ import annotations

import streamlit as st

from fusion.errors import FusionError
from fusion.settings import Settings
from pages.parts.components import cards, compare
from pages.parts.fuse import advice_card, diagnosis_link, inputs, pair_verdict, run, settings_form, verdict_badges
from pages.parts.i18n import words
from pages.parts.server import rights
from pages.parts.session import desk, fuse_state, previews


def ask() -> Settings:
    """The photos, the faces, what the advisor makes of them, and the settings."""
    inputs.photos(say, here)
    advice_card.card(say, guided)
    with st.container(border=True, key="settings"):
        return settings_form.choices(say, here, here.subject if guided is None else None)


def think(settings: Settings) -> None:
    """Consent, the button, and how far the job is."""
    run.consent(say, here)
    found = guided.advice.suitability if guided else None
    run.fuse_button(say, here, settings, advice_card.expected_s(guided), found)
    advice_card.offer(say, here, guided)
    if here.job:
        run.progress()
    else:
        run.ended_badly(say, here)
        if here.failed is not None:
            diagnosis_link.link(say, here.failed, is_done=False)


def show(settings: Settings) -> None:
    """The result beside its target, what is to be known about it, and its files."""
    result = here.result
    if result:
        verdict_badges.of_result(say, here)
        compare(say, result, finishing(result, settings))
        cards.facts(say, result)
        cards.downloads(say, result)
        diagnosis_link.link(say, result.job)
    elif here.job:
        st.skeleton(height=cards.EMPTY_HEIGHT)
    else:
        found = guided.advice.suitability if guided else None
        cards.empty(say, ready=not here.missing() and not pair_verdict.stops(found, settings))


def finishing(result: previews.ResultView, settings: Settings) -> bytes | None:
    """What has changed since the result, in words; a small picture of it where only the finishing has."""
    change = here.change(settings)
    if here.job or change == fuse_state.Change.NOTHING:
        return None
    if change == fuse_state.Change.FUSION:
        st.caption(f":material/sync: {say('result.stale')}")
        return None
    try:
        preview = here.preview(settings)
        hint = say("result.preview")
    except FusionError as error:
        preview = None
        hint = say("result.preview_failed", message=say.error(rights.discreet(error))[0])
    st.caption(f":material/preview: {hint}")
    return preview


here, say = desk(), words()
settings_form.prepare()
guided = advice_card.follow(here)

with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="head"):
    with st.container(width="content", gap=None, key="title"):
        st.title(say("fuse.title"), anchor=False)
        st.caption(say("fuse.subtitle"))
    with st.container(width="content"):
        run.worker_line()
run.still_running(say, here)
if here.note:
    cards.error(say, here.note)

left, right = st.columns([5, 7], gap="large")
with left:
    settings = ask()
with right:
    think(settings)
    show(settings)
