"""Everything that was fused: looked through, opened, compared, fused again, deleted."""

from __future__ import annotations

import streamlit as st

from fusion.errors import FusionError, frameless
from fusion.storage import Query
from pages.parts.components import cards
from pages.parts.history import active, detail, filters, gallery, retention, side_by_side
from pages.parts.i18n import job_text, words
from pages.parts.pressing import once
from pages.parts.results import face_card, take_back
from pages.parts.server import visitor
from pages.parts.session import history_state


def everything() -> None:
    """What runs, what has ended, and how long it is kept."""
    if not here.queue.count(Query(owner=owner)):
        take_back.part(owner)
        cards.nothing_yet(say, detail.FUSE)
        retention.keeping(say, here, owner)
        return
    gallery.chosen(say, here, owner)
    query = filters.filters(say, owner, here.queue.batches(owner))
    if query.states & filters.GOING:
        active.going(owner)
    found = gallery.shelf(say, here, query)
    if not found and filters.is_narrowed(query):
        st.caption(say("history.none_found"))
        st.button(say("history.reset"), icon=":material/filter_alt_off:", **once("reset_filters", filters.reset))
    retention.keeping(say, here, owner)


here, say, owner = history_state.album(), words(), visitor.sees()
face_card.style()

with st.container(gap=None, key="title"):
    st.title(say("history.title"), anchor=False)
    st.caption(say("history.subtitle", days=job_text.days(say, here.queue.history_days)))
if visitor.is_forgotten():
    st.caption(f":material/cookie_off: {say('history.no_cookie')}")
try:
    shown = here.opened()
except FusionError as error:
    here.close()
    here.error = frameless(error)
    shown = ()
if here.error:
    cards.error(say, here.error)
    here.error = None
if len(shown) == 2:
    side_by_side.versus(say, here, *shown)
elif shown:
    detail.opened(say, here, shown[0])
else:
    everything()
retention.questions(say, here, owner)
