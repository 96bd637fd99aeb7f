"""The target's own manifest: its history stays with the picture, and what could tell of people does not."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from typing import Any

import pytest
from PIL import Image

from fusion import signing
from fusion.photos import Format
from fusion.signing import Signed, State
from tests.fusion.signing.test_signer import PIXELS, picture, recipe, signer
from tests.support.fixtures.chains import chain

c2pa = pytest.importorskip("c2pa", reason="the extra c2pa is not installed")

SECRET = "39,21.102N of Ann Example, camera 123456"
CREATED = {
    "action": "c2pa.created",
    "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture",
}
PLACE = {"@context": {"exif": "http://ns.adobe.com/exif/1.0/"}, "exif:GPSLatitude": SECRET}
KINDS = ("jpeg", "png", "webp", "tiff", "avif")


def taken(kind: str = "jpeg", **more: Any) -> bytes:
    """A photo as a camera signs it: with a thumbnail of it, and where it was taken."""
    plain, made = io.BytesIO(), io.BytesIO()
    Image.fromarray(PIXELS).resize((400, 300)).save(plain, kind)
    place = {"label": "stds.exif", "kind": "Json", "data": PLACE}
    said = {
        "claim_generator_info": [{"name": "Camera", "version": "1"}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [CREATED]}}, place],
        **more,
    }
    info = c2pa.C2paSignerInfo(b"es256", chain("Camera").cert, chain("Camera").key, None)
    with c2pa.Builder(said) as builder, c2pa.Signer.from_info(info) as camera:
        builder.sign(camera, f"image/{kind}", io.BytesIO(plain.getvalue()), made)
    return made.getvalue()


def fused(target: bytes) -> tuple[bytes, Signed]:
    """A result that was made on that photo."""
    made = signer().sign(picture(Format.PNG), Format.PNG, recipe(target), target=target)
    found = signing.read(made)
    assert found is not None
    return made, found


def manifests(file: bytes) -> Mapping[str, Any]:
    with c2pa.Reader("image/png", io.BytesIO(file)) as reader:
        found: Mapping[str, Any] = json.loads(reader.detailed_json())["manifests"]
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_targets_history_travels_on(kind: str) -> None:
    target = taken(kind)
    assert SECRET.encode() in target
    made, found = fused(target)
    assert SECRET.encode() not in made
    assert (found.state, found.signer) == (State.VALID, "Tests")
    assert [each.is_signed for each in found.ingredients if each.relationship == "parentOf"] == [True]
    assert len(manifests(made)) == 2


def test_neither_thumbnails_nor_places_travel() -> None:
    target = taken()
    assert b"c2pa.thumbnail.claim" in target
    made, found = fused(target)
    assert made.count(b"JFIF") == 0
    assert len(made) < 20_000 < len(target)
    kept = {label.partition(".v")[0] for each in manifests(made).values() for label in each["assertion_store"]}
    assert kept == {"c2pa.actions", "c2pa.hash.data", "c2pa.ingredient"}
    assert [action.name for action in found.actions].count("c2pa.redacted") == 2


def test_a_history_that_names_files_stays_behind_and_is_told() -> None:
    target = taken(title="IMG_1234 Ann.jpg")
    made, found = fused(target)
    assert b"IMG_1234" not in made
    assert found.state == State.VALID
    parent = next(each for each in found.ingredients if each.relationship == "parentOf")
    assert not parent.is_signed
    assert "Content Credential" in parent.note
    assert parent.sha256 == hashlib.sha256(target).hexdigest()


def acted(**more: Any) -> Mapping[str, Any]:
    """Of a photo, a manifest with more in its action."""
    return {"assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [CREATED | more]}}]}


@pytest.mark.parametrize(
    "said",
    [
        acted(parameters={"name": SECRET}),
        acted(parameters={"description": SECRET}),
        acted(description=SECRET),
        acted(reason=SECRET),
        acted(softwareAgent={"name": "Camera", "serial": SECRET}),
        acted(changes=[{"description": SECRET, "region": [{"type": "textual", "text": {"selectors": []}}]}]),
        {"assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [CREATED, {"action": f"com.{SECRET}"}]}}]},
        {"claim_generator_info": [{"name": "Camera", "version": "1", "serial": SECRET}]},
        {"instance_id": f"xmp.iid:{SECRET}"},
        {"ingredients": [{"title": "", "relationship": "componentOf", "description": SECRET}]},
        {"ingredients": [{"title": "", "relationship": "componentOf", "instance_id": f"xmp:{SECRET}"}]},
    ],
)
def test_nor_does_one_that_has_a_text_where_none_can_be_taken_out(said: Mapping[str, Any]) -> None:
    target = taken(**said)
    assert SECRET.encode() in target
    made, found = fused(target)
    assert SECRET.encode() not in made
    assert found.state == State.VALID
    assert len(manifests(made)) == 1


def test_what_an_editor_says_it_has_done_travels() -> None:
    agent = {"name": "Editor", "version": "2"}
    edited = {"action": "c2pa.color_adjustments", "when": "2026-11-22T07:30:00Z", "softwareAgent": agent}
    actions = {"label": "c2pa.actions.v2", "data": {"actions": [CREATED, edited]}}
    made, _ = fused(taken(assertions=[actions]))
    assert len(manifests(made)) == 2


def test_the_history_grows_from_result_to_result() -> None:
    first, _ = fused(taken())
    second, _ = fused(first)
    third, found = fused(second)
    assert found.state == State.VALID
    assert len(manifests(third)) == 4
    assert SECRET.encode() not in third


def test_a_target_whose_signature_is_broken_is_said_to_be() -> None:
    """The result's own signature holds: it says what was found when it was made."""
    target = bytearray(taken())
    target[-30] ^= 1
    made, found = fused(bytes(target))
    assert found.state == State.VALID
    assert b"assertion.dataHash.mismatch" in made


def test_a_manifest_that_cannot_be_read_is_left_out_and_told() -> None:
    target = taken("png")
    at = target.index(b"c2pa.assertions")
    _, found = fused(target[: at - 40] + b"\xff" * 20 + target[at - 20 :])
    assert found.state == State.VALID
    parent = next(each for each in found.ingredients if each.relationship == "parentOf")
    assert not parent.is_signed
    assert "damaged" in parent.note


def test_a_photo_without_a_manifest_is_named_by_its_hash_alone() -> None:
    plain = picture(Format.JPEG)
    made, found = fused(plain)
    assert [(each.is_signed, each.note) for each in found.ingredients] == [(False, ""), (False, "")]
    assert len(manifests(made)) == 1
