"""The photos of a batch: three ways to give them, and what is made of what was given."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from streamlit.typing import UploadedFile

from fusion.batches import Plan
from fusion.errors import FusionError, frameless
from fusion.settings import MAX_SOURCES, Settings
from fusion.types import Role
from fusion.units import MB
from pages.parts import uploading
from pages.parts.components import fields
from pages.parts.i18n import Words, job_text
from pages.parts.session import batch_state, uploads

ZIP_MB = 500  # within `maxUploadSize` in .streamlit/config.toml, in whichever unit a browser takes it
_EXAMPLE = "target,source,output,ratio\nbeach.jpg,anna.jpg,1024,0.8\nparty.jpg,ben.jpg,,"


@dataclass(frozen=True, slots=True, eq=False)
class Uploads:
    """What was given, and how."""

    way: batch_state.Way
    targets: list[UploadedFile]
    sources: list[UploadedFile]
    table: UploadedFile | None = None
    packed: UploadedFile | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.targets or self.sources or self.table or self.packed)

    @property
    def ids(self) -> frozenset[str]:
        """Of the files, as Streamlit names them: no two that were given have one."""
        files = (*self.targets, *self.sources, self.table, self.packed)
        return frozenset(file.file_id for file in files if file is not None)

    @property
    def missing(self) -> str | None:
        """The key of what else is needed; None where nothing is."""
        if self.way == batch_state.Way.FILES:
            if self.packed is not None:
                return None
            if self.table is None:
                return "batch.need.list" if self.targets else "batch.need.files"
            return None if self.targets else "batch.need.photos"
        if not self.sources:
            return "batch.need.source" if self.way == batch_state.Way.ONE_SOURCE else "batch.need.sources"
        if not self.targets:
            return "batch.need.targets" if self.way == batch_state.Way.ONE_SOURCE else "batch.need.target"
        return None


def photos(say: Words, here: batch_state.BatchDesk) -> Uploads:
    """Draws the uploaders of the way that is chosen."""
    way = batch_state.Way(
        fields.one_of(
            say("batch.way"),
            [str(way) for way in batch_state.Way],
            key="batch_way",
            first=str(batch_state.Way.ONE_SOURCE),
            format_func=lambda value: say(f"batch.way.{value}"),
            label_visibility="collapsed",
        )
    )
    st.caption(say(f"batch.way.{way}.help", limit=MAX_SOURCES))
    if way == batch_state.Way.FILES:
        return _files(say, here)
    if way == batch_state.Way.ONE_SOURCE:
        person = _photos(say, here, Role.SOURCE, "person", is_many=True)
        return Uploads(way, _photos(say, here, Role.TARGET, "targets", is_many=True), person)
    targets = _photos(say, here, Role.TARGET, "target", is_many=False)
    return Uploads(way, targets, _photos(say, here, Role.SOURCE, "sources", is_many=True))


def planned(say: Words, here: batch_state.BatchDesk, given: Uploads, settings: Settings) -> Plan | FusionError | None:
    """What is made of it; None while something is missing, or why nothing can be."""
    if given.missing is not None:
        return None
    try:
        with st.spinner(say("batch.checking"), show_time=False):
            if given.packed is not None:
                return here.from_zip(given.packed, settings)
            if given.table is not None:
                return here.from_list(given.table, given.targets, settings)
            one_person = given.way == batch_state.Way.ONE_SOURCE
            return here.cross(given.targets, given.sources, settings, one_person=one_person)
    except FusionError as error:
        return frameless(error)


def name_of(given: Uploads) -> str:
    """The name of the file that the batch is called after."""
    first = {
        batch_state.Way.ONE_SOURCE: given.sources,
        batch_state.Way.ONE_TARGET: given.targets,
        batch_state.Way.FILES: [file for file in (given.packed, given.table) if file],
    }[given.way][0]
    return job_text.short(first.name)


def counted(say: Words, key: str, count: int, **details: str | int) -> str:
    """A sentence about so many, which is another one about one."""
    return say(f"{key}.one" if count == 1 else key, count=count, **details)


def _photos(say: Words, here: batch_state.BatchDesk, role: Role, what: str, *, is_many: bool) -> list[UploadedFile]:
    """One box.

    Args:
        what: is asked for in it; the end of its label's key, and its own key.
    """
    limit = uploads.let_through(here.looker.allowed.photo.max_bytes)
    kind = uploading.Kind.PHOTOS if is_many else uploading.Kind.PHOTO
    place = uploading.Place(say(f"batch.{what}"), kind, uploading.PHOTOS, limit, pastes=True)
    key, help = f"batch_{what}_{here.turn}", say(f"{role}.help")
    if is_many:
        return uploading.boxes(say, place, key, help=help)
    file = uploading.box(say, place, key, help=help)
    return [] if file is None else [file]


def _files(say: Words, here: batch_state.BatchDesk) -> Uploads:
    types = ("zip", "csv", *uploading.PHOTOS)
    place = uploading.Place(say("batch.files"), uploading.Kind.FILES, types, ZIP_MB * MB)
    files = uploading.boxes(say, place, f"batch_files_{here.turn}")
    with st.expander(say("batch.format"), key="batch_format"):
        st.markdown(say("batch.format.text", limit=ZIP_MB))
        st.code(_EXAMPLE, language=None)
    kinds: dict[str, list[UploadedFile]] = {"zip": [], "csv": [], "photo": []}
    for file in files:
        suffix = file.name.rpartition(".")[2].lower()
        kinds[suffix if suffix in kinds else "photo"].append(file)
    table, packed = (kinds[kind][-1] if kinds[kind] else None for kind in ("csv", "zip"))
    return Uploads(batch_state.Way.FILES, [] if packed else kinds["photo"], [], None if packed else table, packed)
