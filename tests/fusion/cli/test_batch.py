"""`python -m fusion batch` and `jobs`, in processes of their own, with a worker that computes nothing."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fusion.cli.commands import main
from fusion.jobs import Jobs, Query
from fusion.settings import Settings
from fusion.types import State
from tests.support import ROOT, fake_pipeline
from tests.support.command import fusion as run
from tests.support.waiting import SECONDS, until


@pytest.fixture(scope="module", autouse=True)
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


def rows(table: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"))))


def test_a_folder_and_a_face_become_a_folder_of_results(photos: Path, tmp_path: Path) -> None:
    done = run("batch", "--target", photos / "many", "--source", photos / "me.png", "-o", tmp_path / "out")
    assert done.returncode == 1  # one photo of the folder is none
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("fusewise: broken.jpg: This is not a photo that can be read.")
    assert "2 of 2 done" in done.stdout
    names = {file.name for file in (tmp_path / "out").iterdir()}
    assert names == {"a.png", "a.json", "b.png", "b.json", "measurements.csv"}
    assert Settings.loads((tmp_path / "out" / "a.json").read_bytes()) == Settings()


def test_a_table_becomes_a_zip_and_what_fails_is_in_the_table(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    done = run("batch", "--pairs", photos / "pairs.csv", "-o", out, "--mode", "blend", "--retry", 1, "--json")
    assert done.returncode == 1
    assert "fusewise: b.png + me.png: No face was found" in done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    assert [job["state"] for job in told["jobs"]] == ["done", "failed"]
    assert [job["file"] for job in told["jobs"]] == ["a.png", None]
    assert {job["settings"]["mode"] for job in told["jobs"]} == {"blend"}
    with zipfile.ZipFile(out) as archive:
        assert sorted(archive.namelist()) == ["a.json", "a.png", "measurements.csv"]
        assert archive.getinfo("a.png").compress_type == zipfile.ZIP_STORED
        table = rows(archive.read("measurements.csv"))
    assert [(row["target"], row["state"], row["file"]) for row in table] == [
        ("a.png", "done", "a.png"),
        ("b.png", "failed", ""),
    ]
    assert (table[0]["width"], table[0]["engine"], table[0]["peak_bytes"] != "") == ("90", "landmark", True)
    assert "No face" in table[1]["error"]
    assert not [file for file in tmp_path.iterdir() if file != out]


def test_a_zip_is_fused_and_everything_well_ends_with_0(photos: Path, tmp_path: Path) -> None:
    done = run("batch", "--pairs", photos / "photos.zip", "-o", tmp_path, "--preset", "art")
    assert (done.returncode, done.stderr) == (0, "")
    assert "mode" in (tmp_path / "a.json").read_text()


REFUSED: dict[str, tuple[list[str], str]] = {
    "nothing": (["-o", "{out}"], "--target and --source"),
    "no place for the results": (["--pairs", "{photos}/pairs.csv"], "-o FOLDER"),
    "two ways at once": (["--pairs", "{photos}/pairs.csv", "--target", "{photos}/me.png", "-o", "{out}"], "not both"),
    "another kind of list": (["--pairs", "{photos}/me.png", "-o", "{out}"], ".csv or a .zip"),
    "a list that is not there": (["--pairs", "{photos}/none.zip", "-o", "{out}"], "none.zip"),
    "a pattern that means nothing": (
        ["--target", "{photos}/*.bmp", "--source", "{photos}/me.png", "-o", "{out}"],
        "bmp",
    ),
    "no photo that can be used": (
        ["--target", "{photos}/many/broken.jpg", "--source", "{photos}/me.png", "-o", "{out}"],
        "not a photo",
    ),
    "a wrong setting": (["--pairs", "{photos}/pairs.csv", "-o", "{out}", "--ratio", "2"], "ratio is 2"),
    "a file for a folder": (["--pairs", "{photos}/pairs.csv", "-o", "{photos}/me.png"], "could not be written"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_one_line_and_code_2(
    case: str, photos: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments, expected = REFUSED[case]
    filled = [argument.format(photos=photos, out=tmp_path / "out") for argument in arguments]
    assert main(["batch", *filled]) == 2
    told = capfd.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert expected in told.err


def test_an_interrupt_keeps_what_is_done_and_cancels_the_rest(photos: Path, tmp_path: Path) -> None:
    table = photos / "slow.csv"
    table.write_text(
        f"target,source,ratio\nmany/a.png,me.png,0.5\nmany/b.png,me.png,{fake_pipeline.SLOW}\nme.png,many/b.png,0.5\n"
    )
    command = [sys.executable, "-m", "fusion", "batch", "--pairs", str(table), "-o", str(tmp_path), "--name", "slow"]
    data = Path(os.environ["FUSEWISE_DATA"])
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            until(lambda: "running" in _states(data, "slow") and "done" in _states(data, "slow"))
            process.send_signal(signal.SIGINT)
            _, told = process.communicate(timeout=SECONDS)
        finally:
            process.kill()  # else the tests that follow find an app that runs
    assert process.returncode == 130
    assert "stopped: 1 of 3 are done and kept" in told
    assert _states(data, "slow") == ["done", "cancelled", "cancelled"]
    assert (tmp_path / "a + me.png").exists()


def _states(data: Path, name: str) -> list[str]:
    queue = Jobs(data / "jobs")
    try:
        found = [batch.id for batch in queue.batches() if batch.name == name]
        views = queue.history(Query(batch=found[0], limit=-1)) if found else ()
        return [str(view.progress.state) for view in reversed(views)]
    finally:
        queue.close()


def test_jobs_are_listed_tried_again_cancelled_and_removed(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["jobs"]) == 0
    assert "a.png + me.png" in capfd.readouterr().out
    assert main(["jobs", "list", "--state", "failed", "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert {job["state"] for job in told["jobs"]} == {"failed"}
    id = told["jobs"][0]["id"]
    assert main(["jobs", "retry", id[:8]]) == 0
    assert "1 job queued again. They wait until the app is started" in capfd.readouterr().out
    assert main(["jobs", "cancel", id]) == 0
    assert "1 job cancelled." in capfd.readouterr().out
    assert main(["jobs", "purge", "--yes", "--older-than", "1"]) == 0
    assert "nothing to remove" in capfd.readouterr().out
    assert main(["jobs", "purge", "--yes"]) == 0
    assert "removed" in capfd.readouterr().out
    assert main(["jobs"]) == 0
    assert "There are no jobs." in capfd.readouterr().out


@pytest.mark.parametrize("arguments", [["retry"], ["cancel"], ["retry", "ffff"], ["list", "--batch", "ffff"]])
def test_a_job_that_there_is_not_is_one_line(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["jobs", *arguments]) == 2
    assert capfd.readouterr().err.count("\n") == 1


def test_an_app_that_runs_takes_up_what_is_wished(photos: Path, tmp_path: Path, data: Path) -> None:
    queue = Jobs(data / "jobs")
    try:
        queue.start()
        both = ((photos / "me.png").read_bytes(), (photos / "many" / "a.png").read_bytes())
        id = queue.submit(*both, Settings(ratio=fake_pipeline.SLOW))
        until(lambda: queue.view(id).progress.state == State.RUNNING)
        assert run("jobs", "cancel", id).returncode == 0
        until(lambda: queue.view(id).progress.state == State.CANCELLED)
        assert "within a second" in run("jobs", "retry", id).stdout
        until(lambda: queue.view(id).progress.state == State.RUNNING)
        queue.cancel(id)
        until(lambda: queue.view(id).progress.state == State.CANCELLED)
    finally:
        queue.close()


# --- where results go ---


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
    assert set(after) - set(before) == made | (set() if overwrite else {"measurements (2).csv"})
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
    first = {"a.png", "a.json", "b.png", "b.json", "measurements.csv"}
    assert set(contents(mine / "out")) == first
    assert run(*words).returncode == 0
    second = {"a (2).png", "a (2).json", "b (2).png", "b (2).json", "measurements (2).csv"}
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
    assert len(names) == 5
    assert all(len(name.encode()) <= 255 and name.startswith(("照", "measurements")) for name in names)


def test_a_result_that_cannot_be_written_is_told_and_the_others_are(photos: Path, tmp_path: Path) -> None:
    limited = "import resource, sys; from fusion import batch_saved, follow; from fusion.__main__ import main"
    late = (
        "whole = follow.run\n"
        "def run(*given):\n"
        "    made = whole(*given)\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))\n"
        "    return made\n"
        "follow.run = run\n"
    )
    script = f"{limited}\n{late}\nsys.exit(main(sys.argv[1:]))"
    words = ["batch", "--pairs", str(photos / "photos.zip"), "-o", str(tmp_path / "out"), "--json"]
    done = subprocess.run([sys.executable, "-c", script, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert [job["state"] for job in told["jobs"]] == ["done", "done"]
    assert [each["reason"] for each in told["unsaved"]] == ["output_failed", "output_failed"]
    assert "is in the history" in done.stderr
    assert "Traceback" not in done.stderr
