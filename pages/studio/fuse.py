"""The main page: two photos in, one fused photo out. Ask, think, show."""

from __future__ import annotations

import streamlit as st

from fusion.errors import FusionError
from fusion.settings import Settings
from pages.parts import studio
from pages.parts.choosing import presets, tries
from pages.parts.components import cards, compare
from pages.parts.fuse import (
    advice_card,
    diagnosis_link,
    engine_offer,
    inputs,
    pair_verdict,
    parser_offer,
    run,
    settings_form,
    verdict_badges,
)
from pages.parts.i18n import words
from pages.parts.server import rights
from pages.parts.session import desk, labelling


def ask() -> None:
    """The photos, the faces, and what the advisor makes of them."""
    inputs.photos(say, here)
    advice_card.card(say, guided)
    engine_offer.card(say, st.session_state.set_engine)
    parser_offer.card(say)


def choose() -> Settings:
    """The settings."""
    presets.row(say, here)
    return settings_form.choices(say, here, here.subject if guided is None else None)


def think(settings: Settings, stands: studio.Standing | None) -> bytes | None:
    """Consent, the button, and how far the job is; a small picture of what is set, where only the finishing is new."""
    found = guided.advice.suitability if guided else None
    preview = None
    run.consent(say, here)
    pair_verdict.beside_button(say, found)
    with studio.bar(say, here.result.after if here.result else None):
        needs = run.fuse_button(say, here, settings, advice_card.foretold(guided), found)
        with st.container(key="status", gap=None):
            if here.job:
                run.progress()
            elif needs:
                st.caption(needs)
            elif stands is not None and stands.age == studio.Age.PREVIEWED:
                preview = finishing(settings)
            elif stands is not None and stands.age == studio.Age.SETTINGS:
                st.caption(f":material/sync: {say('result.stale')}")
            elif here.result and stands is not None and stands.age == studio.Age.CURRENT:
                with st.container(key="ran"):
                    cards.ran(say, here.result)
            else:
                st.space(STATUS_PX)
    advice_card.offer(say, here, guided)
    if not here.job:
        run.ended_badly(say, here)
        if here.failed is not None:
            diagnosis_link.link(say, here.failed, is_done=False)
    return preview


def show(settings: Settings, stands: studio.Standing | None, preview: bytes | None) -> None:
    """The result beside its target, what is to be known about it, and its files."""
    result = here.result
    is_ready = not run.missing(here, settings, guided.advice.suitability if guided else None)
    if here.draft:
        studio.draft(say, here.draft)
    elif result and stands is not None:
        with st.container(key="said_of_old" if stands.is_old else "said", gap=None):
            if stands.age == studio.Age.PREVIEWED:
                verdict_badges.of_preview(say)
            elif stands.view is not None:
                verdict_badges.statements(say, stands.view)
        label = labelling.stamp(say, result.output, result.facts)
        compare(say, result, preview, labels=(None, label), height=studio.STAGE_HEIGHT, old=stands.name(say))
        studio.downloads(say, here, stands, again, is_ready=is_ready)
        if stands.age in (studio.Age.CURRENT, studio.Age.SETTINGS):
            # On a desk what ran stands below the button, unless something else does; a phone's bar has no room for it.
            with st.container(key="ran_below" if stands.age == studio.Age.CURRENT else "ran_settings"):
                cards.ran(say, result)
            cards.noted(say, result)
        diagnosis_link.link(say, result.job)
    elif here.job:
        st.skeleton(height=cards.EMPTY_HEIGHT)
    else:
        cards.empty(say, ready=is_ready)


def again() -> None:
    """A callback."""
    run.start(advice_card.foretold(guided))


def finishing(settings: Settings) -> bytes | None:
    """A small picture of what is set, and that it is one; None where it could not be made."""
    try:
        preview = here.preview(settings)
        hint = say("result.preview")
    except FusionError as error:
        preview = None
        hint = say("result.preview_failed", message=say.error(rights.discreet(error))[0])
    st.caption(f":material/preview: {hint}")
    return preview


STATUS_PX = 22  # of a line that has nothing to say

here, say = desk(), words()
settings_form.prepare()
guided = advice_card.follow(here)

with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="head"):
    with st.container(horizontal=True, width="content", gap="small", vertical_alignment="center", key="title"):
        st.title(say("fuse.title"), anchor=False, width="content")
        st.caption(say("fuse.subtitle"), width="content")
    with st.container(width="content"):
        run.worker_line()
run.still_running(say, here)
if here.note:
    cards.error(say, here.note)

places = studio.columns()
with places.photos:
    ask()
with places.settings:
    settings = choose()
run.awaited(here)
with places.work:
    stands = studio.standing(here, settings)
    preview = think(settings, stands)
    with st.container(gap="xsmall", key="result"):
        show(settings, stands, preview)
    tries.part(say, here, settings, guided.advice.suitability if guided else None)
    run.privacy(say, here)
