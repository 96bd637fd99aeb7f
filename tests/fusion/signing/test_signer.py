"""Results that are signed: every format holds, nothing of what was in it is lost, and nobody's photo travels along."""

from __future__ import annotations

import base64
import hashlib
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from fusion import signing
from fusion.errors import OutputRejected, Reason
from fusion.marks import AigcLabel, digest, marks_in, xmp
from fusion.photos import Format, encode
from fusion.signing import Credential, Signer, State
from tests.support.fixtures.chains import C2PA, Chain, chain

pytest.importorskip("c2pa", reason="the extra c2pa is not installed")

TARGET, SOURCE = b"the target's file", b"the source's file"
PIXELS = np.random.default_rng(3).integers(0, 255, (48, 64, 3), np.uint8)
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="Fusewise"/>'
    "</rdf:RDF></x:xmpmeta>"
)


def recipe(target: bytes = TARGET, **more: Any) -> dict[str, Any]:
    return {
        "fusewise": "0.1.0",
        "made": "2026-11-22T08:30:00+01:00",
        "engine": "unet",
        "target": {"sha256": hashlib.sha256(target).hexdigest()},
        "source": {"sha256": hashlib.sha256(SOURCE).hexdigest()},
        **more,
    }


def signer(of: Chain | None = None, time_stamp: str | None = None) -> Signer:
    made = of or chain()
    return Signer(Credential.of(made.cert, made.key), time_stamp)


def picture(format: Format) -> bytes:
    """A file of that format, with a packet of XMP."""
    made = io.BytesIO()
    if format == Format.PNG:
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", XMP)
        Image.fromarray(PIXELS).save(made, "png", pnginfo=info)
    else:
        Image.fromarray(PIXELS).save(made, format.value, xmp=XMP.encode())
    return made.getvalue()


@pytest.fixture(params=list(Format))
def format(request: pytest.FixtureRequest) -> Format:
    found: Format = request.param
    return found


def test_a_signed_file_holds_and_says_who_signed_what(format: Format) -> None:
    found = signing.read(signer().sign(picture(format), format, recipe()))
    assert found is not None
    assert (found.state, found.signer, found.organisation) == (State.VALID, "Tests", "Fusewise's tests")
    assert (found.tool, found.stamped, found.faults) == ("Fusewise 0.1.0", None, ())
    assert [action.name for action in found.actions] == ["c2pa.opened", "c2pa.placed", "c2pa.edited"]
    edited = found.actions[-1]
    assert edited.source_type.endswith("/compositeWithTrainedAlgorithmicMedia")
    assert (edited.agent, edited.when) == ("Fusewise unet 0.1.0", "2026-11-22T07:30:00Z")


def test_whom_somebody_trusts_reads_as_trusted(format: Format) -> None:
    made = signer().sign(picture(format), format, recipe())
    assert getattr(signing.read(made, chain().root.decode()), "state", None) == State.TRUSTED
    # An authority of the same name is another one.
    assert getattr(signing.read(made, chain("Others").root.decode()), "state", None) == State.VALID


def test_pixels_and_xmp_are_as_they_were(format: Format) -> None:
    before = picture(format)
    after = signer().sign(before, format, recipe())
    with Image.open(io.BytesIO(before)) as one, Image.open(io.BytesIO(after)) as other:
        assert np.array_equal(np.asarray(one), np.asarray(other))
        assert one.info.get("xmp") == other.info.get("xmp")
        assert one.info.get("XML:com.adobe.xmp") == other.info.get("XML:com.adobe.xmp")
    assert XMP.encode() in after


def test_the_label_still_fits_the_picture(format: Format) -> None:
    """Signing changes no byte of what the digest in the label of GB 45438 is made of."""

    def label(digest: str) -> str:
        return xmp.packet(AigcLabel("1", "Fusewise", "f1", digest, "Fusewise", "f1"), "Fusewise")

    before = encode(PIXELS, format, xmp=label)
    after = signer().sign(before, format, recipe())
    digests = {Format.JPEG: digest.of_jpeg, Format.WEBP: digest.of_webp}
    if format in digests:
        assert digests[format](before) == digests[format](after)
    said = [[found.label for found in marks_in(file).labels] for file in (before, after)]
    assert said[0] == said[1]
    assert None not in said[0]
    assert len(said[0]) == 1


def test_photos_are_named_by_their_hashes_alone(format: Format) -> None:
    made = signer().sign(picture(format), format, recipe())
    found = signing.read(made)
    assert found is not None
    assert [(each.relationship, each.sha256) for each in found.ingredients] == [
        ("parentOf", hashlib.sha256(TARGET).hexdigest()),
        ("componentOf", hashlib.sha256(SOURCE).hexdigest()),
    ]
    assert b"thumbnail" not in made
    assert len(made) - len(picture(format)) < 6000


def test_of_several_sources_those_that_were_used_are_named() -> None:
    photos = [{"sha256": hashlib.sha256(bytes([at])).hexdigest(), "used": at != 1} for at in range(3)]
    found = signing.read(signer().sign(picture(Format.PNG), Format.PNG, recipe(sources=photos)))
    assert found is not None
    named = [each.sha256 for each in found.ingredients if each.relationship == "componentOf"]
    assert named == [photos[0]["sha256"], photos[2]["sha256"]]
    assert [action.name for action in found.actions].count("c2pa.placed") == 2


def test_a_recipe_that_says_less_is_signed_too() -> None:
    found = signing.read(signer().sign(picture(Format.PNG), Format.PNG, {}))
    assert found is not None
    assert found.state == State.VALID
    assert [each.sha256 for each in found.ingredients] == [None, None]


def test_a_watermark_is_said(format: Format) -> None:
    found = signing.read(signer().sign(picture(format), format, recipe(watermark=True)))
    assert found is not None
    assert "c2pa.watermarked.unbound" in [action.name for action in found.actions]


def test_a_certificate_for_signing_claims_alone_is_taken() -> None:
    made = signer(chain(purpose=C2PA)).sign(picture(Format.PNG), Format.PNG, recipe())
    found = signing.read(made, chain(purpose=C2PA).root.decode())
    assert found is not None
    assert found.state == State.TRUSTED


def test_a_picture_of_many_megapixels_is_signed() -> None:
    file = encode(np.zeros((4096, 4096, 3), np.uint8), Format.PNG)
    found = signing.read(signer().sign(file, Format.PNG, recipe()))
    assert found is not None
    assert found.state == State.VALID


def test_a_time_server_that_is_dead_stops_the_signature_and_is_told() -> None:
    with pytest.raises(OutputRejected) as raised:
        signer(time_stamp="http://127.0.0.1:9/").sign(picture(Format.PNG), Format.PNG, recipe())
    assert raised.value.reason == Reason.SIGN_TIME
    assert "FUSEWISE_C2PA_TIME_STAMP" in raised.value.message


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(OutputRejected) as raised:
        signer().sign(b"no picture", Format.PNG, recipe())
    assert raised.value.reason == Reason.SIGN_FAILED


def test_a_key_is_in_no_text() -> None:
    made = signer()
    key = made.credential.key
    assert b"PRIVATE KEY" in key
    assert base64.b64encode(key).decode() not in repr(made)
    assert "PRIVATE" not in repr(made)
