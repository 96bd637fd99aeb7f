"""What size will come out and how sharp, said before the run with its reason and with what helps; what enlarges."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import streamlit as st

from fusion import weights
from fusion.geometry import face_width
from fusion.outlook import Outlook, Subject, Verdict, outlook
from fusion.spec import EngineName, Role, Settings, Size, Tier
from pages.parts.desk import Desk
from pages.parts.words import Words

_LOOKS: Mapping[Verdict, tuple[str, str]] = {
    Verdict.SHARP: ("check_circle", "green"),
    Verdict.SLIGHTLY_SOFT: ("blur_on", "orange"),
    Verdict.SOFT: ("blur_on", "red"),
}

Take = Callable[[Tier | Size], None]


def subject(here: Desk) -> Subject | None:
    """What the photos on the desk bring; None without a target."""
    target, source = (here.slots[role] for role in Role)
    if target.view is None:
        return None
    face = target.view.face(target.chosen)
    other = source.view.face(source.chosen) if source.view else None
    return Subject(
        target.view.size,
        face.box if face else None,
        face_width(face.landmarks) if face else None,
        face_width(other.landmarks) if other else None,
    )


def expected(say: Words, photos: Subject, settings: Settings, take: Take) -> None:
    """Draws what will come out; `take` is told of the smaller output when its button is pressed."""
    seen = outlook(photos, settings, _engine(settings))
    with st.container(gap="xsmall", key="expected"):
        _size(say, seen)
        _face(say, seen)
        reasons = list(_reasons(say, seen))
        if reasons:
            st.caption("\n".join(f"- {reason}" for reason in reasons))
        if seen.smaller is not None:
            st.button(
                say("resolution.take", size=str(seen.smaller)),
                icon=":material/photo_size_select_small:",
                help=say("resolution.take.help"),
                key="take_smaller",
                on_click=take,
                args=(seen.smaller,),
            )


def _engine(settings: Settings) -> EngineName:
    """The engine that `auto` will stand for."""
    if settings.engine != EngineName.AUTO:
        return settings.engine
    return EngineName.UNET if weights.status().is_ready else EngineName.LANDMARK


def _size(say: Words, seen: Outlook) -> None:
    size = seen.plan.size
    comes_out = say("settings.comes_out", width=size.width, height=size.height)
    st.markdown(f":small[:material/aspect_ratio: {comes_out}]")
    if seen.asked:
        st.caption(say("resolution.kept", width=seen.asked.width, height=seen.asked.height))


def _face(say: Words, seen: Outlook) -> None:
    if seen.detail is None or seen.verdict is None:
        return
    icon, colour = _LOOKS[seen.verdict]
    key = f"resolution.{seen.engine}" if seen.is_enlarged else f"resolution.{seen.engine}_whole"
    sentence = say(key, face=seen.detail.face_px, native=seen.detail.native_px, ratio=seen.detail.ratio)
    verdict = say(f"verdict.{seen.verdict}")
    st.markdown(f":small[:{colour}-badge[:material/{icon}: {verdict}] {sentence}]")


def _reasons(say: Words, seen: Outlook) -> Iterator[str]:
    """Why it is soft, and what helps; nothing where all is sharp."""
    is_face_soft = seen.verdict not in (None, Verdict.SHARP)
    if is_face_soft:
        yield say("resolution.why")
    if seen.is_target_soft:
        photo = seen.plan.photo
        yield say("resolution.why_target", scale=seen.plan.scale, width=photo.width, height=photo.height)
    helps = {
        "resolution.helps.source": is_face_soft and seen.engine == EngineName.LANDMARK,
        "resolution.helps.target": seen.is_target_soft,
        "resolution.helps.smaller": is_face_soft or seen.is_target_soft,
        "resolution.helps.two_stage": seen.two_stage_helps,
    }
    what = [say(key) for key, does in helps.items() if does]
    if what:
        yield say("resolution.helps", what=say("run.needs.join").join(what))
