"""The way out where results are signed and carry a watermark: each layer holds, and none breaks another."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from fusion import provenance, signing, watermark
from fusion.errors import Exit, SettingsInvalid
from fusion.labels import Label
from fusion.marks import marks_in
from fusion.photos import Format
from fusion.provenance import Leaving
from fusion.storage import PhotoFiles
from fusion.verification import State, verify
from tests.fusion.signing.test_history import taken
from tests.fusion.signing.test_signer import recipe
from tests.support.fixtures.chains import chain
from tests.support.fixtures.photos import astronaut

pytest.importorskip("c2pa", reason="the extra c2pa is not installed")

ID = "0123456789abcdef"


@pytest.fixture
def leaving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Leaving:
    """As the settings say: a visible label, a watermark, a signature."""
    cert, key = chain().lay(tmp_path)
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path))
    monkeypatch.setenv("FUSEWISE_C2PA_CERT", str(cert))
    monkeypatch.setenv("FUSEWISE_C2PA_KEY", str(key))
    monkeypatch.setenv("FUSEWISE_WATERMARK", "on")
    return Leaving.as_set(Label.EN)


def told(target: bytes = b"a photo", **more: Any) -> dict[str, Any]:
    size = {"width": 512, "height": 512}
    return recipe(target, id=ID, format=2, settings={}, output=size, notice=provenance.AI_NOTICE, **more)


@pytest.mark.parametrize("format", Format)
def test_all_layers_are_read_back_from_one_file(format: Format, leaving: Leaving) -> None:
    parcel = provenance.packed(np.array(astronaut()), format, told(), leaving)
    file = parcel.whole()
    assert (parcel.recipe["watermark"], parcel.recipe["signed"]) == (True, "Tests")
    found = signing.read(file)
    assert found is not None
    assert found.state == signing.State.VALID
    assert "c2pa.watermarked.unbound" in [action.name for action in found.actions]
    with Image.open(io.BytesIO(file)) as image:
        assert watermark.read(np.asarray(image.convert("RGB"))) == watermark.payload_of(ID)
    (label,) = marks_in(file).labels
    assert label.label is not None
    assert label.label.produce_id == ID
    assert {finding.state for finding in verify(file).findings} & {State.BROKEN} == set()


def test_after_a_share_that_strips_everything_the_watermark_is_left(leaving: Leaving) -> None:
    pixels = cv2.resize(np.array(astronaut()), (1024, 1024), interpolation=cv2.INTER_CUBIC)
    file = provenance.packed(pixels, Format.PNG, told(), leaving).whole()
    with Image.open(io.BytesIO(file)) as image:
        shared = io.BytesIO()
        image.convert("RGB").resize((512, 512)).save(shared, "jpeg", quality=70)
    assert signing.read(shared.getvalue()) is None
    assert watermark.read(np.asarray(Image.open(shared))) == watermark.payload_of(ID)


def test_a_kept_target_takes_its_history_along(leaving: Leaving, tmp_path: Path) -> None:
    target, output = taken(), tmp_path / "output.png"
    plain = Leaving()
    output.write_bytes(provenance.packed(np.array(astronaut()), Format.PNG, told(target), plain).whole())

    def parent() -> signing.Ingredient:
        found = signing.read(provenance.unpacked(output, Format.JPEG, told(target), leaving, id=ID).whole())
        assert found is not None
        return next(each for each in found.ingredients if each.relationship == "parentOf")

    assert (parent().is_signed, parent().sha256) == (False, hashlib.sha256(target).hexdigest())
    PhotoFiles(tmp_path / "photos").put(target)
    assert (parent().is_signed, parent().sha256) == (True, hashlib.sha256(target).hexdigest())


def test_nothing_leaves_unsigned_where_a_certificate_has_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cert, key = chain(days=(-30, -1)).lay(tmp_path)
    monkeypatch.setenv("FUSEWISE_C2PA_CERT", str(cert))
    monkeypatch.setenv("FUSEWISE_C2PA_KEY", str(key))
    with pytest.raises(SettingsInvalid, match="valid from") as raised:
        Leaving.as_set(None)
    assert raised.value.exit == Exit.BAD_INPUT
