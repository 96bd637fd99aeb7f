"""What a batch is taken along as: labelled pictures, their recipes, and a manifest that fits every file."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fusion import provenance
from fusion.batches import Place, export, zip_stream
from fusion.errors import Reason
from fusion.files import Inputs
from fusion.jobs import JobView
from fusion.jobs.view import Outcome
from fusion.labels import Label
from fusion.provenance import Leaving
from fusion.settings import Settings
from fusion.types import Progress, State
from fusion.worker import run_job
from tests.support.fake_pipeline import FakePipeline
from tests.support.fixtures.photos import saved, scene

LABELLED = Leaving(label=Label.EN)
Views = list[JobView]


@pytest.fixture(scope="module")
def photos() -> run_job.Photos:
    data = saved(scene(300, 200), "PNG")
    return run_job.Reader().read_pair(data, data)


@pytest.fixture
def views(tmp_path: Path, photos: run_job.Photos) -> Views:
    return [done(tmp_path / id, id, name, photos) for id, name in (("a1", "manifest.jpg"), ("b2", "王.jpg"))]


def done(folder: Path, id: str, name: str, photos: run_job.Photos) -> JobView:
    folder.mkdir()
    pipeline: Any = FakePipeline()
    report = run_job.run(pipeline, photos, Settings(), folder / "output.png", before=folder / "before.png", id=id)
    outcome = Outcome(folder / "output.png", folder / "before.png", report.facts, report.recipe)
    return JobView(id, Settings(), Progress(State.DONE), outcome=outcome, target_name=name, source_name="me.jpg")


def unzipped(views: Views, leaving: Leaving) -> dict[str, bytes]:
    file = io.BytesIO()
    assert export.write_zip(views, file, leaving) == len(views)
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def check_manifest(files: dict[str, bytes], name: str = "manifest.json") -> None:
    listed = json.loads(files[name])["files"]
    told = {each["name"]: (each["bytes"], each["sha256"]) for each in listed}
    assert len(told) == len(listed)
    others = {other: data for other, data in files.items() if other != name}
    assert told == {other: (len(data), hashlib.sha256(data).hexdigest()) for other, data in others.items()}


@pytest.mark.parametrize("leaving", [Leaving(), LABELLED], ids=["plain", "labelled"])
def test_the_manifest_comes_last_and_names_every_other_file(views: Views, leaving: Leaving) -> None:
    files = unzipped(views, leaving)
    assert list(files)[-1] == "manifest.json"
    assert {"manifest (2).png", "manifest (2).json", "王.png", "王.json", "measurements.csv"} < set(files)
    check_manifest(files)


def test_without_a_label_pictures_leave_as_they_are_and_the_length_is_known(views: Views) -> None:
    members = export.contents(views, Leaving())
    assert zip_stream.length(members) == len(b"".join(zip_stream.pieces(members)))
    outcome = views[1].outcome
    assert outcome is not None
    assert unzipped(views, Leaving())["王.png"] == outcome.output.read_bytes()


def test_a_label_is_drawn_into_every_picture_and_told_in_both_recipes(views: Views) -> None:
    assert zip_stream.length(export.contents(views, LABELLED)) is None
    files = unzipped(views, LABELLED)
    for view, stem in zip(views, ("manifest (2)", "王"), strict=True):
        assert view.outcome is not None
        told = json.loads(files[f"{stem}.json"])
        assert told["label"]["text"] == "AI-modified"
        assert told["id"] == view.id
        assert provenance.recipe_in(files[f"{stem}.png"]) == {key: told[key] for key in told if key != "notice"}
        left, top, width, height = told["label"]["box"]
        with Image.open(io.BytesIO(files[f"{stem}.png"])) as picture, Image.open(view.outcome.output) as kept:
            apart = np.asarray(picture).astype(int) - np.asarray(kept)
        assert apart[top : top + height, left : left + width].any()
        apart[top : top + height, left : left + width] = 0
        assert not apart.any()


def test_a_folder_has_a_manifest_of_what_was_written_into_it(views: Views, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "manifest.json").write_text("somebody's")
    made = Place(out, Inputs(), leaving=LABELLED).save(views)
    assert made.errors == ()
    assert made.manifest == str(out / "manifest (3).json")
    assert (out / "manifest.json").read_text() == "somebody's"
    (out / "manifest.json").unlink()
    check_manifest({file.name: file.read_bytes() for file in out.iterdir()}, "manifest (3).json")
    assert json.loads((out / "王.json").read_text())["label"]["text"] == "AI-modified"


@pytest.mark.parametrize("leaving", [Leaving(), LABELLED], ids=["plain", "labelled"])
def test_a_picture_that_is_gone_is_told_and_the_others_are_saved(
    views: Views, tmp_path: Path, leaving: Leaving
) -> None:
    assert views[0].outcome is not None
    views[0].outcome.output.unlink()
    out = tmp_path / "out"
    out.mkdir()
    made = Place(out, Inputs(), leaving=leaving).save(views)
    assert [error.reason for _, error in made.errors] == [Reason.RESULT_GONE]
    assert set(made.files) == {"b2"}
    check_manifest({file.name: file.read_bytes() for file in out.iterdir()})
    assert set(unzipped(views[1:], leaving)) == {"王 + me.png", "王 + me.json", "measurements.csv", "manifest.json"}
