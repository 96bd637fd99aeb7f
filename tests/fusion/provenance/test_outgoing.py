"""The one way out: what every file says that leaves, and what is done to the picture before."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fusion import provenance
from fusion.files import private
from fusion.labels import Label
from fusion.marks import AigcLabel, digest, xmp
from fusion.photos import Format, stored
from fusion.provenance import Leaving
from fusion.settings import Settings
from fusion.sizing import Rect
from fusion.types import Box
from fusion.worker import run_job
from tests.support.fake_pipeline import FakePipeline
from tests.support.fixtures.photos import colours, plain, scene

RECIPE = {"fusewise": "0.1", "format": 2, "id": "a1b2c3", "settings": {}, "notice": provenance.AI_NOTICE}
OLD = {key: RECIPE[key] for key in ("fusewise", "format", "settings", "notice")}
PLAIN = Leaving("A-Code")
LABELLED = Leaving("A-Code", Label.EN)


class Stamp:
    """Signs with a line behind the file, which every decoder overlooks."""

    name = "Somebody"

    def sign(self, file: bytes, format: Format, recipe: Any, *, target: bytes | None = None) -> bytes:
        return file + f"signed {recipe['id']} {format} {target!r}".encode()


def opened(file: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(file)) as image:
        return np.asarray(image)


def label_of(file: bytes) -> AigcLabel:
    with Image.open(io.BytesIO(file)) as image:
        (told,) = xmp.properties(image.info["xmp"])[xmp.AIGC]
    return AigcLabel.loads(told)


def told_by(file: bytes) -> dict[str, Any]:
    found = provenance.recipe_in(file)
    assert found is not None
    return found


@pytest.mark.parametrize("format", Format)
def test_every_file_that_leaves_names_its_producer_and_its_job_once(format: Format) -> None:
    file = provenance.packed(colours(), format, RECIPE, PLAIN).whole()
    label = label_of(file)
    assert (label.label, label.content_producer, label.produce_id) == ("1", "A-Code", "a1b2c3")
    assert (label.content_propagator, label.propagate_id) == ("A-Code", "a1b2c3")
    assert digest.is_ours(label.reserved_code1)
    assert file.count(b"AIGC=") == file.count(b"&quot;ProduceID&quot;") == 1
    assert told_by(file)["label"] is None


@pytest.mark.parametrize("format", Format)
@pytest.mark.parametrize("label", Label)
def test_a_label_that_is_drawn_is_in_the_picture_and_in_the_recipe(format: Format, label: Label) -> None:
    pixels, face = scene(400, 300), Box(250, 150, 400, 300)
    parcel = provenance.packed(pixels.copy(), format, RECIPE, Leaving(label=label), faces=[face])
    file = parcel.whole()
    left, top, width, height = told_by(file)["label"]["box"]
    assert told_by(file)["label"] == parcel.recipe["label"]
    assert parcel.recipe["label"]["text"] == label.text
    assert left + width <= face.left or top + height <= face.top
    apart = np.abs(opened(file).astype(int) - pixels).max(axis=2)
    assert apart[top : top + height, left : left + width].max() > 60
    if format == Format.PNG:
        apart[top : top + height, left : left + width] = 0
        assert apart.max() == 0


@pytest.mark.parametrize("format", Format)
def test_the_digest_is_of_the_picture_with_its_label(format: Format) -> None:
    file = provenance.packed(scene(400, 300), format, RECIPE, Leaving(label=Label.EN)).whole()
    pixels = opened(file)
    own = {
        Format.PNG: lambda: digest.of_rows(400, 300, 3, [pixels.tobytes()]),
        Format.JPEG: lambda: digest.of_jpeg(file),
        Format.WEBP: lambda: digest.of_webp(file),
    }
    assert label_of(file).reserved_code1 == own[format]()


def test_a_watermark_is_put_over_the_label_and_a_signature_over_all() -> None:
    seen: list[np.ndarray] = []

    def darker(pixels: np.ndarray, id: str) -> np.ndarray:
        seen.append(pixels.copy())
        assert id == "a1b2c3"
        return pixels // 2

    leaving = Leaving(label=Label.EN, watermark=darker, signer=Stamp())
    parcel = provenance.packed(scene(400, 300), Format.PNG, RECIPE, leaving, target=lambda: b"its file")
    file = parcel.whole()
    assert file.endswith(b"signed a1b2c3 png b'its file'")
    assert (seen[0] != scene(400, 300)).any()
    assert (opened(file) == seen[0] // 2).all()
    assert (told_by(file)["watermark"], told_by(file)["signed"]) == (True, "Somebody")


@pytest.mark.parametrize("opaque", [None, Rect(10, 10, 50, 40)])
def test_a_stored_picture_leaves_as_it_lies_there_where_nothing_is_to_be_done(
    tmp_path: Path, opaque: Rect | None
) -> None:
    at = tmp_path / "output.png"
    private.write(at, provenance.packed(colours(), Format.PNG, RECIPE, PLAIN, opaque=opaque).pieces)
    parcel = provenance.unpacked(at, Format.PNG, RECIPE, PLAIN, id="a1b2c3")
    assert parcel.recipe == RECIPE
    assert parcel.whole() == at.read_bytes()
    pixels, part = stored.frame(at)
    assert (pixels == colours()).all()
    assert part == opaque


def test_a_picture_of_a_version_that_wrote_no_label_leaves_with_one(tmp_path: Path) -> None:
    at = tmp_path / "output.png"
    Image.fromarray(colours()).save(at)
    parcel = provenance.unpacked(at, Format.PNG, OLD, PLAIN, id="a1b2c3")
    file = parcel.whole()
    assert label_of(file).produce_id == told_by(file)["id"] == parcel.recipe["id"] == "a1b2c3"
    assert (opened(file) == colours()).all()


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp"])
def test_what_a_job_writes_says_its_id_and_leaves_what_is_kept_unlabelled(tmp_path: Path, name: str) -> None:
    photos = run_job.Reader().read_pair(plain(red=10), plain(red=20))
    pipeline: Any = FakePipeline()
    leaving = Leaving(label=Label.ZH)
    report = run_job.run(pipeline, photos, Settings(), tmp_path / name, id="c0ffee", leaving=leaving)
    file = (tmp_path / name).read_bytes()
    assert label_of(file).produce_id == told_by(file)["id"] == "c0ffee"
    assert told_by(file)["label"] == report.recipe["label"]
    assert report.recipe["label"]["text"] == Label.ZH.text
    assert (report.result.pixels == photos.target.pixels[:, ::-1]).all()


def test_a_label_that_had_to_cover_a_face_is_told_of(tmp_path: Path) -> None:
    photos = run_job.Reader().read_pair(plain(red=10), plain(red=20))  # the face of the result is larger than these
    pipeline: Any = FakePipeline()
    report = run_job.run(pipeline, photos, Settings(), tmp_path / "a.png", leaving=Leaving(label=Label.EN))
    assert "label_over_face" in {notice.code for notice in report.facts.notices}
    report = run_job.run(pipeline, photos, Settings(), tmp_path / "a.png")
    assert "label_over_face" not in {notice.code for notice in report.facts.notices}


def test_a_job_of_no_queue_has_an_id_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_PRODUCER", "Some-Body")
    photos = run_job.Reader().read_pair(plain(red=10), plain(red=20))
    pipeline: Any = FakePipeline()
    ids = set()
    for name in ("a.png", "b.png"):
        run_job.run(pipeline, photos, Settings(), tmp_path / name)
        label = label_of((tmp_path / name).read_bytes())
        assert label.content_producer == "Some-Body"
        ids.add(label.produce_id)
    assert len(ids) == 2


def test_a_label_that_could_not_keep_off_a_face_is_told() -> None:
    everywhere = [Box(0, 0, 400, 300)]
    parcel = provenance.packed(np.zeros((300, 400, 3), np.uint8), Format.PNG, RECIPE, LABELLED, faces=everywhere)
    assert [notice.code for notice in parcel.notices] == ["label_over_face"]
    assert provenance.packed(np.zeros((300, 400, 3), np.uint8), Format.PNG, RECIPE, LABELLED).notices == ()
