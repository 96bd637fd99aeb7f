"""How well the pairs of a planned batch suit each other: in words beside each, and as a count of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from fusion.batches import judging
from fusion.errors import FusionError
from fusion.suitability import Verdict
from pages.parts.components import cards, redrawn
from pages.parts.fuse import pair_verdict
from pages.parts.i18n import Words, job_text, words
from pages.parts.pressing import once
from pages.parts.server import rights
from pages.parts.session import batch_state

LOOK_SECONDS = 0.5  # between two looks at how far it is


def part(judged: judging.Judging) -> None:
    """How far the check is, live, with the button that ends it; then the count of verdicts."""
    if judged.is_running:
        _live()
    else:
        _count(words(), judged)


def cells(say: Words, count: int, found: Sequence[judging.Found]) -> list[str]:
    """What is said of the first pairs, in Markdown."""
    known = [_cell(say, each) for each in found[:count]]
    return known + [say("batch.suited.awaited")] * (count - len(known))


@redrawn(LOOK_SECONDS)
def _live() -> None:
    """Draws the page anew once all is known: it is given no photo, since Streamlit keeps what it is given."""
    judged, say = batch_state.batch_desk().judged, words()
    if judged is None or not judged.is_running:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="batch_check"):
        text = say("batch.judging", done=judged.done, total=judged.total)
        st.progress(judged.done / max(judged.total, 1), text=text)
        st.button(
            say("batch.check.skip"),
            icon=":material/skip_next:",
            help=say("batch.check.skip.help"),
            **once("batch_check_skip", batch_state.batch_desk().skip),
        )


def _count(say: Words, judged: judging.Judging) -> None:
    if judged.error is not None:
        cards.error(say, rights.discreet(judged.error))
    if not judged.is_whole:
        st.caption(f":material/info: {say('batch.check.skipped', done=judged.done, total=judged.total)}")
    counts = Counter(each.verdict for each in judged.found if not isinstance(each, FusionError))
    if counts:
        said = (_counted(say, verdict, counts[verdict]) for verdict in Verdict if counts[verdict])
        st.markdown(f":small[{' '.join(said)}]")


def _counted(say: Words, verdict: Verdict, count: int) -> str:
    """How many pairs are so, as a coloured word, in Markdown."""
    icon, colour = pair_verdict.LOOKS[verdict]
    return f":{colour}-badge[:material/{icon}: {say(f'batch.suited.{verdict}', count=count)}]"


def _cell(say: Words, found: judging.Found) -> str:
    if isinstance(found, FusionError):
        return f":red[{job_text.plain(say.error(found)[0])}]"
    why = f"  {say.phrase(found.causes[0].why)}" if found.causes else ""
    return f"{pair_verdict.badge(say, found.verdict)}{why}"
