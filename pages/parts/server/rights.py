"""What the administrator alone may do, and what others are told in its place."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from api.server import discretion
from fusion.errors import Detail, FusionError, NotAllowed, Reason
from pages.parts.i18n import Words
from pages.parts.server import visitor


def need() -> None:
    """Raises where an act is the administrator's and whoever asks for it is not; first thing in the act itself.

    Raises:
        NotAllowed: it is somebody else.
    """
    if not visitor.is_administrator():
        raise NotAllowed(Reason.ADMINISTRATOR_ONLY)


def told(say: Words) -> bool:
    """Whether whoever looks is the administrator; where not, a sentence says so."""
    if visitor.is_administrator():
        return True
    text = say("rights.only")
    st.caption(f":material/lock: {text}")
    return False


def anonymous(say: Words, details: Mapping[str, Detail]) -> Mapping[str, Detail]:
    """What is told of somebody's process, without its name and number for others than the administrator."""
    if "pid" not in details or visitor.is_administrator():
        return details
    return {**details, "pid": "–", "name": say("whose.other")}


def discreet(failure: FusionError) -> FusionError:
    """An error as others than the administrator may read it: with names of files, without the folders they lie in."""
    return failure if visitor.is_administrator() else discretion.discreet(failure)
