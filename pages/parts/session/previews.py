"""Pictures and numbers made small enough for a page: what a page keeps of a photo, and of a result. No Streamlit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from advisor.recommendation import face_look
from fusion import compared, provenance, sources, suitability
from fusion.errors import FusionError, NoFace, frameless
from fusion.face_setting import WhichFace
from fusion.faces import Face, FaceFinder, Search, choose, known, largest, picked
from fusion.facts import Facts
from fusion.jobs import Outcome
from fusion.labels import Label
from fusion.notices import Notice
from fusion.parsing import parse
from fusion.photos import Format, Photo, stored
from fusion.provenance import Leaving
from fusion.settings import Settings
from fusion.suitability import Shown
from fusion.types import Box, Role, Size

PHOTO_SIDE = 900  # px; a photo beside the settings
SMALL_FACE = {Role.TARGET: 64, Role.SOURCE: 100}  # px wide; below it the result is soft
TURNED_YAW = 30.0  # degrees; beyond this the other cheek is missing


@dataclass(frozen=True, slots=True)
class PhotoView:
    """What a page keeps of a photo: its facts, its faces and a small picture, as a data URL.

    `looks`: what advice must know of each face. `shown`: what the photo shows of it. `largest`: what tells whether the
    largest face suits another.
    """

    sha256: str
    size: Size
    notices: tuple[Notice, ...]
    faces: tuple[Face, ...]
    turned: tuple[Box, ...]
    url: str
    looks: tuple[face_look.Look, ...] = ()
    shown: tuple[Shown, ...] = ()
    largest: sources.Look | None = None

    def measured(self, chosen: WhichFace) -> sources.Look | None:
        """What tells whether a face suits another; None where it is not the largest, or there is none."""
        face = self.face(chosen)
        return self.largest if face is not None and face is largest(self.faces) else None

    def face(self, chosen: WhichFace) -> Face | None:
        """The face that will be used, None where there is none."""
        return picked(self.faces, chosen)

    def look(self, chosen: WhichFace) -> face_look.Look | None:
        """Of the same face."""
        face = self.face(chosen)
        return self.looks[self.faces.index(face)] if face and self.looks else None

    def shows(self, chosen: WhichFace) -> Shown | None:
        """Likewise."""
        face = self.face(chosen)
        return self.shown[self.faces.index(face)] if face and self.shown else None


@dataclass(frozen=True, slots=True)
class ResultView:
    """What a page keeps of a result. The full picture stays in its file, `output`.

    `is_transparent`: in part; the small pictures show that by a chequered ground.
    """

    job: str
    settings: Settings
    output: Path
    facts: Facts
    recipe: Mapping[str, Any]
    size: Size
    before: str
    after: str
    face: compared.Fractions | None
    patch: compared.Patch | None
    is_transparent: bool = False

    @property
    def notices(self) -> tuple[Notice, ...]:
        return self.facts.notices


def view_photo(read: Photo, finder: FaceFinder, file_bytes: int) -> PhotoView:
    """What a page keeps of a photo that was read; `file_bytes`: of its file."""
    search = known.search(finder, read)
    parsed = [parse(read.pixels, face) for face in search.faces]
    main = largest(search.faces) if search.faces else None
    return PhotoView(
        read.sha256,
        read.size,
        read.notices,
        search.faces,
        search.turned,
        compared.picture(read.pixels, PHOTO_SIDE),
        tuple(face_look.look(read.pixels, face, file_bytes) for face in search.faces),
        tuple(suitability.look(read.pixels, *each) for each in zip(search.faces, parsed, strict=True)),
        sources.look(read.pixels, main, parsed[search.faces.index(main)]) if main else None,
    )


def no_face(view: PhotoView, chosen: WhichFace, role: Role) -> FusionError | None:
    """Why the face that is meant cannot be used, or None when it can."""
    try:
        choose(Search(view.faces, view.turned), chosen, role)
    except NoFace as error:
        return frameless(error)
    return None


def view_result(job: str, settings: Settings, outcome: Outcome, *, before_job: str = "") -> ResultView:
    """What a page keeps of a finished job. Three frames are held at most, mostly two.

    Args:
        before_job: whose result is in the place of what was before; "" where that is the target.
    """
    made = _made(outcome, job, before_job)
    return ResultView(
        job=job,
        settings=settings,
        output=outcome.output,
        facts=outcome.facts,
        recipe=outcome.recipe,
        size=made.size,
        before=made.before,
        after=made.after,
        face=made.face,
        patch=made.patch,
        is_transparent=stored.is_transparent(outcome.output),
    )


def _made(outcome: Outcome, job: str, before_job: str) -> compared.Compared:
    """As the worker has left it; of two results, or where it has left nothing, made of the pictures themselves."""
    found = None if before_job else compared.kept(outcome.output)
    if found is not None:
        return found
    room = outcome.facts.region
    if before_job:
        before = compared.Half.of(compared.frame(outcome.before), room, before_job)
    else:
        before = compared.Half.of_target(outcome.before, outcome.output, room)
    return compared.compared(before, compared.Half.of(compared.frame(outcome.output), room, job))


def as_file(result: ResultView, format: Format, label: Label | None = None) -> bytes:
    """The result as a file to download.

    Args:
        label: that is drawn into it; None for none.

    Raises:
        OutputRejected: it is transparent in part, and the format knows no such thing; it could not be signed.
        OSError: its file is missing or damaged.
    """
    return _parcel(result, format, label).whole()


def recipe_file(result: ResultView, label: Label | None) -> str:
    """The recipe of the file that `as_file` makes.

    Raises:
        OutputRejected, OSError: as of `as_file`.
    """
    return provenance.dumps(_parcel(result, Format.PNG, label).recipe)


def _parcel(result: ResultView, format: Format, label: Label | None) -> provenance.Parcel:
    clear, leaving = result.facts.to_keep_clear, Leaving.as_set(label)
    return provenance.unpacked(result.output, format, result.recipe, leaving, id=result.job, faces=clear)
