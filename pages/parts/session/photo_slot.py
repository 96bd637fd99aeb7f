"""One of the two photos on a desk, and what both bring together."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from advisor.recommendation import Pair
from fusion import config
from fusion.errors import FusionError, PhotoRejected, frameless
from fusion.face_setting import LARGEST, WhichFace
from fusion.faces import box_of, geometry
from fusion.photos import Limits, Photo, decode
from fusion.sizing import Subject
from fusion.types import Role
from pages.parts.i18n import job_text
from pages.parts.services import finder
from pages.parts.session.previews import PhotoView, view_photo


@dataclass(slots=True)
class Slot:
    """One of the two photos: empty, refused (`error`) or read (`view`)."""

    data: bytes = b""
    name: str = ""  # of the file
    view: PhotoView | None = None
    error: FusionError | None = None
    chosen: WhichFace = LARGEST
    turn: int = 0  # goes into the uploader's key: a new turn is an empty uploader

    def choose(self, which: WhichFace) -> None:
        """That face, by its box as soon as it is known: an index would be another face to another detector."""
        face = self.view.face(which) if self.view else None
        self.chosen = which if face is None or which == LARGEST else box_of(face)


def filled(role: Role, data: bytes, name: str, turn: int, *, is_sample: bool = False) -> Slot:
    """A slot with a photo; one that is refused leaves its reason. Only a sample is remembered when it is seen again."""
    slot = Slot(name=job_text.short(name), turn=turn)
    limits = Limits(max_bytes=config.load().max_upload_bytes)
    try:
        photo = decode.read(data, role, limits)
        seen = (photo, len(data))
        slot.view = _sample_view(photo.sha256, *seen) if is_sample else _view(*seen)
    except PhotoRejected as error:
        slot.error = frameless(error)
    else:
        slot.data = data
    return slot


def _view(photo: Photo, file_bytes: int) -> PhotoView:
    return view_photo(photo, finder(), file_bytes)


@st.cache_resource(show_spinner=False, max_entries=len(Role))
def _sample_view(sha256: str, _photo: Photo, _file_bytes: int) -> PhotoView:
    del sha256  # which sample it is
    return _view(_photo, _file_bytes)


def subject_of(target: Slot, source: Slot) -> Subject | None:
    """What the photos bring; None without a target."""
    if target.view is None:
        return None
    face = target.view.face(target.chosen)
    other = source.view.face(source.chosen) if source.view else None
    return Subject(
        target.view.size,
        face.box if face else None,
        geometry.face_width(face.landmarks) if face else None,
        geometry.face_width(other.landmarks) if other else None,
        source.view.size if source.view else None,
    )


def pair_of(target: Slot, source: Slot) -> Pair | None:
    """The same, with what advice must know of the chosen faces."""
    subject = subject_of(target, source)
    if subject is None:
        return None
    looks = [slot.view.look(slot.chosen) if slot.view else None for slot in (target, source)]
    shown = [slot.view.shows(slot.chosen) if slot.view else None for slot in (target, source)]
    both = (shown[0], shown[1]) if shown[0] is not None and shown[1] is not None else None
    return Pair(subject, looks[0], looks[1], both)
