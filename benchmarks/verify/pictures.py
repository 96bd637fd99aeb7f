"""Pictures of ours and of others, and what becomes of them: made on the spot, of nobody."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

from fusion import provenance, signing
from fusion.labels import Label
from fusion.marks.containers import jpeg_segments, parts, png_chunks, webp_chunks
from fusion.photos import Format, encode
from fusion.sizing import Rect
from tests.support.fixtures.chains import chain
from tests.support.fixtures.marked import picture
from tests.support.fixtures.photos import scene

ID = "01jd9q4f8m2k"
NUMBER = "0123456789abcdef"  # of the form that the app's own have
FORMATS = {"png": Format.PNG, "jpeg": Format.JPEG, "webp": Format.WEBP}
CAMERA = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
_IN_WEBP = {b"EXIF": "exif", b"XMP ": "xmp", b"C2PA": "c2pa"}


def pixels(number: int = 0, width: int = 256, height: int = 192) -> np.ndarray:
    """(height, width, 3) uint8; another picture for each number."""
    y, x = np.mgrid[0:height, 0:width]
    waves = [128 + 90 * np.sin((number + 1) * (x + 2 * y) / (11 + 7 * channel)) for channel in range(3)]
    grain = scene(width, height).astype(int) - 128
    return np.clip(np.stack(waves, axis=-1) + grain / 4, 0, 255).astype(np.uint8)


def recipe(width: int = 256, height: int = 192, **more: Any) -> dict[str, Any]:
    """Of a job."""
    return {
        "fusewise": provenance.VERSION,
        "format": 2,
        "id": ID,
        "engine": "landmark",
        "output": {"width": width, "height": height},
        "label": None,
        "signed": None,
        "notice": provenance.AI_NOTICE,
        **more,
    }


@cache
def ours(format: str, number: int = 0, opaque: Rect | None = None, visible: Label | None = None) -> bytes:
    """A result as it leaves."""
    return _leaving(format, provenance.Leaving(label=visible), number, opaque)


@cache
def signed(format: str) -> bytes:
    """A result that is signed with a certificate of nobody's."""
    made = chain("Fusewise's benchmark")
    signer = signing.Signer(signing.Credential.of(made.cert, made.key))
    return _leaving(format, provenance.Leaving(signer=signer))


def _leaving(format: str, leaving: provenance.Leaving, number: int = 0, opaque: Rect | None = None) -> bytes:
    return provenance.packed(pixels(number), FORMATS[format], recipe(), leaving, opaque=opaque).whole()


def before_labels() -> bytes:
    """A result of a version that wrote a recipe and no label."""
    told = {key: value for key, value in recipe().items() if key not in ("id", "label", "signed")}
    return encode(pixels(), Format.PNG, metadata=provenance.metadata(told))


def signed_by_others(source: str, file: bytes = b"", mime: str = "image/jpeg", parent: bytes = b"") -> bytes:
    """A picture, a JPEG of ours if none is given, that another program has signed as it made it.

    Args:
        source: its kind by IPTC.
        mime: of the file.
        parent: a file of that kind which the program has opened and gone on from, if any.
    """
    import c2pa

    made = chain("Somebody")
    first: dict[str, Any] = {"action": "c2pa.created", "digitalSourceType": source}
    if parent:
        first = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["parent"]}}
    actions = {"actions": [first]}
    builder = c2pa.Builder(
        {
            "claim_generator_info": [{"name": "Somebody's program", "version": "1"}],
            "assertions": [{"label": "c2pa.actions.v2", "data": actions}],
        },
        context=c2pa.Context.from_dict({"builder": {"thumbnail": {"enabled": False}}}),
    )
    if parent:
        builder.add_ingredient({"relationship": "parentOf", "label": "parent"}, mime, io.BytesIO(parent))
    info = c2pa.C2paSignerInfo(alg=b"es256", sign_cert=made.cert, private_key=made.key, ta_url=None)
    done = io.BytesIO()
    builder.sign(c2pa.Signer.from_info(info), mime, io.BytesIO(file or picture("JPEG")), done)
    return done.getvalue()


# What becomes of a file


def resaved(file: bytes, format: str, *, scale: float = 1.0, xmp_kept: bool = False, **options: Any) -> bytes:
    """By a program that packs the picture anew and keeps nothing, or the XMP alone."""
    image = Image.open(io.BytesIO(file)).convert("RGB")
    if scale != 1:
        image = image.resize((round(image.width * scale), round(image.height * scale)))
    kept = parts(file).xmp[0] if xmp_kept else b""
    return _saved(image, format, kept, **options)


def cropped(file: bytes) -> bytes:
    """As a picture of the screen has it."""
    return _saved(Image.open(io.BytesIO(file)).convert("RGB").crop((9, 7, 200, 150)), "PNG", b"")


def with_xmp_of(file: bytes, format: str, number: int) -> bytes:
    """Another picture, with the XMP of the file."""
    return _saved(Image.fromarray(pixels(number)), format.upper(), parts(file).xmp[0])


def with_everything_of(png: bytes, frame: np.ndarray) -> bytes:
    """Another picture, with all texts of a PNG."""
    texts = PngImagePlugin.PngInfo()
    for key, text in parts(png).texts:
        texts.add_itxt(key, text)
    texts.add_itxt("XML:com.adobe.xmp", parts(png).xmp[0].decode())
    buffer = io.BytesIO()
    Image.fromarray(frame).save(buffer, "PNG", pnginfo=texts)
    return buffer.getvalue()


def without(file: bytes, *kinds: str) -> bytes:
    """Without metadata, the picture's own bytes as they are.

    Args:
        kinds: of metadata: "xmp", "exif", "text", "c2pa"; all if none is named.
    """
    gone = kinds or ("xmp", "exif", "text", "c2pa")
    if file.startswith(b"\x89PNG"):
        kept = [file[at - 8 : end + 4] for kind, at, end in png_chunks(file) if _in_png(kind, file[at:end]) not in gone]
        return file[:8] + b"".join(kept)
    if file.startswith(b"RIFF"):
        chunks = [(_IN_WEBP.get(kind), file[at - 8 : end + (end - at) % 2]) for kind, at, end in webp_chunks(file)]
        body = b"".join(chunk for kind, chunk in chunks if kind not in gone)
        return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body
    made, start = b"", 0
    for code, at, end in jpeg_segments(file):
        if _in_jpeg(code, file[at:end]) in gone:
            made, start = made + file[start : at - 4], end
    return made + file[start:]


def _in_png(kind: bytes, body: bytes) -> str | None:
    if kind in (b"tEXt", b"zTXt", b"iTXt"):
        return "xmp" if body.startswith(b"XML:com.adobe.xmp") else "text"
    return {b"eXIf": "exif", b"caBX": "c2pa"}.get(kind)


def _in_jpeg(code: int, body: bytes) -> str | None:
    if code == 0xE1:
        return "exif" if body.startswith(b"Exif") else "xmp"
    return {0xEB: "c2pa", 0xED: "text", 0xFE: "text"}.get(code)


def changed(file: bytes, old: bytes, new: bytes, at: int = 0) -> bytes:
    """With other bytes of the same length; the sums of a PNG are mended, as whoever forges does.

    Args:
        at: from where the first is looked for.
    """
    assert len(old) == len(new)
    where = file.index(old, at)
    made = bytearray(file[:where] + new + file[where + len(old) :])
    if made.startswith(b"\x89PNG"):
        for _, begins, ends in png_chunks(bytes(made)):
            made[ends : ends + 4] = struct.pack(">I", zlib.crc32(made[begins - 4 : ends]))
    return bytes(made)


def with_a_byte_changed(file: bytes) -> bytes:
    """One byte of the picture itself another; of a PNG one value of a pixel."""
    if file.startswith(b"\x89PNG"):
        frame = np.array(Image.open(io.BytesIO(file)).convert("RGB"))
        frame[100, 100, 0] ^= 8
        return _png_with_data_of(file, encode(frame, Format.PNG))
    if file.startswith(b"RIFF"):
        begin, end = next((at, end) for kind, at, end in webp_chunks(file) if kind == b"VP8 ")
    else:
        begin, end = next((end, len(file)) for code, _, end in jpeg_segments(file) if code == 0xDA)
    middle = next(at for at in range((begin + end) // 2, end) if file[at] not in (0, 0xFE, 0xFF))
    return file[:middle] + bytes((file[middle] ^ 1,)) + file[middle + 1 :]


def _png_with_data_of(file: bytes, other: bytes) -> bytes:
    data = b"".join(other[at - 8 : end + 4] for kind, at, end in png_chunks(other) if kind == b"IDAT")
    made, placed = file[:8], False
    for kind, at, end in png_chunks(file):
        if kind == b"IDAT":
            made, placed = made + (b"" if placed else data), True
        else:
            made += file[at - 8 : end + 4]
    return made


def _saved(image: Image.Image, format: str, packet: bytes, **options: Any) -> bytes:
    buffer = io.BytesIO()
    if packet and format == "PNG":
        options["pnginfo"] = info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", packet.decode())
    elif packet:
        options["xmp"] = packet
    image.save(buffer, format, **options)
    return buffer.getvalue()
