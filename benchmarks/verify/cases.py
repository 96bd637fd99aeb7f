"""Sixty files of mixed origin, and what somebody would want to be told of each."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image

from benchmarks.verify import pictures as made
from fusion import watermark
from fusion.labels import Label
from fusion.marks import AigcLabel, xmp
from fusion.marks.containers import parts
from fusion.photos import Format, encode
from fusion.sizing import Rect
from tests.support.fixtures.marked import AI, picture, with_chunk, with_segment, with_source

_STEPS = "a portrait\nNegative prompt: none\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512"
_OTHERS = json.dumps(
    {
        "AIGC": {
            "Label": "1",
            "ContentProducer": "001191110102MAD55U9H0F10002",
            "ProduceID": "7241",
            "ReservedCode1": "",
            "ContentPropagator": "001191110102MAD55U9H0F10002",
            "PropagateID": "7241",
            "ReservedCode2": "",
        }
    }
)
_EVERY = ("png", "jpeg", "webp")


@dataclass(frozen=True, slots=True)
class Case:
    """A file.

    Attributes:
        verdict: that is right: "whole", "claimed", "nothing" or "broken".
        is_ai: whether it says that it was made with AI.
        make: the file.
    """

    name: str
    verdict: str
    is_ai: bool
    make: Callable[[], bytes]


def cases() -> list[Case]:
    """All of them."""
    return [*_whole(), *_claimed(), *_lost(), *_plain(), *_changed(), *_forged(), *_malformed(), *_unsigned()]


def _whole() -> Iterator[Case]:
    for kind in _EVERY:
        yield Case(f"ours, signed, {kind}", "whole", True, partial(made.signed, kind))
    yield Case("a camera's, signed", "whole", False, lambda: made.signed_by_others(made.CAMERA))
    yield Case("a generator's, signed", "whole", True, lambda: made.signed_by_others(AI))


def _claimed() -> Iterator[Case]:
    for kind in _EVERY:
        yield Case(f"ours, {kind}", "claimed", True, partial(made.ours, kind))
    yield Case("ours, in part transparent", "claimed", True, lambda: made.ours("png", opaque=Rect(20, 10, 200, 150)))
    yield Case("ours, with a visible label", "claimed", True, lambda: made.ours("jpeg", visible=Label.ZH))
    yield Case("ours, watermarked, shared as JPEG 70", "claimed", True, _watermarked)
    yield Case("ours, from before there were labels", "claimed", True, made.before_labels)
    yield Case("ours, packed anew with all that is said", "claimed", True, _repacked)
    yield Case("ours, its XMP alone left", "claimed", True, lambda: made.without(made.ours("jpeg"), "exif"))
    yield Case("ours, with a comment added", "claimed", True, lambda: with_segment(made.ours("jpeg"), 0xFE, b"Nice!"))
    yield Case("Stable Diffusion's", "claimed", True, lambda: picture("PNG", texts={"parameters": _STEPS}))
    yield Case("ComfyUI's", "claimed", True, _comfy)
    yield Case("Stable Diffusion's, JPEG", "claimed", True, _steps_in_exif)
    yield Case("IPTC alone", "claimed", True, lambda: picture("JPEG", packet=with_source(AI)))
    yield Case("another's label, EXIF", "claimed", True, lambda: picture("JPEG", UserComment=_ascii(_OTHERS)))
    yield Case("another's label, text", "claimed", True, lambda: picture("PNG", texts={"AIGC": _OTHERS}))


def _lost() -> Iterator[Case]:
    for kind in _EVERY:
        yield Case(f"ours, {kind}, shared as JPEG 70", "nothing", False, partial(_shared, kind))
    for kind in _EVERY:
        yield Case(f"ours, {kind}, stripped", "nothing", False, partial(_stripped, kind))
    yield Case("ours, at half size", "nothing", False, lambda: made.resaved(made.ours("png"), "JPEG", scale=0.5))
    yield Case("ours, from the screen", "nothing", False, lambda: made.cropped(made.ours("jpeg")))
    yield Case("ours, signed, saved anew", "nothing", False, lambda: made.resaved(made.signed("jpeg"), "JPEG"))


def _plain() -> Iterator[Case]:
    yield Case("a photo", "nothing", False, lambda: picture("JPEG", Make="Canon", Software="Adobe Photoshop 26.1"))
    yield Case(
        "a picture of a screen", "nothing", False, lambda: picture("PNG", texts={"Software": "gnome-screenshot"})
    )
    yield Case("a photo, WebP", "nothing", False, lambda: picture("WEBP"))
    yield Case("a photo, TIFF", "nothing", False, _tiff)


def _changed() -> Iterator[Case]:
    yield Case(
        "made smaller, XMP kept",
        "broken",
        True,
        lambda: made.resaved(made.ours("jpeg"), "JPEG", scale=0.5, xmp_kept=True),
    )
    yield Case("packed anew, XMP kept", "broken", True, lambda: made.resaved(made.ours("jpeg"), "JPEG", xmp_kept=True))
    for kind in _EVERY:
        yield Case(
            f"{kind}, a byte of the picture changed",
            "broken",
            True,
            partial(_with_a_byte_changed, made.ours, kind),
        )


def _forged() -> Iterator[Case]:
    for kind in _EVERY:
        yield Case(f"a label on another {kind}", "broken", True, partial(_label_elsewhere, kind))
    yield Case(
        "label and recipe on another picture",
        "broken",
        True,
        lambda: made.with_everything_of(made.ours("png"), made.pixels(5)),
    )
    yield Case(
        "another number in the label", "broken", True, lambda: made.changed(made.ours("png"), _NUMBER, _OTHER_NUMBER)
    )
    yield Case(
        "another number in the recipe",
        "broken",
        True,
        lambda: made.changed(made.ours("webp"), _IN_RECIPE, _OTHER_IN_RECIPE),
    )
    yield Case("another code in the label", "broken", True, _other_code)
    yield Case(
        "another size in the recipe",
        "broken",
        True,
        lambda: made.changed(made.ours("png"), b'"width":256', b'"width":257'),
    )
    yield Case("the label cut out", "broken", True, lambda: made.without(made.ours("png"), "xmp"))


def _malformed() -> Iterator[Case]:
    yield Case(
        "two labels, XMP and text",
        "broken",
        True,
        lambda: with_chunk(made.ours("png"), b"tEXt", b"AIGC\0" + _OTHERS.encode()),
    )
    yield Case("two packets", "broken", True, _two_packets)
    yield Case("two labels in one packet", "broken", True, _twice_in_one)
    yield Case(
        "a producer in Chinese", "broken", True, lambda: picture("PNG", packet=_packet("ContentProducer", "某公司"))
    )
    yield Case("a key missing", "broken", True, lambda: picture("JPEG", packet=_packet("ReservedCode2", None)))
    yield Case("a label that breaks its packet", "broken", True, _unescaped)


def _unsigned() -> Iterator[Case]:
    for kind in _EVERY:
        yield Case(
            f"signed, {kind}, then changed",
            "broken",
            True,
            partial(_with_a_byte_changed, made.signed, kind),
        )
    yield Case("a byte of the signature changed", "broken", True, _bad_manifest)
    yield Case(
        "signed, then another number", "broken", True, lambda: made.changed(made.signed("jpeg"), _NUMBER, _OTHER_NUMBER)
    )
    yield Case("the signature cut out", "broken", True, lambda: made.without(made.signed("png"), "c2pa"))


_NUMBER, _OTHER_NUMBER = b"ProduceID&quot;:&quot;01jd", b"ProduceID&quot;:&quot;02jd"
_IN_RECIPE, _OTHER_IN_RECIPE = b'\\"id\\":\\"01jd', b'\\"id\\":\\"02jd'


def _ascii(text: str) -> bytes:
    return b"ASCII\0\0\0" + text.encode()


def _repacked() -> bytes:
    png = made.ours("png")
    return made.with_everything_of(png, np.asarray(Image.open(io.BytesIO(png))))


def _comfy() -> bytes:
    graph = {"3": {"class_type": "KSampler", "inputs": {"seed": 1}}}
    return picture("PNG", texts={"prompt": json.dumps(graph), "workflow": '{"nodes": [], "links": []}'})


def _steps_in_exif() -> bytes:
    return picture("JPEG", UserComment=b"UNICODE\0" + _STEPS.encode("utf-16-be"))


def _shared(kind: str) -> bytes:
    return made.resaved(made.ours(kind), "JPEG", quality=70)


def _watermarked() -> bytes:
    frame = watermark.mark(made.pixels(3, 512, 384), made.NUMBER)
    return made.resaved(encode(frame, Format.PNG), "JPEG", quality=70)


def _stripped(kind: str) -> bytes:
    return made.without(made.ours(kind))


def _with_a_byte_changed(make: Callable[[str], bytes], kind: str) -> bytes:
    return made.with_a_byte_changed(make(kind))


def _label_elsewhere(kind: str) -> bytes:
    return made.with_xmp_of(made.ours(kind), kind, 5)


def _tiff() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(made.pixels()).save(buffer, "TIFF")
    return buffer.getvalue()


def _other_code() -> bytes:
    file = made.ours("jpeg")
    at = file.index(b"fw1:") + 10
    other = b"A" if file[at : at + 1] != b"A" else b"B"
    return made.changed(file, file[at : at + 1], other, at)


def _two_packets() -> bytes:
    head = b"http://ns.adobe.com/xap/1.0/\0"
    return with_segment(made.ours("jpeg"), 0xE1, head + parts(made.ours("webp")).xmp[0])


def _twice_in_one() -> bytes:
    packet = parts(made.ours("webp")).xmp[0].decode()
    begin, end = packet.index("<rdf:Description"), packet.index("</rdf:RDF>")
    return picture("WEBP", packet=(packet[:end] + packet[begin:end] + packet[end:]).encode())


def _packet(key: str, value: str | None) -> bytes:
    """Of a label with another value under a key, or without that key."""
    said = json.loads(_OTHERS)["AIGC"]
    said = {name: text for name, text in (said | {key: value}).items() if text is not None}
    empty = xmp.packet(AigcLabel("1", "", ""), "Somebody's program")
    begin, end = empty.index("{&quot;"), empty.index("}", empty.index("{&quot;")) + 1
    return (empty[:begin] + json.dumps(said, ensure_ascii=False).replace('"', "&quot;") + empty[end:]).encode()


def _unescaped() -> bytes:
    return picture("JPEG", packet=_packet("ProduceID", "7241").replace(b"&quot;", b'"'))


def _bad_manifest() -> bytes:
    file = made.signed("webp")
    at = file.rindex(b"C2PA") + 900
    return file[:at] + bytes((file[at] ^ 1,)) + file[at + 1 :]
