"""Small things that are drawn the same way everywhere: errors, the worker's state, a result's facts and files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Literal

import streamlit as st

from fusion import provenance
from fusion.errors import FusionError, Reason
from fusion.jobs import WorkerView
from fusion.memory import Step
from fusion.photos import Format
from fusion.types import SAME_PERSON
from pages.parts.i18n import Words, job_text
from pages.parts.server import rights
from pages.parts.session import previews

EMPTY_HEIGHT = 420  # px; about the height of a result
_STATES: Mapping[str, tuple[str, Literal["orange", "green", "blue", "red"]]] = {
    "starting": ("hourglass_top", "orange"),
    "ready": ("check_circle", "green"),
    "busy": ("bolt", "blue"),
    "dead": ("error", "red"),
}


def error(say: Words, failure: FusionError) -> None:
    """What happened and what to do about it."""
    message, remedy = say.error(rights.discreet(failure))
    text = f"**{message}**  \n{remedy}"
    if failure.reason == Reason.CANCELLED:  # somebody wanted that
        st.info(text, icon=":material/stop_circle:")
    else:
        st.error(text, icon=":material/error:")


def worker(say: Words, view: WorkerView) -> None:
    """The state of the process that computes, as a badge."""
    icon, colour = _STATES[view.state]
    text = say(f"worker.{view.state}", device=view.device or "cpu")
    help = say(f"worker.{view.state}.help")
    st.badge(text, icon=f":material/{icon}:", color=colour, help=help)


def empty(say: Words, ready: bool) -> None:
    """The place of the result before there is one."""
    with st.container(
        border=True, height=EMPTY_HEIGHT, horizontal_alignment="center", vertical_alignment="center", key="empty"
    ):
        st.markdown("## :material/compare:", text_alignment="center")
        if ready:
            st.markdown(f"**{say('result.ready')}**", text_alignment="center")
            return
        st.markdown(f"**{say('result.empty')}**", text_alignment="center")
        steps = (say(f"result.empty.{step}") for step in ("one", "two", "three"))
        st.caption("  \n".join(f"{number}. {step}" for number, step in enumerate(steps, 1)), width="content")


def facts(say: Words, result: previews.ResultView) -> None:
    """What came out: size, engine, device, seconds, and what there is to know."""
    given = result.facts
    parts = (
        ("aspect_ratio", say("result.size", width=result.size.width, height=result.size.height)),
        ("face_retouching_natural", say("result.engine", engine=given.engine)),
        ("memory", say.value("device", given.device)),
        ("timer", say("result.seconds", seconds=given.seconds)),
    )
    st.caption(" &nbsp; ".join(f":material/{icon}: {text}" for icon, text in parts))
    if given.likeness is not None:
        said = say("result.likeness", source=given.likeness.source, least=SAME_PERSON)
        icon = "person_check" if given.likeness.source >= SAME_PERSON else "person_alert"
        st.caption(f":material/{icon}: {said}", help=say("result.likeness.help", target=given.likeness.target))
    if result.notices:
        st.caption("  \n".join(f":material/info: {say.notice(notice)}" for notice in result.notices))


def steps(say: Words, taken: Sequence[Step]) -> None:
    """What was given up since memory ran out."""
    if taken:
        said = (f":orange[:material/trending_down:] {job_text.step(say, step)}" for step in taken)
        st.caption("  \n".join(said))


def nothing_yet(say: Words, page: str) -> None:
    """The place of the history before there is one; `page`: where the first fusion is made."""
    with st.container(
        border=True, height=EMPTY_HEIGHT, horizontal_alignment="center", vertical_alignment="center", key="empty"
    ):
        st.markdown("## :material/photo_library:", text_alignment="center")
        st.markdown(f"**{say('history.empty')}**", text_alignment="center")
        st.caption(say("history.empty.help"), text_alignment="center")
        st.page_link(page, label=say("history.empty.start"), icon=":material/face_retouching_natural:")


def downloads(say: Words, result: previews.ResultView) -> None:
    """The result in three formats, made when asked for, and the recipe."""
    name = f"fusewise-{result.size.width}x{result.size.height}"
    with st.container(horizontal=True, gap="xsmall", key="downloads"):
        for format in Format:
            kind = str(format).upper() if format != Format.WEBP else "WebP"
            is_possible = format.has_alpha or not result.is_transparent
            _download(
                kind,
                partial(previews.as_file, result, format),
                f"{name}{format.suffix}",
                format.mime,
                say("result.download.help", format=kind) if is_possible else say("result.download.opaque"),
                disabled=not is_possible,
            )
        _download(
            say("result.recipe"),
            partial(provenance.dumps, result.recipe),
            f"{name}.json",
            "application/json",
            say("result.recipe.help"),
            icon="receipt_long",
        )


def _download(
    label: str,
    data: Callable[[], bytes | str],
    name: str,
    mime: str,
    help: str,
    icon: str = "download",
    *,
    disabled: bool = False,
) -> None:
    st.download_button(
        label,
        data=data,
        file_name=name,
        mime=mime,
        icon=f":material/{icon}:",
        help=help,
        disabled=disabled,
        key=f"download_{mime.rpartition('/')[2]}",
        on_click="ignore",
        width="stretch",
    )
