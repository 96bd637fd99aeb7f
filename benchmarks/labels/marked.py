"""Photos with a life in their metadata: places, names and serial numbers, each with a mark that nothing else has."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import ExifTags, Image, PngImagePlugin

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF")
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XMP = (
    ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
    ("xmlns:photoshop", "http://ns.adobe.com/photoshop/1.0/"),
    ("xmlns:aux", "http://ns.adobe.com/exif/1.0/aux/"),
    ("xmlns:Iptc4xmpCore", "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """A photo's file, and the marks in it."""

    format: str
    file: bytes
    marks: tuple[str, ...]


class Marks:
    """Makes marks, of letters that no format and no library writes by itself."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self.made: list[str] = []

    def __call__(self, kind: str) -> str:
        mark = f"{kind}Zq{self._dice.getrandbits(48):012x}"
        self.made.append(mark)
        return mark


def photos(pixels: np.ndarray, count: int, seed: int = 18) -> Iterator[Marked]:
    """So many files of one picture (H, W, 3) uint8, each with metadata of its own, in every format in turn."""
    dice = random.Random(seed)
    for number in range(count):
        marks = Marks(dice)
        kind = FORMATS[number % len(FORMATS)]
        file = _made(Image.fromarray(pixels), kind, marks, dice)
        yield Marked(kind, file, tuple(marks.made))


def _made(image: Image.Image, kind: str, marks: Marks, dice: random.Random) -> bytes:
    buffer, exif = io.BytesIO(), _exif(marks, dice)
    if kind == "TIFF":
        exif.load(exif.tobytes())  # Pillow reads the inner directories from a file alone
        image.save(buffer, "TIFF", exif=exif)
        return buffer.getvalue()
    packet = _packet(marks)
    if kind == "PNG":
        image.save(buffer, "PNG", exif=exif, pnginfo=_texts(marks, packet), icc_profile=_profile(marks))
        return buffer.getvalue() + marks("tail").encode()
    more = {"comment": marks("comment").encode()} if kind == "JPEG" else {}
    image.save(buffer, kind, exif=exif, xmp=packet.encode(), icc_profile=_profile(marks), quality=92, **more)
    data = buffer.getvalue()
    return (_with_iptc(data, marks) if kind == "JPEG" else data) + marks("tail").encode()


def _exif(marks: Marks, dice: random.Random) -> Image.Exif:
    exif = Image.Exif()
    for tag in ("Make", "Model", "Artist", "Copyright", "ImageDescription", "Software", "HostComputer"):
        exif[ExifTags.Base[tag]] = marks(tag.lower())
    tags = ("CameraOwnerName", "BodySerialNumber", "LensSerialNumber", "LensModel", "ImageUniqueID")
    exif[ExifTags.IFD.Exif] = {
        **{ExifTags.Base[tag]: marks(tag.lower()) for tag in tags},
        ExifTags.Base.UserComment: b"ASCII\0\0\0" + marks("usercomment").encode(),
        ExifTags.Base.MakerNote: marks("makernote").encode(),
    }
    exif[ExifTags.IFD.GPSInfo] = {
        ExifTags.GPS.GPSLatitudeRef: "N",
        ExifTags.GPS.GPSLongitudeRef: "E",
        ExifTags.GPS.GPSLatitude: (float(dice.randrange(90)), float(dice.randrange(60)), float(dice.randrange(60))),
        ExifTags.GPS.GPSLongitude: (float(dice.randrange(180)), float(dice.randrange(60)), float(dice.randrange(60))),
        ExifTags.GPS.GPSAreaInformation: marks("area").encode(),
        ExifTags.GPS.GPSDateStamp: marks("gpsdate"),
    }
    return exif


def _packet(marks: Marks) -> str:
    spaces = " ".join(f'{name}="{value}"' for name, value in _XMP)
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}"><rdf:Description rdf:about="" {spaces} '
        f'photoshop:City="{marks("city")}" photoshop:Credit="{marks("credit")}" aux:SerialNumber="{marks("serial")}" '
        f'Iptc4xmpCore:Location="{marks("location")}"><dc:creator><rdf:Seq><rdf:li>{marks("creator")}</rdf:li></rdf:Seq>'
        f"</dc:creator><dc:subject><rdf:Bag><rdf:li>{marks('keyword')}</rdf:li></rdf:Bag></dc:subject>"
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    )


def _texts(marks: Marks, packet: str) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", marks("author"))
    info.add_text("Comment", marks("ztxt"), zip=True)
    info.add_itxt(marks("key"), marks("itxt"))
    info.add_itxt("XML:com.adobe.xmp", packet, zip=True)
    return info


def _profile(marks: Marks) -> bytes:
    """A profile of sRGB with somebody's words behind it."""
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + marks("profile").encode()


def _with_iptc(data: bytes, marks: Marks) -> bytes:
    """A JPEG with IPTC's records (IIM 4.2) in Photoshop's APP13, behind its first marker."""
    fields = {80: "byline", 90: "iptccity", 101: "country", 105: "headline", 120: "caption", 25: "iptckeyword"}
    records = b"".join(
        struct.pack(">BBBH", 0x1C, 2, number, len(text)) + text
        for number, text in ((number, marks(name).encode()) for number, name in fields.items())
    )
    block = b"8BIM" + struct.pack(">HHI", 0x0404, 0, len(records)) + records + b"\0" * (len(records) % 2)
    body = b"Photoshop 3.0\0" + block
    return data[:2] + b"\xff\xed" + struct.pack(">H", len(body) + 2) + body + data[2:]


def readable(file: bytes) -> bytes:
    """A file with what is packed in it unpacked beside it: every zlib stream in a PNG's texts and profile."""
    found = [file]
    at = 8
    while file.startswith(b"\x89PNG") and at + 12 <= len(file):
        (length,) = struct.unpack_from(">I", file, at)
        if file[at + 4 : at + 8] in (b"zTXt", b"iTXt", b"iCCP"):
            found.append(_unpacked(file[at + 8 : at + 8 + length]))
        at += 12 + length
    return b"\n".join(found)


def _unpacked(body: bytes) -> bytes:
    for start in range(len(body)):
        if body[start : start + 1] == b"\x78":
            try:
                return zlib.decompress(body[start:])
            except zlib.error:
                continue
    return b""
