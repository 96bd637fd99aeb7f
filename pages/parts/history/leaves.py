"""With what a result leaves: a label, a signature, a watermark, the consent given with its job."""

from __future__ import annotations

import time

import streamlit as st

from fusion import config
from fusion.jobs import JobView
from pages.parts.i18n import Words, job_text
from pages.parts.session import labelling


def every(say: Words) -> tuple[str, ...]:
    """What is done to each result as it leaves now."""
    found, standing = [], labelling.standing(say)
    if standing.drawn is not None:
        found.append(f":material/branding_watermark: {say('leaves.label', text=standing.drawn.text)}")
    elif not standing.is_open:
        found.append(f":material/branding_watermark: {say('leaves.no_label')}")
    settings = config.load()
    if settings.c2pa_cert is not None:
        found.append(f":material/signature: {say('leaves.signed')}")
    if settings.watermark == "on":
        found.append(f":material/water_drop: {say('leaves.watermark')}")
    return tuple(found)


def consent(say: Words, view: JobView) -> str:
    """That consent was given with a job, for a card; empty where none was, or where there is no result."""
    if view.outcome is None or view.consent is None:
        return ""
    return f":material/handshake: {say('leaves.consent')}"


def lines(say: Words, view: JobView) -> list[str]:
    """The same of a job that is open, with when consent was given."""
    found = [] if view.outcome is None else [" &nbsp; ".join(every(say))]
    given = say("leaves.no_consent")
    if view.consent is not None:
        when = job_text.when(say, view.consent.at, st.context.timezone, time.time())
        given = say("leaves.consent.when", when=when)
    return [*filter(None, found), f":material/handshake: {given}"]
