"""Small things that are drawn the same way everywhere: errors, the worker's state, a result's facts and files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeVar

import streamlit as st

from fusion.errors import FusionError, Reason, frameless
from fusion.jobs import WorkerView
from fusion.labels import Label
from fusion.memory import Step
from fusion.photos import Format
from fusion.provenance import Leaving
from fusion.types import SAME_PERSON
from pages.parts.components import label_switch
from pages.parts.i18n import Words, job_text
from pages.parts.pressing import once
from pages.parts.server import rights
from pages.parts.session import labelling, previews

_Data = TypeVar("_Data", bytes, str)

_LOOK_S = 1.0  # between two looks whether a download has failed
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
    """What came out, and what there is to know of it."""
    ran(say, result)
    noted(say, result)


def ran(say: Words, result: previews.ResultView) -> None:
    """Size, engine, device and seconds, in one line."""
    given = result.facts
    parts = (
        ("aspect_ratio", say("result.size", width=result.size.width, height=result.size.height)),
        ("face_retouching_natural", say("result.engine", engine=given.engine)),
        ("memory", say.value("device", given.device)),
        ("timer", say("result.seconds", seconds=given.seconds)),
    )
    st.caption(" &nbsp; ".join(f":material/{icon}: {text}" for icon, text in parts))


def noted(say: Words, result: previews.ResultView) -> None:
    """How like the source the face is, whose face came where, and what there is to know."""
    given = result.facts
    if given.likeness is not None:
        said = say("result.likeness", source=given.likeness.source, least=SAME_PERSON)
        icon = "person_check" if given.likeness.source >= SAME_PERSON else "person_alert"
        st.caption(f":material/{icon}: {said}", help=say("result.likeness.help", target=given.likeness.target))
    if given.mapped:
        st.caption("  \n".join(f":material/face: {line}" for line in job_text.mapped(say, given)))
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


@dataclass(frozen=True, slots=True)
class Version:
    """Which of several results the downloads save.

    Attributes:
        of: what their names say of it, "" where there is only one.
        help: what else there is to know.
        first: given the key of a download, begins what it needs first; None where the file is there.
        is_ready: whether that can begin.
    """

    of: str = ""
    help: str = ""
    first: Callable[[str], None] | None = None
    is_ready: bool = True

    def named(self, label: str) -> str:
        """The name of a download."""
        return f"{label} · {self.of}" if self.of else label


def downloads(say: Words, result: previews.ResultView, version: Version | None = None) -> None:
    """The result in three formats, made when asked for, and the recipe; below, whether the label is drawn.

    While nobody has said whether the label is drawn, whoever asks for a picture is asked that first.

    Args:
        version: which result that is, where it is not the only one.
    """
    standing = labelling.standing(say)
    _files(say, result, standing, version or Version())
    label_switch.switch(say, standing)
    stamp = labelling.stamp(say, result.output, result.facts)
    if stamp is not None and stamp.notice is not None:
        st.caption(f":material/info: {say.notice(stamp.notice)}")
    label_switch.question(say, standing, partial(labelling.example, say, result.output, result.facts))


def _files(say: Words, result: previews.ResultView, standing: labelling.Standing, version: Version) -> None:
    if not _can_leave(say):
        return
    name = f"fusewise-{result.size.width}x{result.size.height}"
    with st.container(horizontal=True, gap="xsmall", key="downloads"):
        for format in Format:
            _picture(say, result, format, name, standing, version)
        _recipe(say, result, name, standing, version)


def _recipe(say: Words, result: previews.ResultView, name: str, standing: labelling.Standing, version: Version) -> None:
    kind, help, mime = say("result.recipe"), say.together(say("result.recipe.help"), version.help), "application/json"
    if version.first is not None:
        _first(kind, _key(mime), help, version, icon="receipt_long")
        return
    make = partial(_made, partial(previews.recipe_file, result), standing, _failure())
    _button(kind, make, f"{name}.json", mime, help, icon="" if version.of else "receipt_long")


def _first(kind: str, key: str, help: str, version: Version, *, icon: str = "download", disabled: bool = False) -> None:
    """A button in the place of a download that needs something first."""
    assert version.first is not None
    st.button(
        kind,
        icon=f":material/{icon}:",
        help=help,
        disabled=disabled or not version.is_ready,
        **once(f"first_{key}", version.first, key),
        width="stretch",
    )


def _picture(
    say: Words,
    result: previews.ResultView,
    format: Format,
    name: str,
    standing: labelling.Standing,
    version: Version,
) -> None:
    kind = version.named(str(format).upper() if format != Format.WEBP else "WebP")
    is_possible = format.has_alpha or not result.is_transparent
    key = _key(format.mime)
    help = say("result.download.help", format=kind) if is_possible else say("result.download.opaque")
    help = say.together(help, version.help)
    if version.first is not None:
        _first(kind, key, help, version, disabled=not is_possible)
    elif standing.is_open:
        label_switch.asking(kind, key=key, help=help, disabled=not is_possible)
    else:
        _button(
            kind,
            partial(_made, partial(previews.as_file, result, format), standing, _failure()),
            f"{name}{format.suffix}",
            format.mime,
            help,
            "" if version.of else "download",  # the name of an old one is longer
            disabled=not is_possible,
        )


@dataclass(slots=True)
class _Failure:
    """Why the last download could not be made. Streamlit says of one no more than that."""

    error: FusionError | None = None


def _can_leave(say: Words) -> bool:
    """Whether a picture can be made for a download, as far as that is known before; where not, why.

    Tells as well why the last one could not be made.
    """
    failure = _failure()
    if failure.error is not None:
        error(say, failure.error)
        failure.error = None
    try:
        leaving = Leaving.as_set(None)
    except FusionError as reason:  # since the app was started: a certificate has ended, or its file is gone
        error(say, reason)
        return False
    if leaving.signer is not None:
        _look_for_failure()
    return True


@st.fragment(run_every=_LOOK_S)
def _look_for_failure() -> None:
    """A download is made beside the page, which learns here that a signature could not be had."""
    if _failure().error is not None:
        st.rerun()


def _failure() -> _Failure:
    kept: _Failure = st.session_state.setdefault("download_failure", _Failure())
    return kept


def _made(make: Callable[[Label | None], _Data], standing: labelling.Standing, failure: _Failure) -> _Data:
    """A file as it leaves now: its page may have been drawn hours ago."""
    try:
        return make(labelling.now(standing))
    except FusionError as reason:
        failure.error = frameless(reason)
        raise


def _key(mime: str) -> str:
    return f"download_{mime.rpartition('/')[2]}"


def _button(
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
        icon=f":material/{icon}:" if icon else None,
        help=help,
        disabled=disabled,
        key=_key(mime),
        on_click="ignore",
        width="stretch",
    )
