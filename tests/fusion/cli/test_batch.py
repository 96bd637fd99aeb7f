"""`python -m fusion batch` and `jobs`, in processes of their own, with a worker that computes nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from fusion.cli.commands import main
from fusion.jobs import Jobs, Query
from fusion.settings import Settings
from fusion.types import State, Switch
from tests.support import ROOT, fake_pipeline
from tests.support.command import fusion as run
from tests.support.command import rows
from tests.support.waiting import SECONDS, until

pytestmark = pytest.mark.usefixtures("data")


def test_a_folder_and_a_face_become_a_folder_of_results(photos: Path, tmp_path: Path) -> None:
    several = ("--source", photos / "many" / "a.png", "--source", photos / "me.png", "--one-person", "--mirror", "on")
    done = run("batch", "--target", photos / "many", *several, "-o", tmp_path / "out")
    assert done.returncode == 1  # one photo of the folder is none
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("fusewise: broken.jpg: This is not a photo that can be read.")
    assert "2 of 2 done" in done.stdout
    assert done.stdout.count("  note: Of 2 source photos number 2 is used: its pose is most like the target's.") == 2
    assert done.stdout.count("  note: The source was mirrored, as asked for.") == 2
    names = {file.name for file in (tmp_path / "out").iterdir()}
    assert names == {"a.png", "a.json", "b.png", "b.json", "measurements.csv", "manifest.json"}
    assert Settings.loads((tmp_path / "out" / "a.json").read_bytes()) == Settings(mirror=Switch.ON)
    table = rows((tmp_path / "out" / "measurements.csv").read_bytes())
    assert [row["source_used"] for row in table] == ["me.png", "me.png"]
    assert [row["suited"] for row in table] == ["good", "good"]
    assert all("The source was mirrored" in row["notices"] for row in table)


def test_a_table_becomes_a_zip_and_what_fails_is_in_the_table(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    done = run("batch", "--pairs", photos / "pairs.csv", "-o", out, "--mode", "blend", "--retry", 1, "--json")
    assert done.returncode == 1
    assert "fusewise: b.png + me.png: No face was found" in done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    assert [job["state"] for job in told["jobs"]] == ["done", "failed"]
    assert [job["file"] for job in told["jobs"]] == ["a.png", None]
    assert {job["settings"]["mode"] for job in told["jobs"]} == {"blend"}
    assert [job["suitability"] and job["suitability"]["verdict"] for job in told["jobs"]] == ["good", None]
    with zipfile.ZipFile(out) as archive:
        assert sorted(archive.namelist()) == ["a.json", "a.png", "manifest.json", "measurements.csv"]
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
