"""From the history back to the Fuse page: a job's photos and settings onto the desk, or a job that still runs."""

from __future__ import annotations

import contextlib

from fusion.errors import FusionError, frameless
from fusion.jobs import JobView
from fusion.types import Role
from pages.parts.fuse import settings_form
from pages.parts.session import Desk, pins


def open_again(here: Desk, view: JobView) -> None:
    """Put what a job was made of onto the desk, with its result; where its photos are gone, that is noted."""
    here.clear()
    try:
        target, _ = here.queue.photos(view.id)
        sources = here.queue.sources(view.id)
    except FusionError as error:
        here.note = frameless(error)
    else:
        here.take(Role.TARGET, target, view.target_name)
        here.take_sources(zip((photo.name for photo in view.sources), sources, strict=True))
        here.lay(view.settings)
    settings_form.prepare()
    here.wishes.pinned = pins.said(view.settings)
    settings_form.put(here, view.settings)
    with contextlib.suppress(OSError):  # the history says that it is gone
        here.show(view)


def follow(here: Desk, view: JobView) -> None:
    """Take up a job that has not ended, with what it is made of; a callback."""
    open_again(here, view)
    here.job = view.id
