"""The file of a picture taken apart, without decoding it: XMP, EXIF, texts, and a C2PA manifest store as it stands.

PNG, JPEG and WebP are followed part by part. Of TIFF, HEIC and AVIF the same is found where it stands: XMP and EXIF say
themselves where they begin. Standard library. Nothing is raised, however a file is damaged: what cannot be followed
ends it. Time grows with the file's length, and memory too: what is packed is unpacked up to a limit.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice

from fusion.units import MIB

_PNG = b"\x89PNG\r\n\x1a\n"
_MOST_PARTS = 50_000  # chunks or segments; a writer that makes the smallest usual ones needs 33,000 for 256 MiB
_MOST_TEXTS, _MOST_PACKETS = 256, 16
_TEXT_BYTES = MIB  # of one text, unpacked; a graph of ComfyUI has some hundred kilobytes
_XMP_KEY, _RAW_KEY = "XML:com.adobe.xmp", "Raw profile type "
_XMP_SEGMENT, _EXIF_SEGMENT = b"http://ns.adobe.com/xap/1.0/\0", b"Exif\0\0"
_PHOTOSHOP = b"Photoshop 3.0\0"
_IIM_CREDIT = re.compile(rb"\x1c\x02\x6e([\x00-\x01].)", re.DOTALL)  # record 2, data set 110, and its length
# One that is no restart. Not \xff+: of a file that is 0xff throughout such a search would see no end.
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_ALONE = (0x01, 0xD8)  # markers without a segment
_SCAN, _END, _COMMENT = 0xDA, 0xD9, 0xFE
_JUMBF_BOX = 16  # bytes before what a segment holds of a box: "JP", which box, which part, its length and kind
_STORE_SAYS, _STORE_HEAD = b"c2pa", 64  # bytes in which a store says twice what it is: by its kind, and by its name
_C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_PACKET = (b"<x:xmpmeta", b"</x:xmpmeta>")
_TIFF_IN_BOXES = re.compile(rb"Exif\0\0(?=II\*\0|MM\0\*)")


class Kind(StrEnum):
    """How a file is put together."""

    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"
    TIFF = "tiff"
    BOXES = "boxes"  # HEIC and AVIF, and whatever else is boxes of ISO/IEC 14496-12
    OTHER = "other"


@dataclass(slots=True, eq=False)
class Parts:
    """What stands in a file beside its picture; at most so much of each as anybody writes.

    Attributes:
        xmp: packets.
        exif: blocks of TIFF, without what stands before them.
        texts: keyword and text: of a PNG; a JPEG's comments, and its credit by IPTC.
        c2pa: the manifest store, empty without one.
        is_animated: whether a PNG has frames beside its picture, which are shown in its place.
    """

    kind: Kind
    xmp: list[bytes] = field(default_factory=list)
    exif: list[bytes] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)
    c2pa: bytes = b""
    is_animated: bool = False

    def take_xmp(self, packet: bytes) -> None:
        """One more packet."""
        if len(self.xmp) < _MOST_PACKETS:
            self.xmp.append(packet[:_TEXT_BYTES])

    def take_exif(self, block: bytes) -> None:
        """One more block, which may begin as a segment of JPEG does."""
        if len(self.exif) < _MOST_PACKETS:
            self.exif.append(block.removeprefix(_EXIF_SEGMENT))

    def take_text(self, key: str, text: str) -> None:
        """One more text."""
        if len(self.texts) < _MOST_TEXTS:
            self.texts.append((key, text))


def parts(file: bytes) -> Parts:
    """What stands in the file beside its picture."""
    found = Parts(kind_of(file))
    match found.kind:
        case Kind.PNG:
            _of_png(file, found)
        case Kind.JPEG:
            _of_jpeg(file, found)
        case Kind.WEBP:
            _of_webp(file, found)
        case Kind.TIFF:
            found.take_exif(file)
            _scan(file, found)
        case Kind.BOXES:
            _of_boxes(file, found)
            _scan(file, found)
    return found


def kind_of(file: bytes) -> Kind:
    """By how it begins."""
    if file.startswith(_PNG[:4]):
        return Kind.PNG
    if file.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if file.startswith(b"RIFF") and file[8:12] == b"WEBP":
        return Kind.WEBP
    if file.startswith((b"II*\0", b"MM\0*")):
        return Kind.TIFF
    return Kind.BOXES if file[4:8] == b"ftyp" else Kind.OTHER


def png_chunks(file: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Of each chunk its kind, and where its body begins and ends; to the last one, or where they cannot be followed."""
    at = len(_PNG)
    for _ in range(_MOST_PARTS):
        if at + 8 > len(file):
            return
        (length,) = struct.unpack_from(">I", file, at)
        kind, end = file[at + 4 : at + 8], at + 8 + length
        if end > len(file):
            return
        yield kind, at + 8, end
        if kind == b"IEND":
            return
        at = end + 4


def jpeg_segments(file: bytes) -> Iterator[tuple[int, int, int]]:
    """Of each marker its code, and where its segment's body begins and ends; to the end of the picture.

    What follows a scan's header up to the next marker is the scan's data.
    """
    at = 2
    for _ in range(_MOST_PARTS):
        if (marker := _MARKER.search(file, at)) is None:
            return
        code, at = file[marker.end() - 1], marker.end()
        if code in _ALONE:
            continue
        if code == _END or at + 2 > len(file):
            return
        (length,) = struct.unpack_from(">H", file, at)
        end = at + max(length, 2)
        yield code, at + 2, min(end, len(file))
        at = end


def webp_chunks(file: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Of each chunk its kind, and where its body begins and ends; the last may be cut short."""
    at = 12
    for _ in range(_MOST_PARTS):
        if at + 8 > len(file):
            return
        (length,) = struct.unpack_from("<I", file, at + 4)
        yield file[at : at + 4], at + 8, min(at + 8 + length, len(file))
        at += 8 + length + (length & 1)


def _of_png(file: bytes, found: Parts) -> None:
    for kind, at, end in png_chunks(file):
        if kind == b"eXIf":
            found.take_exif(file[at:end])
        elif kind == b"caBX":
            found.c2pa = file[at:end]
        elif kind == b"acTL":
            found.is_animated = True
        elif kind in (b"tEXt", b"zTXt", b"iTXt"):
            _take_png_text(kind, file[at:end], found)


def _take_png_text(kind: bytes, body: bytes, found: Parts) -> None:
    name, _, rest = body.partition(b"\0")
    key, is_packed = name[:79].decode("latin-1"), kind == b"zTXt"
    if kind == b"iTXt":
        is_packed, rest = rest[:1] == b"\1", rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    elif is_packed:
        rest = rest[1:]
    text = _unpacked(rest) if is_packed else rest[:_TEXT_BYTES]
    if key == _XMP_KEY:
        found.take_xmp(text)
    elif key.startswith(_RAW_KEY):
        _take_raw(_from_raw(text), found)
    else:
        found.take_text(key, _decoded(text, is_unicode=kind == b"iTXt"))


def _from_raw(text: bytes) -> bytes:
    """A profile as ImageMagick writes it: a name, a length, and digits."""
    try:
        return bytes.fromhex(b"".join(text.split()[2:]).decode("ascii"))
    except ValueError:
        return b""


def _take_raw(profile: bytes, found: Parts) -> None:
    if _PACKET[0] in profile:
        found.take_xmp(profile.removeprefix(_XMP_SEGMENT))
    elif profile.removeprefix(_EXIF_SEGMENT)[:2] in (b"II", b"MM"):
        found.take_exif(profile)


def _of_jpeg(file: bytes, found: Parts) -> None:
    boxes: dict[bytes, list[bytes]] = {}
    for code, at, end in jpeg_segments(file):
        if code == 0xE1 and file.startswith(_XMP_SEGMENT, at):
            found.take_xmp(file[at + len(_XMP_SEGMENT) : end])
        elif code == 0xE1 and file.startswith(_EXIF_SEGMENT, at):
            found.take_exif(file[at:end])
        elif code == 0xEB and file.startswith(b"JP", at):
            # The first part of a box has its header, which every other one repeats.
            box = boxes.setdefault(file[at + 2 : at + 4], [])
            box.append(file[at + _JUMBF_BOX : end] if box else file[at + 8 : end])
        elif code == 0xED and file.startswith(_PHOTOSHOP, at):
            _take_credit(file[at:end], found)
        elif code == _COMMENT:
            found.take_text("Comment", _decoded(file[at:end]))
    # Depth, panoramas and JPEG XT are boxes too. One damaged byte makes no store look like them.
    found.c2pa = b"".join(store for store in map(b"".join, boxes.values()) if _STORE_SAYS in store[:_STORE_HEAD])


def _take_credit(block: bytes, found: Parts) -> None:
    for credit in _IIM_CREDIT.finditer(block):
        (length,) = struct.unpack(">H", credit[1])
        found.take_text("Credit", _decoded(block[credit.end() : credit.end() + length]))


def _of_webp(file: bytes, found: Parts) -> None:
    for kind, at, end in webp_chunks(file):
        if kind == b"XMP ":
            found.take_xmp(file[at:end])
        elif kind == b"EXIF":
            found.take_exif(file[at:end])
        elif kind == b"C2PA":
            found.c2pa = file[at:end]


def _of_boxes(file: bytes, found: Parts) -> None:
    at = 0
    for _ in range(_MOST_PARTS):
        if at + 8 > len(file):
            return
        length, kind = struct.unpack_from(">I4s", file, at)
        header = 8
        if length == 1 and at + 16 <= len(file):
            (length,) = struct.unpack_from(">Q", file, at + 8)
            header = 16
        if kind == b"uuid" and file.startswith(_C2PA_UUID, at + header):
            found.c2pa = file[at + header + 16 : at + length]
        if length < header:
            return  # damaged, or the last one
        at += length


def _scan(file: bytes, found: Parts) -> None:
    """XMP and EXIF, wherever in the file they stand."""
    at = 0
    while (begin := file.find(_PACKET[0], at)) >= 0 and len(found.xmp) < _MOST_PACKETS:
        end = file.find(_PACKET[1], begin)
        if end < 0:
            break
        at = end + len(_PACKET[1])
        found.take_xmp(file[begin:at])
    if found.kind == Kind.BOXES:
        for block in islice(_TIFF_IN_BOXES.finditer(file), _MOST_PACKETS):
            found.take_exif(file[block.end() : block.end() + _TEXT_BYTES])


def _unpacked(packed: bytes) -> bytes:
    """As much as may be, or as can be had of what is damaged."""
    try:
        return zlib.decompressobj().decompress(packed, _TEXT_BYTES)
    except zlib.error:
        return b""


def _decoded(text: bytes, is_unicode: bool = False) -> str:
    """UTF-8 where it can be that, since many write it where the format has Latin-1."""
    try:
        return text.decode("utf-8", "replace" if is_unicode else "strict")
    except UnicodeDecodeError:
        return text.decode("latin-1")
