"""The causes, the likeliest first, each with its evidence and the button that does something about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from advisor.diagnosis import Action, Cause, Diagnosis, Finding, Level, Symptom
from fusion.errors import Detail, FusionError
from fusion.jobs import JobView
from fusion.settings import Settings
from fusion.types import Role
from pages.parts.components import bars, cards
from pages.parts.fuse import reopen
from pages.parts.i18n import Words, job_text
from pages.parts.pressing import leave_for, once
from pages.parts.server import rights
from pages.parts.session import desk, diagnosis_state, examined

FUSE, HISTORY = "pages/studio/fuse.py", "pages/studio/history.py"
COLOURS: Mapping[str, str] = {Level.SERIOUS: "red", Level.MINOR: "orange"}
_ON_DESK: Mapping[str, Role | None] = {
    Action.OTHER_SOURCE: Role.SOURCE,
    Action.OTHER_TARGET: Role.TARGET,
    Action.CHOOSE_FACE: None,
}
_RUN: Mapping[str, str] = {  # what fuses the same photos once more → what its button says
    Action.RETRY: "action.retry",
    Action.FUSE_HERE: "action.fuse_here",
    Action.RELEASE_MEMORY: "action.release_and_retry",
}


def findings(
    say: Words, here: diagnosis_state.DiagnosisDesk, view: JobView | None, seen: examined.Seen, found: Diagnosis
) -> None:
    """Draws them; that there are none is an answer too."""
    if not found.findings:
        if seen.run is not None and seen.run.error:
            st.markdown(say("diagnosis.failed"))
            _run_button(say, here, view, seen, None, seen.settings, say("action.retry"), 0)
        nothing(say, here, seen, found)
        return
    count = len(found.findings)
    st.subheader(say("diagnosis.found.one" if count == 1 else "diagnosis.found.many", count=count), anchor=False)
    for number, finding in enumerate(found.findings):
        with st.container(border=True, gap="xsmall", key=f"finding_{number}"):
            heading(say, _spoken(say, seen, finding))
            _remedy(say, here, view, seen, finding, number)


def nothing(say: Words, here: diagnosis_state.DiagnosisDesk, seen: examined.Seen, found: Diagnosis) -> None:
    """That nothing was found, unless it has failed; what there is of another symptom, and what was looked for."""
    others = tuple(dict.fromkeys(finding.cause for finding in seen.diagnosis(None).findings))
    if seen.run is None or not seen.run.error:
        if others:  # green would say that all is well
            st.info(f"**{say('diagnosis.nothing.such')}**", icon=":material/info:")
        else:
            st.success(f"**{say('diagnosis.nothing')}**", icon=":material/check_circle:")
    if here.symptom == Symptom.SLOW:
        st.caption(say("diagnosis.slow"))
    if others:
        st.markdown(say("diagnosis.nothing.else", what=names(say, others)))
    looked_for = tuple(cause for cause in found.looked_for if cause not in others)
    if looked_for:
        title = say("diagnosis.nothing.looked", count=len(looked_for))
        with st.expander(title, type="compact", key="looked_for"):
            st.caption(say("diagnosis.nothing.names", what=names(say, looked_for)))
            st.caption(say("diagnosis.nothing.measures"))


def names(say: Words, causes: tuple[Cause, ...]) -> str:
    """Causes by their short names."""
    return say("diagnosis.join").join(say(f"cause_name.{cause}") for cause in causes)


def _spoken(say: Words, seen: examined.Seen, finding: Finding) -> Finding:
    """The finding with what was given up in the reader's language."""
    if "steps" not in finding.evidence or seen.run is None:
        return finding
    steps = (f"{say(f'rung.{step.rung}')} {step.before} → {step.after}" for step in seen.run.steps)
    return replace(finding, evidence={**finding.evidence, "steps": say("diagnosis.join").join(steps)})


def heading(say: Words, finding: Finding) -> None:
    """The cause, how sure it is, its evidence, and what to do."""
    finding = replace(finding, evidence=rights.anonymous(say, finding.evidence))
    why, remedy = say.cause(finding)
    badge = f":{COLOURS[finding.level]}-badge[{say(f'level.{finding.level}')}]"
    sure = say("diagnosis.sure", percent=100 * finding.confidence).replace(" ", "\u00a0")
    st.markdown(f"**{_first_upper(say(f'cause_name.{finding.cause}'))}** {badge} :small[:gray[{sure}]]")
    st.markdown(job_text.plain(why))
    measured = evidence(say, finding.evidence)
    if measured:
        st.caption(f"{say('diagnosis.evidence')}: {measured}")
    st.markdown(f":material/build: {job_text.plain(remedy)}")


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def evidence(say: Words, numbers: Mapping[str, Detail]) -> str:
    """The numbers with their names; what is a word stands in the sentence."""
    parts = [
        f"{say.value('evidence', name)} {value:.3g}"
        if isinstance(value, float)
        else f"{say.value('evidence', name)} {value}"
        for name, value in numbers.items()
        if isinstance(value, int | float)
    ]
    return job_text.plain(" · ".join(parts))


def _remedy(
    say: Words,
    here: diagnosis_state.DiagnosisDesk,
    view: JobView | None,
    seen: examined.Seen,
    finding: Finding,
    number: int,
) -> None:
    remedy = finding.remedy
    if remedy.patch:
        _patch(say, here, view, seen, finding, number)
    elif remedy.action is not None and remedy.action in _RUN:
        _run_button(say, here, view, seen, finding, seen.settings, say(_RUN[remedy.action]), number)
    elif remedy.action is not None and remedy.action in _ON_DESK:
        way = once(f"act_{number}", _to_fuse, here, view, _ON_DESK[remedy.action])
        st.button(say(f"action.{remedy.action}"), icon=":material/swap_horiz:", wrap=True, **way)
    elif remedy.action == Action.FREE_DISK:
        st.page_link(HISTORY, label=say("action.free_disk"), icon=":material/delete:")
    elif remedy.action == Action.WAIT:
        st.caption(say("diagnosis.wait"))
    elif remedy.action is not None:
        st.caption(say("diagnosis.yours"))


def _patch(
    say: Words,
    here: diagnosis_state.DiagnosisDesk,
    view: JobView | None,
    seen: examined.Seen,
    finding: Finding,
    number: int,
) -> None:
    try:
        settings = finding.remedy.applied(seen.settings)
    except FusionError as error:
        cards.error(say, error)
        return
    rows = changes(say, seen.settings, settings)
    if not rows and seen.run is None:  # whatever made it, it was not these settings
        _run_button(say, here, view, seen, finding, settings, say("action.fuse_here"), number)
        return
    if not rows:
        st.caption(say("diagnosis.is_so"))
        return
    if here.asked != _asked(seen, finding):
        _offer(say, here, _asked(seen, finding), rows, number)
        return
    heads = (say("diagnosis.setting"), say("diagnosis.setting.now"), say("diagnosis.setting.then"))
    st.html(bars.table([dict(zip(heads, row, strict=True)) for row in rows]))
    with st.container(horizontal=True, gap="xsmall", key=f"change_{number}"):
        _run_button(say, here, view, seen, finding, settings, say("diagnosis.do"), number)
        st.button(say("diagnosis.leave"), **once(f"leave_{number}", here.ask), wrap=True)


def _offer(
    say: Words,
    here: diagnosis_state.DiagnosisDesk,
    asked: tuple[str, ...],
    rows: list[tuple[str, str, str]],
    number: int,
) -> None:
    """The button that asks for the change."""
    what = say("diagnosis.join").join(f"{name} → {then}" for name, _, then in rows)
    st.button(
        say("diagnosis.try", what=what),
        icon=":material/auto_fix_high:",
        help=say("diagnosis.try.help"),
        **once(f"try_{number}", here.ask, *asked),
        wrap=True,
    )


def _asked(seen: examined.Seen, finding: Finding) -> tuple[str, ...]:
    """Which remedy it is whose change is shown."""
    return (*seen.key, finding.symptom, finding.cause)


def changes(say: Words, before: Settings, after: Settings) -> list[tuple[str, str, str]]:
    """What a remedy changes: the setting, what it is set to, what it would be set to."""
    return [
        (name, now, then)
        for (name, now), (_, then) in zip(job_text.settings(say, before), job_text.settings(say, after), strict=True)
        if now != then
    ]


def _run_button(
    say: Words,
    here: diagnosis_state.DiagnosisDesk,
    view: JobView | None,
    seen: examined.Seen,
    finding: Finding | None,
    settings: Settings,
    label: str,
    number: int,
) -> None:
    """Fuses, unless something is missing for it, which is said.

    Args:
        finding: whose remedy it is; None where nothing but the run went wrong.
    """
    needs = _needs(say, here, view)
    st.button(
        label,
        type="primary" if finding is not None and here.asked == _asked(seen, finding) else "secondary",
        icon=":material/play_arrow:",
        disabled=needs is not None,
        help=needs,
        **once(f"do_{number}", here.run, view, seen.key, finding, settings),
        wrap=True,
    )
    if needs is not None:
        st.caption(needs)


def _needs(say: Words, here: diagnosis_state.DiagnosisDesk, view: JobView | None) -> str | None:
    """What is still needed before the photos can be fused; None where nothing is."""
    target, source, _ = here.files()
    if here.is_trying:
        return say("diagnosis.busy")
    if view is None and not (target and source):
        return say("diagnosis.no_source")
    return say("diagnosis.needs_consent") if here.needs_consent(view) else None


def _to_fuse(here: diagnosis_state.DiagnosisDesk, view: JobView | None, without: Role | None) -> None:
    """To the Fuse page with the photos on its desk, but for the one that is to be another."""
    there = desk()
    if view is not None:
        reopen.open_again(there, view)
    else:
        there.clear()
        for role, data in zip(Role, here.files()[:2], strict=True):
            if data:
                there.take(role, data)
    if without is not None:
        there.remove(without)
    leave_for(FUSE)
