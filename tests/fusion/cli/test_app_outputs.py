"""Where the command line writes its picture, and what it never writes over."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fusion.cli.commands import main
from fusion.photos import samples
from fusion.worker import run_job
from tests.support import ROOT

Files = tuple[Path, Path]


@pytest.fixture
def pair(sample_files: Files, tmp_path: Path) -> Files:
    """Target and source in a folder of their own."""
    copies = tmp_path / "target.png", tmp_path / "source.jpg"
    for photo, copy in zip(sample_files, copies, strict=True):
        copy.write_bytes(photo.read_bytes())
    return copies


@pytest.mark.parametrize("overwrite", [[], ["--overwrite"]])
@pytest.mark.parametrize("out", ["target.png", "source.jpg", "SOURCE.JPG", "link.png", "hard.jpg", "recipe.webp"])
def test_no_photo_and_no_recipe_is_written_over(
    out: str, overwrite: list[str], pair: Files, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = pair[0].parent
    (folder / "link.png").symlink_to(pair[0])
    os.link(pair[1], folder / "hard.jpg")
    (folder / "recipe.webp").write_text("{}")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    words = [*map(str, pair), "--recipe", str(folder / "recipe.webp"), "-o", str(folder / out), *overwrite]
    assert main(words) == 2
    told = capfd.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert "one of the files that were given" in told.err
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_the_sample_is_not_written_over(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--sample", "-o", str(samples.TARGET.file()), "--overwrite"]) == 2
    assert "one of the files that were given" in capfd.readouterr().err


def test_a_jpeg_that_is_to_be_transparent_is_refused_before_any_work(
    pair: Files, capfd: pytest.CaptureFixture[str]
) -> None:
    out = pair[0].with_name("out.jpg")
    words = [*map(str, pair), "--output", "300x200", "--fit", "pad", "--fill", "transparent", "-o", str(out)]
    assert main(words) == 2
    told = capfd.readouterr().err
    assert told.count("\n") == 1
    assert "A JPEG cannot be transparent" in told
    assert "End the output name in .png or .webp" in told
    assert not out.exists()


def test_a_file_that_is_there_gives_way_when_asked(pair: Files, capfd: pytest.CaptureFixture[str]) -> None:
    out = pair[0].with_name("out.png")
    out.write_text("old")
    words = [*map(str, pair), "--output", "256x256", "--fit", "crop", "-o", str(out)]
    assert main(words) == 2
    assert "already a file" in capfd.readouterr().err
    assert out.read_text() == "old"
    assert main([*words, "--overwrite"]) == 0
    with Image.open(out) as image:
        assert image.size == (256, 256)


def test_a_file_that_comes_meanwhile_stays(
    pair: Files, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    out = pair[0].with_name("out.png")
    whole = run_job.run

    def late(*given: Any, **named: Any) -> run_job.Report:
        out.write_text("somebody else's")
        return whole(*given, **named)

    monkeypatch.setattr("fusion.worker.run_job.run", late)
    assert main([*map(str, pair), "--output", "256x256", "--fit", "crop", "-o", str(out)]) == 2
    assert "already a file" in capfd.readouterr().err
    assert out.read_text() == "somebody else's"
    assert {path.name for path in out.parent.iterdir()} == {"target.png", "source.jpg", "out.png"}


@pytest.mark.parametrize("name", ["x" * 251, "照" * 83, os.fsdecode(b"caf\xe9"), "a\nb\x1b[2J", "CON"])
def test_a_name_that_the_system_takes_is_written(name: str, pair: Files, capfd: pytest.CaptureFixture[str]) -> None:
    out = pair[0].with_name(f"{name}.png")
    assert main([*map(str, pair), "--output", "256x256", "--fit", "crop", "-o", str(out)]) == 0
    told = capfd.readouterr()
    assert told.err == ""
    assert told.out.count("256×256") == 1
    assert "\x1b" not in told.out
    assert out.exists()


@pytest.mark.parametrize("name", ["x" * 252, "照" * 84, "照" * 300])
def test_a_name_that_is_too_long_is_said_before_anything_is_computed(
    name: str, pair: Files, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fusion.worker.run_job.run", None)
    assert main([*map(str, pair), "-o", str(pair[0].with_name(f"{name}.png"))]) == 2
    told = capfd.readouterr()
    assert told.err.count("\n") == 1
    assert "The name of the result is too long" in told.err
    assert "Choose a shorter name" in told.err


def test_a_disk_that_is_full_is_not_the_inputs_fault(pair: Files) -> None:
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (9999, 9999))"  # -B: of compiled modules too
    script = f"{limited}; import sys; from fusion.__main__ import main; sys.exit(main(sys.argv[1:]))"
    out = pair[0].with_name("out.png")
    words = [*map(str, pair), "--output", "512", "-o", str(out)]
    command = [sys.executable, "-B", "-c", script, *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert done.stderr.splitlines()[-1].startswith(f"fusewise: The disk of {out.parent} is full (File too large).")
    assert done.stderr.count("fusewise: ") == 1
    assert {path.name for path in out.parent.iterdir()} == {"target.png", "source.jpg"}


@pytest.mark.parametrize("streams", ["", ">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full", "2>/dev/full", "| true"])
def test_the_picture_is_written_wherever_its_line_goes(streams: str, pair: Files) -> None:
    words = [*map(str, pair), "--output", "256x256", "--fit", "crop", "-o", str(pair[0].with_name("结果 😀.png"))]
    command = shlex.join([sys.executable, "-W", "error", "-m", "fusion", *words])
    environment = {**os.environ, "PYTHONIOENCODING": "gbk"}
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} {streams}"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count(b"\n") == (streams == ">/dev/full"), done.stderr
    assert pair[0].with_name("结果 😀.png").exists()
