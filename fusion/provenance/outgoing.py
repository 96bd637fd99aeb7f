"""The one way out of a picture: every file that a person is given is made here, so that each says what it is.

What is done, in this order: the visible label is drawn, an invisible watermark is put in, the picture is encoded with
its recipe and the XMP packet of its origin, the file is signed. The packet cannot be left out.

A job of the app stores its picture without a label. That is drawn as the picture leaves, so that what somebody has
said of it since counts; whatever is done then, the recipe that leaves says it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np

from fusion import config, watermark
from fusion.errors import FusionError
from fusion.labels import Label, drawn
from fusion.marks import AigcLabel, xmp
from fusion.notices import Notice
from fusion.photos import Format, pieces, stored
from fusion.provenance.recipe import VERSION, metadata, software
from fusion.signing import Signer
from fusion.sizing import Rect
from fusion.storage import PhotoFiles
from fusion.types import Box
from fusion.units import MIB

_PIECE_BYTES = MIB
_SHA256 = re.compile(r"[0-9a-f]{64}")
QUALITY = 95  # of a JPEG or WebP that nobody asked for otherwise

Json = Mapping[str, Any]
Watermark = Callable[[np.ndarray, str], np.ndarray]  # pixels (H, W, 3) uint8 and the job's id; the marked pixels
Target = Callable[[], bytes | None]  # the file of a result's target, where it is at hand


class Signing(Protocol):
    """Who signs files, and is named so in recipes: as `fusion.signing.Signer`."""

    @property
    def name(self) -> str: ...

    def sign(self, file: bytes, format: Format, recipe: Json, *, target: bytes | None = None) -> bytes: ...


def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Leaving:
    """What is done to a picture as it leaves, besides what is always done.

    Attributes:
        producer: who made it, as its label of GB 45438 names them.
        label: the visible one; None: none is drawn.
        watermark: puts an invisible one in; None: nothing does.
        signer: None: it is not signed.
        photos: where the photos of jobs are kept; a signature takes along what a target's own says.
    """

    producer: str = "Fusewise"
    label: Label | None = None
    watermark: Watermark | None = None
    signer: Signing | None = None
    photos: PhotoFiles | None = None

    @classmethod
    def stored(cls) -> Self:
        """Of a picture that the app keeps: nothing is done yet.

        Raises:
            SettingsInvalid: FUSEWISE_PRODUCER cannot be used.
        """
        return cls(config.load().producer)

    @classmethod
    def as_set(cls, label: Label | None) -> Self:
        """Of one that leaves, by the settings in the environment.

        Args:
            label: that is to be seen; None for none.

        Raises:
            SettingsInvalid: one of them cannot be used.
        """
        found = config.load()
        return cls(
            found.producer, label, watermark.as_set(found), Signer.as_set(found), PhotoFiles(found.data / "photos")
        )

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing to do but what is always done."""
        return self.label is None and self.watermark is None and self.signer is None

    def changes(self, recipe: Json) -> bool:
        """Whether a picture with this recipe leaves otherwise than it was stored."""
        return not self.is_plain or "id" not in recipe  # of a version that wrote no label


@dataclass(frozen=True, slots=True)
class Parcel:
    """A picture that leaves.

    Attributes:
        recipe: what it is, as it leaves.
        pieces: of its file, in their order.
        notices: what is to be told of it besides.
    """

    recipe: dict[str, Any]
    pieces: Iterator[bytes]
    notices: tuple[Notice, ...] = ()

    def whole(self) -> bytes:
        """The file."""
        return b"".join(self.pieces)


def packed(
    pixels: np.ndarray,
    format: Format,
    recipe: Json,
    leaving: Leaving,
    *,
    faces: Sequence[Box] = (),
    opaque: Rect | None = None,
    quality: int = QUALITY,
    target: Target = _nothing,
) -> Parcel:
    """A picture that leaves.

    Args:
        pixels: (H, W, 3) uint8 sRGB. A visible label is drawn into them.
        recipe: of the job, with an `id`.
        faces: that the label shall not cover, px of the picture.
        opaque: the part that is not transparent, px; None for all.
        quality: 1 to 100, of a JPEG or WebP.
        target: asked where the file is signed.

    Raises:
        OutputRejected: the format knows no transparency; the file could not be signed.
    """
    told: dict[str, Any] = {"consent": None, **recipe, "label": None, "watermark": False, "signed": None}
    notices: tuple[Notice, ...] = ()
    if leaving.label is not None:
        pixels, placed = drawn(pixels, leaving.label, faces, opaque)
        told["label"] = placed.to_json()
        notices = (placed.notice,) if placed.notice else ()
    if leaving.watermark is not None:
        pixels = leaving.watermark(pixels, told["id"])
        told["watermark"] = True
    if leaving.signer is not None:
        told["signed"] = leaving.signer.name

    packet = partial(_packet, leaving.producer, told["id"], software(told))
    made = pieces(pixels, format, quality=quality, metadata=metadata(told), xmp=packet, opaque=opaque)
    if leaving.signer is not None:
        made = iter([leaving.signer.sign(b"".join(made), format, told, target=target())])
    return Parcel(told, made, notices)


def unpacked(
    output: Path,
    format: Format,
    recipe: Json,
    leaving: Leaving,
    *,
    id: str,
    faces: Sequence[Box] = (),
) -> Parcel:
    """A picture that the worker has stored, and that leaves now; where there is nothing to do its file as it is.

    Args:
        output: its file, which is opened when the first piece is asked for, or at once where it is made anew.
        id: the job's.

    Raises:
        OutputRejected: as `packed`.
        OSError: the file is missing or damaged; raised as well by the pieces.
    """
    if format == Format.PNG and not leaving.changes(recipe):
        return Parcel(dict(recipe), _read(output))
    pixels, opaque = stored.frame(output)
    target = partial(_kept, leaving.photos, recipe)
    return packed(pixels, format, {"id": id, **recipe}, leaving, faces=faces, opaque=opaque, target=target)


def small(pixels: np.ndarray, id: str, *, quality: int) -> bytes:
    """A JPEG of a result for a page, which says what it is wherever it gets to; it has no recipe and no signature.

    Args:
        pixels: (H, W, 3) uint8 sRGB, of the result or of a part of it, at whatever size.
        id: of the job.
        quality: 1 to 100.

    Raises:
        SettingsInvalid: FUSEWISE_PRODUCER cannot be used.
    """
    packet = partial(_packet, Leaving.stored().producer, id, software({"fusewise": VERSION}))
    return b"".join(pieces(pixels, Format.JPEG, quality=quality, xmp=packet))


def _packet(producer: str, id: str, program: str, digest: str) -> str:
    return xmp.packet(AigcLabel("1", producer, id, digest, producer, id), program)


def _kept(photos: PhotoFiles | None, recipe: Json) -> bytes | None:
    """The file of a result's target; None where nobody keeps it any more."""
    sha256 = str((recipe.get("target") or {}).get("sha256", ""))
    if photos is None or not _SHA256.fullmatch(sha256):
        return None
    try:
        return photos.read(sha256)
    except FusionError:  # it was removed before its result; the signature names it by its hash all the same
        return None


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            yield piece
