"""What one session holds: a typed state for each page, and pictures made small enough for it.

A package of parts asks here for the state of its page and leaves drawing to itself. `desk` is the Fuse page's,
`history_state`, `batch_state` and `diagnosis_state` the others'; `bound` ties a widget to what is stored, and
`labelling` knows of the label in what leaves.
"""

from __future__ import annotations

from pages.parts.session import (
    batch_state,
    diagnosis_state,
    examined,
    fuse_state,
    history_state,
    labelling,
    pins,
    previews,
    uploads,
)
from pages.parts.session.agreement import Agreement
from pages.parts.session.fuse_state import Desk, desk
from pages.parts.session.history_state import Album
from pages.parts.session.photo_slot import Slot
from pages.parts.session.stored_widgets import bound

__all__ = [
    "Agreement",
    "Album",
    "Desk",
    "Slot",
    "batch_state",
    "bound",
    "desk",
    "diagnosis_state",
    "examined",
    "fuse_state",
    "history_state",
    "labelling",
    "pins",
    "previews",
    "uploads",
]
