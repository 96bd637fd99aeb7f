"""The self-test on the page of the machine: the button, how far it is, its table, and the same as a file to send."""

from __future__ import annotations

import json
from collections.abc import Mapping

import streamlit as st

from advisor.driver import Reason
from advisor.selftest import Row, SelfTest, SelfTestView, State, to_json, told
from fusion import config
from pages.parts.components import cards
from pages.parts.i18n import Words
from pages.parts.pressing import once
from pages.parts.server import rights, visitor
from pages.parts.services import calibration, jobs, services

_SIGNS: Mapping[State, str] = {
    State.PASSED: ":green[:material/check_circle:]",
    State.FAILED: ":red[:material/error:]",
    State.SKIPPED: ":gray[:material/remove_circle_outline:]",
}
_FILE = "fusewise-selftest.json"


def panel(say: Words) -> None:
    """Draws it, for whoever may do something about the machine."""
    if not visitor.is_administrator():
        return
    test = services.selftest()
    view = test.view()
    with st.container(border=True, gap="small", key="selftest"):
        st.subheader(say("selftest.title"), anchor=False)
        if view.is_running:
            _running(say, view, test)
            return
        st.caption(say("selftest.about"))
        is_idle = jobs().worker().state == "ready" and not calibration().view().is_running
        st.button(
            say("selftest.again" if view.number else "selftest.start"),
            icon=":material/verified:",
            disabled=not is_idle,
            help=None if is_idle else say("measure.busy"),
            **once("selftest_start", _start),
        )
        _ended(say, view)


def _start() -> None:
    """Begin, unless a job came between; a callback."""
    rights.need()
    if jobs().worker().state == "ready" and not calibration().view().is_running:
        services.selftest().start(config.load().data, jobs().ledger)


def _cancel(test: SelfTest) -> None:
    """A callback."""
    rights.need()
    test.cancel()


def _running(say: Words, view: SelfTestView, test: SelfTest) -> None:
    text = say("selftest.progress", done=view.done, total=view.total, what=say.value("selftest_check", view.now))
    st.progress(view.done / max(1, view.total), text=text)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(say("measure.wait"), width="content")
        st.button(say("measure.cancel"), icon=":material/stop_circle:", **once("selftest_cancel", _cancel, test))


def _ended(say: Words, view: SelfTestView) -> None:
    if view.error is not None:
        cards.error(say, view.error)
    if view.is_stopped:
        st.caption(f":material/stop_circle: {say('selftest.stopped')}")
    if not view.rows:
        return
    failed = sum(row.state == State.FAILED for row in view.rows)
    if view.is_well:
        st.markdown(f"{_SIGNS[State.PASSED]} **{say('selftest.well')}**")
    elif failed:
        st.markdown(f"{_SIGNS[State.FAILED]} **{say('selftest.failed', count=failed)}**")
    for row in view.rows:
        _row(say, row)
    st.download_button(
        say("selftest.download"),
        json.dumps(to_json(view), ensure_ascii=False, indent=1),
        _FILE,
        "application/json",
        icon=":material/download:",
        help=say("selftest.download.help"),
        on_click="ignore",
        key="selftest_download",
    )


def _row(say: Words, row: Row) -> None:
    device = say.value("device", row.device) if row.device else ""
    engine = say.value("engine", row.engine) if row.engine else ""
    about = " · ".join(filter(None, (say.value("selftest_check", row.check), engine, device)))
    state = say.value("selftest_state", row.state)
    st.markdown(f"{_SIGNS[row.state]} **{about}** ({state})  \n{_told(say, row)}")
    if row.error is not None:
        st.caption(say.together(*say.error(row.error)))


def _told(say: Words, row: Row) -> str:
    """The row's sentence in the language of the page."""
    key = f"tested.{row.code}"
    if say.value("tested", row.code) == row.code:  # English, which stands beside its code
        return told(row)
    details = dict(row.details)
    if "why" in details:
        details["message"] = say.machine(Reason(str(details["why"])))[0]
    return say(key, **details)
