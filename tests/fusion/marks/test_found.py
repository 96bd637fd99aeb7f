"""What files say of their origin, as several tools write it, in each format; and files that are made to harm."""

from __future__ import annotations

import io
import json
import random
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from fusion.marks import Claim, Place, is_ai, marks_in, xmp
from fusion.marks.containers import Kind, kind_of, parts
from tests.support.fixtures.marked import (
    AI,
    FORMATS,
    LABEL,
    STORE,
    labelled,
    picture,
    with_chunk,
    with_segment,
    with_source,
    with_store,
)

STEPS = "a portrait\nNegative prompt: none\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512"
WRAPPED = json.dumps({"AIGC": json.loads(LABEL.dumps())})


@pytest.mark.parametrize("format", FORMATS)
def test_a_label_is_found_in_each_format_with_all_else_that_stands_beside_it(format: str) -> None:
    found = marks_in(labelled(format))
    assert [(each.place, each.label, each.fault) for each in found.labels] == [(Place.XMP, LABEL, "")]
    assert found.produce_id == "a1b2c3"
    assert found.source_types == (xmp.COMPOSITE,)
    assert found.creator_tools == ("Fusewise 0.1.0",)
    assert found.claims == (Claim.OURS, Claim.AIGC, Claim.IPTC)
    assert not found.has_c2pa


@pytest.mark.parametrize("format", FORMATS)
def test_a_plain_picture_says_nothing(format: str) -> None:
    found = marks_in(picture(format, ImageDescription="A holiday", Software="Adobe Photoshop 26.1", Make="Canon"))
    assert not found.says_ai
    assert found.creator_tools == ("Adobe Photoshop 26.1",)


def test_a_label_is_found_where_the_standard_lets_others_put_it() -> None:
    (text,) = marks_in(picture("PNG", texts={"AIGC": WRAPPED})).labels
    assert (text.place, text.label) == (Place.TEXT, LABEL)
    for code in (b"ASCII\0\0\0", b"\0" * 8, b""):
        (comment,) = marks_in(picture("JPEG", UserComment=code + WRAPPED.encode())).labels
        assert (comment.place, comment.label) == (Place.COMMENT, LABEL)
    for encoding in ("utf-16-be", "utf-16-le"):
        (wide,) = marks_in(picture("WEBP", UserComment=b"UNICODE\0" + WRAPPED.encode(encoding))).labels
        assert wide.label == LABEL


def test_a_second_label_is_found_as_well() -> None:
    both = with_chunk(labelled("PNG"), b"tEXt", b"AIGC\0" + WRAPPED.encode())
    assert [each.place for each in marks_in(both).labels] == [Place.XMP, Place.TEXT]


def test_a_label_that_the_standard_does_not_allow_is_found_with_its_fault() -> None:
    bad = LABEL.dumps().replace("Fusewise", "Fuse wise")
    (found,) = marks_in(picture("PNG", texts={"AIGC": bad})).labels
    assert found.label is None
    assert found.fault.startswith("ContentProducer")


def test_a_packet_that_its_label_has_broken_counts_as_a_broken_label() -> None:
    packet = xmp.packet(LABEL, "Fusewise").replace("&quot;", '"')
    found = marks_in(picture("JPEG", packet=packet.encode()))
    assert [each.label for each in found.labels] == [None]
    assert found.says_ai


def test_kinds_of_source_are_read_from_other_tools_and_only_some_mean_ai() -> None:
    assert marks_in(picture("JPEG", packet=with_source(AI))).claims == (Claim.IPTC,)
    camera = f"{xmp.SOURCE_TYPES}digitalCapture"
    found = marks_in(picture("WEBP", packet=with_source(camera)))
    assert found.source_types == (camera,)
    assert not found.says_ai
    assert is_ai("trainedAlgorithmicMedia")
    assert not is_ai("untrainedAlgorithmicMedia")


@pytest.mark.parametrize("format", FORMATS)
def test_a_manifest_store_is_found_and_says_ai_only_where_it_names_such_a_source(format: str) -> None:
    found = marks_in(with_store(picture(format)))
    assert found.has_c2pa
    assert not found.says_ai
    made = marks_in(with_store(picture(format), STORE + AI.encode()))
    assert made.claims == (Claim.C2PA,)


def test_a_store_over_two_segments_of_a_jpeg_is_put_together() -> None:
    assert parts(with_store(picture("JPEG"))).c2pa == STORE


def test_a_box_of_a_jpeg_that_is_no_store_is_none_and_stands_in_no_store_s_way() -> None:
    box = b"JP\0\2\0\0\0\1" + STORE.replace(b"c2pa", b"json")
    assert not marks_in(with_segment(picture("JPEG"), 0xEB, box)).has_c2pa
    assert parts(with_segment(with_store(picture("JPEG")), 0xEB, box)).c2pa == STORE


def test_a_store_of_which_one_byte_is_damaged_is_still_one() -> None:
    for at in range(len(STORE)):
        damaged = STORE[:at] + bytes((STORE[at] ^ 1,)) + STORE[at + 1 :]
        assert marks_in(with_store(picture("JPEG"), damaged)).has_c2pa


@pytest.mark.parametrize(
    ("file", "name"),
    [
        (picture("PNG", texts={"parameters": STEPS}), "Stable Diffusion WebUI"),
        (picture("JPEG", UserComment=b"UNICODE\0" + STEPS.encode("utf-16-be")), "Stable Diffusion WebUI"),
        (picture("PNG", texts={"prompt": '{"3": {"class_type": "KSampler"}}', "workflow": '{"nodes": []}'}), "ComfyUI"),
        (picture("PNG", texts={"invokeai_metadata": "{}"}), "InvokeAI"),
        (picture("PNG", texts={"Software": "NovelAI", "Source": "Stable Diffusion F1022D28"}), "NovelAI"),
        (
            picture("PNG", texts={"Description": "a cat --v 6 Job ID: 01234567-89ab-cdef-0123-456789abcdef"}),
            "Midjourney",
        ),
        (picture("JPEG", Software="Adobe Firefly"), "Adobe Firefly"),
        (with_segment(picture("JPEG"), 0xED, b"Photoshop 3.0\0\x1c\x02\x6e\0\x13Made with Google AI"), "Google AI"),
        (picture("PNG", Software="roop-unleashed 4.4"), "roop"),
        (picture("PNG", Artist="Roop Singh"), None),
        (picture("PNG", texts={"parameters": "the camera's"}), None),
        (picture("JPEG", ImageDescription="Painted by Gemini"), None),
    ],
)
def test_other_tools_are_told_by_what_they_leave(file: bytes, name: str | None) -> None:
    found = marks_in(file)
    assert (found.generators[:1] or (None,))[0] == name
    assert found.says_ai == (name is not None)


@pytest.mark.parametrize("format", ["TIFF", "AVIF"])
def test_tiff_and_avif_are_read_as_well(format: str) -> None:
    buffer = io.BytesIO()
    packet = xmp.packet(LABEL, "Fusewise 0.1.0").encode()
    tags = {"tiffinfo": {700: packet}} if format == "TIFF" else {"xmp": packet}
    Image.new("RGB", (96, 80)).save(buffer, format, **tags)
    assert [each.label for each in marks_in(buffer.getvalue()).labels] == [LABEL]


def test_a_recipe_is_found_where_results_have_it() -> None:
    recipe = '{"fusewise":"0.1.0"}'
    assert marks_in(picture("PNG", texts={"Fusewise": recipe})).recipe == recipe
    described = json.dumps({"Description": "x", "Fusewise": recipe})
    for format in ("JPEG", "WEBP"):
        found = marks_in(picture(format, ImageDescription=described))
        assert found.recipe == recipe
        assert found.is_ours


# Files that are made to harm


@pytest.mark.parametrize("format", FORMATS)
def test_no_damage_makes_it_raise(format: str) -> None:
    file = with_store(picture(format, packet=xmp.packet(LABEL, "x").encode(), UserComment=b"ASCII\0\0\0" + b"x" * 40))
    for seed in range(300):
        chance = random.Random(seed)
        data = bytearray(file)
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(min(len(data), 2000))
            data[at : at + chance.randint(0, 4)] = chance.choice((b"", b"\xff\xff\xff\xff", b"\0", chance.randbytes(3)))
        marks_in(bytes(data[: chance.randint(8, len(data))] if seed % 3 == 0 else data))


@given(
    st.sampled_from((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP", b"II*\0", b"\0\0\0\x18ftyp", b"")),
    st.binary(),
)
def test_any_bytes_are_read(beginning: bytes, rest: bytes) -> None:
    marks_in(beginning + rest)


def bomb() -> bytes:
    packed = zlib.compress(b"x" * 50_000_000, 9)
    return with_chunk(picture("PNG"), b"zTXt", b"parameters\0\0" + packed)


HOSTILE = {
    "a text that unpacks to 50 MB": bomb(),
    "0xff throughout": b"\xff\xd8\xff\xda\0\2" + b"\xff" * 3_000_000,
    "markers throughout": b"\xff\xd8" + b"\xff\xe1\0\2" * 700_000,
    "chunks of nothing": picture("PNG")[:33] + (b"\0\0\0\0abcd\0\0\0\0" * 250_000),
    "boxes of nothing": b"\0\0\0\x08ftyp" * 400_000,
    "packets that never end": b"\0\0\0\x08ftyp" + b"<x:xmpmeta" * 300_000,
    "EXIF throughout": b"\0\0\0\x08ftyp" + b"Exif\0\0II*\0" * 300_000,
    "a packet of opening tags": picture("PNG", packet=b"<x:xmpmeta>" + b"<a>" * 300_000),
    "a billion laughs": picture("PNG", packet=b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><x>&b;</x>'),
    "brackets throughout": picture("PNG", texts={"AIGC": "[" * 60_000}),
    "brackets in EXIF": picture("WEBP", ImageDescription='"Fusewise"' + "[" * 60_000),
    "a credit throughout": with_segment(picture("JPEG"), 0xED, b"Photoshop 3.0\0" + b"\x1c\x02\x6e\0\1" * 10_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_made_to_harm_costs_little_memory(name: str) -> None:
    """And it ends, which what takes the square of a file's length would not within a test's time."""
    file = HOSTILE[name]
    tracemalloc.start()
    try:
        found = marks_in(file)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 60_000_000
    assert len(found.labels) <= 300


def test_kinds_are_told_by_their_beginning() -> None:
    assert [kind_of(picture(format)) for format in FORMATS] == [Kind.PNG, Kind.JPEG, Kind.WEBP]
    assert kind_of(b"words") == Kind.OTHER
    assert marks_in(b"words").claims == ()
