"""From the history back to the Fuse page: a job's photos and settings onto the desk, or a job that still runs."""

from __future__ import annotations

from fusion.errors import FusionError, frameless
from fusion.jobs import JobView
from fusion.types import Role
from pages.parts.fuse import settings_form
from pages.parts.session import Desk, pins


def open_again(here: Desk, view: JobView) -> None:
    """Put what a job was made of onto the desk; where its photos are gone, the settings alone, and that is noted."""
    here.clear()
    try:
        photos = here.queue.photos(view.id)
    except FusionError as error:
        here.note = frameless(error)
    else:
        names = (view.target_name, view.source_name)
        faces = (view.settings.faces.target, view.settings.faces.source)
        for role, data, name, face in zip(Role, photos, names, faces, strict=True):
            here.take(role, data, name)
            here.slots[role].choose(face)
    settings_form.prepare()
    here.wishes.pinned = pins.said(view.settings)
    settings_form.put(here, view.settings)


def follow(here: Desk, view: JobView) -> None:
    """Take up a job that has not ended, with what it is made of; a callback."""
    open_again(here, view)
    here.job = view.id
