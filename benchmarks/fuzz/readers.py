"""What the fuzz damages, how, and who reads it: a seed for each kind of file, and a mutation of it by a number."""

from __future__ import annotations

import io
import json
import random
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, PngImagePlugin

from fusion.batches import csv_pairs, planning
from fusion.batches.inputs import Limits
from fusion.marks import AigcLabel, marks_in, xmp
from fusion.photos import decode
from fusion.settings import Settings
from fusion.types import Role
from fusion.verification import verify

DATA = Path(__file__).resolve().parents[2] / "tests" / "data"
_TELLING = (0, 1, 0x7F, 0x80, 0xFF)
_LENGTHS = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\1", b"\0\1\0\0")
_WORDS = (b'"\\ud800"', b"[" * 3000, b"1e999", b"NaN", b"9" * 5000, b"\0", b"\xff\xfe", b'"settings":', b",,,,", b'"')


def mutated(seed: bytes, number: int) -> bytes:
    """The seed with one to eight changes; the same for the same number."""
    chance = random.Random(number)
    data = bytearray(seed)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(max(1, len(data)))
        match chance.randrange(8):
            case 0 | 1:
                data[at : at + 1] = bytes([chance.choice([*_TELLING, chance.randrange(256)])])
            case 2:
                data[at : at + 4] = chance.choice(_LENGTHS)
            case 3:
                del data[at : at + chance.randint(1, 64)]
            case 4:
                data[at:at] = chance.randbytes(chance.randint(1, 64))
            case 5:
                other = chance.randrange(max(1, len(data)))
                data[at:at] = data[other : other + chance.randint(1, 200)]
            case 6:
                del data[max(at, len(data) // 4) :]
            case _:
                data[at:at] = chance.choice(_WORDS)
    return bytes(data)


def _read_photo(data: bytes) -> object:
    try:
        decode.glance(data)
    finally:
        decode.read(data, Role.TARGET)
    return None


def _read_marks(data: bytes) -> object:
    return marks_in(data).claims


def _verify(data: bytes) -> object:
    return verify(data).to_json()


def _read_recipe(data: bytes) -> object:
    return Settings.loads(data).to_json()


def _read_table(data: bytes) -> object:
    return csv_pairs.read(data, Settings(), Limits())


def _read_zip(data: bytes) -> object:
    return planning.from_zip(io.BytesIO(data), Settings())


def _read_checkpoint(data: bytes) -> object:
    from fusion.engines.unet.networks import checkpoint

    with tempfile.NamedTemporaryFile(suffix=".pth") as file:
        file.write(data)
        file.flush()
        return checkpoint.read(Path(file.name))


READERS: Mapping[str, Callable[[bytes], object]] = {
    **{
        name: _read_photo
        for name in (
            "jpeg",
            "jpeg_progressive",
            "png",
            "png_16_bit",
            "webp",
            "tiff",
            "bmp",
            "avif",
            "avif_10_bit",
            "heic",
        )
    },
    "marks": _read_marks,
    "verify": _verify,
    "recipe": _read_recipe,
    "table": _read_table,
    "zip": _read_zip,
    "checkpoint": _read_checkpoint,
    "checkpoint_legacy": _read_checkpoint,
}


@cache
def seeds(name: str) -> tuple[bytes, ...]:
    """Good files of that kind, none of a person."""
    return tuple(_SEEDS[name]())


def _gradient() -> np.ndarray:
    y, x = np.mgrid[0:80, 0:96].astype(np.float64)
    return np.stack((40 + 180 * x / 96, 30 + 200 * y / 80, 220 - 150 * (x + y) / 176), axis=-1).astype(np.uint8)


def _saved(format: str, **options: object) -> bytes:
    buffer, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    plain = format == "BMP" or "tiffinfo" in options
    Image.fromarray(_gradient()).save(buffer, format, **({} if plain else {"exif": exif}), **options)
    return buffer.getvalue()


def _encoded(suffix: str, *parameters: int) -> bytes:
    deep = _gradient().astype(np.uint16) * (4 if suffix == ".avif" else 257)
    return cv2.imencode(suffix, deep, parameters)[1].tobytes()


def _labelled() -> Iterator[bytes]:
    """With an XMP packet and EXIF in each format, and a label in a text as well."""
    label = AigcLabel("1", "Fusewise", "a1", "", "Fusewise", "a1")
    packet = xmp.packet(label, "Fusewise 0.1.0")
    for format in ("JPEG", "WEBP", "TIFF"):
        yield _saved(format, **({"tiffinfo": {700: packet.encode()}} if format == "TIFF" else {"xmp": packet.encode()}))
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("XML:com.adobe.xmp", packet)
    texts.add_text("AIGC", f'{{"AIGC":{label.dumps()}}}', zip=True)
    texts.add_text("parameters", "Steps: 20, Sampler: Euler")
    yield _saved("PNG", pnginfo=texts)
    yield _saved("AVIF", xmp=packet.encode())


def _leaving() -> Iterator[bytes]:
    """Results, signed where that can be done here."""
    from benchmarks.verify import pictures
    from fusion import signing

    for format in pictures.FORMATS:
        yield pictures.ours(format)
        if signing.is_installed():
            yield pictures.signed(format)


def _recipe() -> bytes:
    return json.dumps({"fusewise": "1", "settings": Settings().to_json(), "notices": [], "size": [1, 2]}).encode()


def _table() -> bytes:
    rows = ("target,source,output,ratio", "a.png,b.png,512,0.5", '"c,d.jpg",e.jpg,800x600,', "ä.png,文.png,auto,1")
    return "\n".join(rows).encode()


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("targets/a.png", "targets/b.png", "sources/a.png", "sources/b.png"):
            archive.writestr(name, _saved("PNG") + name.encode())
        archive.writestr("pairs.csv", "target,source\na.png,b.png\n")
    return buffer.getvalue()


def _checkpoint(is_zip: bool) -> bytes:
    import torch

    buffer = io.BytesIO()
    state = {f"layer.{index}.weight": torch.arange(12.0).reshape(3, 4) for index in range(4)}
    torch.save(state, buffer, _use_new_zipfile_serialization=is_zip)
    return buffer.getvalue()


_SEEDS: Mapping[str, Callable[[], list[bytes]]] = {
    "jpeg": lambda: [_saved("JPEG"), _saved("JPEG")[:-2]],
    "jpeg_progressive": lambda: [_saved("JPEG", progressive=True), _saved("JPEG", progressive=True)[:-2]],
    "png": lambda: [_saved("PNG"), _saved("PNG", compress_level=0)],
    "png_16_bit": lambda: [_encoded(".png")],
    "webp": lambda: [_saved("WEBP"), _saved("WEBP", lossless=True)],
    "tiff": lambda: [_saved("TIFF"), _saved("TIFF", compression="tiff_lzw"), _encoded(".tiff")],
    "bmp": lambda: [_saved("BMP")],
    "avif": lambda: [_saved("AVIF")],
    "avif_10_bit": lambda: [_encoded(".avif", cv2.IMWRITE_AVIF_DEPTH, 10)],
    "heic": lambda: [path.read_bytes() for path in sorted(DATA.glob("*.heic"))],
    "marks": lambda: list(_labelled()),
    "verify": lambda: [*_labelled(), *_leaving()],
    "recipe": lambda: [_recipe()],
    "table": lambda: [_table(), _table().decode().encode("utf-16")],
    "zip": lambda: [_zip()],
    "checkpoint": lambda: [_checkpoint(True)],
    "checkpoint_legacy": lambda: [_checkpoint(False)],
}
