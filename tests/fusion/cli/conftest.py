"""What tests of the command lines share: a data folder with a worker that computes nothing, and photos."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.support import fake_pipeline


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder for this file, and the pipeline that computes nothing."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUSEWISE_DATA", str(folder))
        patch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
        yield folder


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three photos, one more that is none, a table and a ZIP."""
    folder = tmp_path_factory.mktemp("photos")
    (folder / "many").mkdir()
    for number, name in enumerate(("many/a.png", "many/b.png", "me.png")):
        Image.new("RGB", (90, 80), (40 * number, 90, 120)).save(folder / name)
    (folder / "many" / "broken.jpg").write_text("words")
    ratios = f"a.png,me.png,0.5\nmany/b.png,me.png,{fake_pipeline.FACELESS}\n"
    (folder / "pairs.csv").write_text(f"target,source,ratio\nmany/{ratios}")
    with zipfile.ZipFile(folder / "photos.zip", "w") as archive:
        archive.write(folder / "many" / "a.png", "targets/a.png")
        archive.write(folder / "many" / "b.png", "targets/b.png")
        archive.write(folder / "me.png", "sources/me.png")
    return folder
