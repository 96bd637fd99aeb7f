"""Where `python -m fusion batch` writes its results, and what it never writes over."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from fusion.cli.commands import main
from tests.support import ROOT
from tests.support.command import fusion as run
from tests.support.command import rows

pytestmark = pytest.mark.usefixtures("data")


@pytest.fixture
def mine(photos: Path, tmp_path: Path) -> Path:
    """A folder with photos, tables and archives that nobody wants to lose."""
    for name in ("many/a.png", "many/b.png", "me.png", "photos.zip"):
        (tmp_path / Path(name).name).write_bytes((photos / name).read_bytes())
    (tmp_path / "recipe.json").write_text('{"ratio": 0.5}')
    (tmp_path / "measurements.csv").write_text("target,source,ratio\na.png,me.png,0.5\nb.png,me.png,7\n")
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("overwrite", [[], ["--overwrite"]])
def test_a_batch_into_the_folder_of_its_photos_keeps_them(mine: Path, overwrite: list[str]) -> None:
    before = contents(mine)
    words = ["--source", mine / "me.png", "--target", mine / "*.png", "-o", mine, "--recipe", mine / "recipe.json"]
    done = run("batch", *words, *overwrite)
    assert (done.returncode, done.stderr) == (0, "")
    after = contents(mine)
    assert {name: after[name] for name in before if name != "measurements.csv"} == {
        name: data for name, data in before.items() if name != "measurements.csv"
    }
    assert (after["measurements.csv"] == before["measurements.csv"]) is (not overwrite)
    made = {f"{stem} (fused).{suffix}" for stem in ("a", "b", "me") for suffix in ("png", "json")}
    assert set(after) - set(before) == made | {"manifest.json"} | (set() if overwrite else {"measurements (2).csv"})
    table = rows(after["measurements.csv" if overwrite else "measurements (2).csv"])
    assert [row["file"] for row in table] == ["a (fused).png", "b (fused).png", "me (fused).png"]


def test_a_table_and_every_photo_that_it_names_are_kept(mine: Path) -> None:
    before = contents(mine)
    done = run("batch", "--pairs", mine / "measurements.csv", "-o", mine, "--overwrite", "--json")
    assert done.returncode == 1, "one of its rows cannot be used"
    told = json.loads(done.stdout)
    assert told["table"] == str(mine / "measurements (fused).csv")
    after = contents(mine)
    assert {name: after[name] for name in before} == before
    assert Path(told["jobs"][0]["file"]).exists()


@pytest.mark.parametrize("overwrite", [[], ["--overwrite"]])
@pytest.mark.parametrize("out", ["photos.zip", "PHOTOS.ZIP", "link.zip", "hard.zip"])
def test_an_archive_is_not_written_over_by_its_results(
    out: str, overwrite: list[str], mine: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (mine / "link.zip").symlink_to(mine / "photos.zip")
    os.link(mine / "photos.zip", mine / "hard.zip")
    before = contents(mine)
    assert main(["batch", "--pairs", str(mine / "photos.zip"), "-o", str(mine / out), *overwrite]) == 2
    told = capfd.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert "one of the files that were given" in told.err
    assert contents(mine) == before


def test_a_second_run_stands_beside_the_first_or_replaces_it_when_asked(mine: Path) -> None:
    words = ["batch", "--pairs", mine / "photos.zip", "-o", mine / "out"]
    assert run(*words).returncode == 0
    first = {"a.png", "a.json", "b.png", "b.json", "measurements.csv", "manifest.json"}
    assert set(contents(mine / "out")) == first
    assert run(*words).returncode == 0
    second = {"a (2).png", "a (2).json", "b (2).png", "b (2).json", "measurements (2).csv", "manifest (2).json"}
    assert set(contents(mine / "out")) == first | second
    assert run(*words, "--overwrite").returncode == 0
    assert set(contents(mine / "out")) == first | second


def test_a_zip_that_is_there_gives_way_when_asked(mine: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = ["batch", "--pairs", str(mine / "photos.zip"), "-o", str(mine / "out.zip")]
    (mine / "out.zip").write_text("old")
    assert main(words) == 2
    assert "already a file" in capfd.readouterr().err
    assert (mine / "out.zip").read_text() == "old"
    assert main([*words, "--overwrite"]) == 0
    with zipfile.ZipFile(mine / "out.zip") as archive:
        assert "a.png" in archive.namelist()


def test_long_chinese_names_together_are_cut_and_written(photos: Path, tmp_path: Path) -> None:
    long = {"target": "照" * 45, "source": "片" * 40}
    for role, name in long.items():
        (tmp_path / role).mkdir()
        for number, photo in enumerate(("a.png", "b.png")):
            data = (photos / "many" / photo).read_bytes()
            (tmp_path / role / f"{name}{number}.png").write_bytes(data if role == "target" else data + b" ")
    table = tmp_path / "pairs.csv"
    rows_ = [f"target/{long['target']}{n}.png,source/{long['source']}{n}.png" for n in range(2)]
    table.write_text("target,source\n" + "\n".join(rows_), encoding="utf-8")
    done = run("batch", "--pairs", table, "-o", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    names = set(contents(tmp_path / "out"))
    assert len(names) == 6
    assert all(len(name.encode()) <= 255 and name.startswith(("照", "measurements", "manifest")) for name in names)


def test_a_result_that_cannot_be_written_is_told_and_the_others_are(photos: Path, tmp_path: Path) -> None:
    limited = "import resource, sys; from fusion.cli import batch_progress; from fusion.__main__ import main"
    late = (
        "whole = batch_progress.run\n"
        "def run(*given, **named):\n"
        "    made = whole(*given, **named)\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))\n"
        "    return made\n"
        "batch_progress.run = run\n"
    )
    script = f"{limited}\n{late}\nsys.exit(main(sys.argv[1:]))"
    words = ["batch", "--pairs", str(photos / "photos.zip"), "-o", str(tmp_path / "out"), "--json"]
    command = [sys.executable, "-B", "-c", script, *words]  # or modules would be compiled into files cut short
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert [job["state"] for job in told["jobs"]] == ["done", "done"]
    assert [each["reason"] for each in told["unsaved"]] == ["output_failed", "output_failed"]
    assert "is in the history" in done.stderr
    assert "Traceback" not in done.stderr
