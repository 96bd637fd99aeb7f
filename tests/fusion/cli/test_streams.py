"""Standard output and error: whatever they are, the work is done, the exit code is right, and no traceback is seen."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.support import ROOT

NAME = "结果 😀 ×"
ENCODINGS = {
    "gbk": {"PYTHONIOENCODING": "gbk"},
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "cp437": {"PYTHONIOENCODING": "cp437"},
    "strict": {"PYTHONIOENCODING": "latin-1:strict"},
    "no locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "unbuffered": {"PYTHONIOENCODING": "ascii", "PYTHONUNBUFFERED": "1"},
}
# How the streams are given, by the shell that starts the command.
CLOSED = {"no output": ">&-", "no errors": "2>&-", "nothing": "<&- >&- 2>&-", "a reader that went": "| true"}
FULL = ">/dev/full"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")


@pytest.fixture(scope="module", autouse=True)
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder for this file, and for batches the pipeline that computes nothing."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUSEWISE_DATA", str(folder))
        patch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
        yield folder


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Path:
    """Photos with names that few encodings have, and a job of them in the history."""
    folder = tmp_path_factory.mktemp("photos")
    for number, name in enumerate((f"{NAME}.png", "me.png")):
        Image.new("RGB", (90, 80), (40 * number, 90, 120)).save(folder / name)
    done = start(f"fusion batch {given(folder)} -o {shlex.quote(str(folder / 'first'))}")
    assert done.returncode == 0, done.stderr
    return folder


def given(photos: Path) -> str:
    return f"--target {shlex.quote(str(photos / NAME))}.png --source {photos / 'me.png'}"


def start(words: str, streams: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m …` by a shell, with streams as it is told; the code is the command's, also before a pipe."""
    command = f"set -o pipefail; {shlex.quote(sys.executable)} -W error -m {words} {streams}"
    return subprocess.run(
        ["bash", "-c", command],
        env={**os.environ, **environment},
        cwd=ROOT,
        capture_output=True,
        encoding="latin-1",
        check=False,
    )


def check(done: subprocess.CompletedProcess[str], code: int, complaints: int = 0) -> None:
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert done.returncode == code, done.stderr
    assert done.stderr.count("\n") == complaints, done.stderr
    assert done.stderr.count("fusewise: ") == complaints


ANSWERS = ("fusion jobs list", "fusion jobs list --json", "fusion weights", "fusion --help", "advisor doctor",
           "advisor devices", "advisor devices --json")  # fmt: skip


@pytest.mark.parametrize(
    ("words", "encoding"),
    [*((words, "ascii") for words in ANSWERS[1:]), *((ANSWERS[0], encoding) for encoding in ENCODINGS)],
)
def test_any_encoding_gets_an_answer(words: str, encoding: str, photos: Path) -> None:
    done = start(words, **ENCODINGS[encoding])
    check(done, 0)
    assert done.stdout.strip()
    if words == "fusion jobs list":
        assert r"\U0001f600" in done.stdout


@pytest.mark.parametrize("encoding", [*ENCODINGS, "utf-8"])
def test_json_is_json_in_any_encoding(encoding: str, photos: Path) -> None:
    done = start("fusion jobs list --json", **ENCODINGS.get(encoding, {"PYTHONIOENCODING": "utf-8"}))
    told = json.loads(done.stdout.encode("latin-1").decode("utf-8" if encoding == "utf-8" else "ascii"))
    assert told["jobs"][0]["target"] == f"{NAME}.png"


@pytest.mark.parametrize(
    ("words", "streams"),
    [*((words, "nothing") for words in ANSWERS[1:]), *((ANSWERS[0], streams) for streams in CLOSED)],
)
def test_where_nobody_reads_nothing_fails(words: str, streams: str, photos: Path) -> None:
    check(start(words, CLOSED[streams]), 0)


@needs_full
@pytest.mark.parametrize("words", ANSWERS)
def test_an_answer_that_cannot_be_given_is_a_failure_in_one_line(words: str, photos: Path) -> None:
    done = start(words, FULL)
    check(done, 1, complaints=1)
    assert "could not be printed: No space left on device" in done.stderr


@needs_full
@pytest.mark.parametrize(
    ("words", "streams"),
    [
        *((words, "2>/dev/full") for words in ("fusion none.png none.png -o x.png", "fusion jobs --wrong")),
        *(("fusion jobs retry ffff", streams) for streams in (FULL, "2>/dev/full", "2>&-", "<&- >&- 2>&-")),
    ],
)
def test_a_failure_has_its_own_code_whatever_can_be_printed(words: str, streams: str) -> None:
    assert start(words, streams).returncode == 2


# `jobs list` meets the other encodings: a batch prints by the same means, and takes three times as long.
@pytest.mark.parametrize("case", ["gbk", "no locale", "unbuffered", *CLOSED, "full", "full errors", "everything full"])
def test_a_batch_is_written_wherever_its_lines_go(case: str, photos: Path, tmp_path: Path) -> None:
    full = {"full": FULL, "full errors": "2>/dev/full", "everything full": ">/dev/full 2>&1"}
    streams = full.get(case) or CLOSED.get(case, "")
    out = tmp_path / NAME
    done = start(f"fusion batch {given(photos)} -o {shlex.quote(str(out))}", streams, **ENCODINGS.get(case, {}))
    check(done, 0, complaints=case == "full")
    results = {"结果 _ _ + me.png", "结果 _ _ + me.json"}
    assert {file.name for file in out.iterdir()} == {*results, "measurements.csv", "manifest.json"}


@needs_full
@pytest.mark.parametrize("streams", [FULL, f"{FULL} 2>&-"])
def test_a_batch_whose_json_is_lost_is_written_and_has_failed(streams: str, photos: Path, tmp_path: Path) -> None:
    done = start(f"fusion batch {given(photos)} --json -o {tmp_path / 'out.zip'}", streams)
    check(done, 1, complaints=streams == FULL)
    assert (tmp_path / "out.zip").exists()


def test_nothing_that_is_opened_gets_the_place_of_a_stream(tmp_path: Path) -> None:
    """Else a library that prints would print into the database or a photo."""
    script = "import os, sys; from fusion.cli import streams; streams.prepare(); file = open(sys.argv[1], 'w')"
    command = [sys.executable, "-c", f"{script}; file.write(str(file.fileno()))", str(tmp_path / "x")]
    done = subprocess.run(["bash", "-c", f"{shlex.join(command)} <&- >&- 2>&-"], cwd=ROOT, check=False)
    assert done.returncode == 0
    assert int((tmp_path / "x").read_text()) > 2


def test_names_of_files_do_not_steer_the_terminal(photos: Path, tmp_path: Path) -> None:
    strange = tmp_path / "\x1b[2J\n\u202eevil.png"
    Image.new("RGB", (90, 80), (9, 90, 120)).save(strange)
    words = ["batch", "--target", str(strange), "--source", str(photos / "me.png"), "-o", str(tmp_path / "out")]
    command = [sys.executable, "-m", "fusion"]
    done = subprocess.run([*command, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for kind in ((), ("--json",)):
        told = subprocess.run(
            [*command, "jobs", "list", *kind], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        assert "evil" in told
        assert not {"\x1b", "\u202e"} & set(told)
    assert json.loads(told)["jobs"][0]["target"] == strange.name


@pytest.mark.parametrize("kind", ["target", "folder", "out", "list"])
def test_names_that_are_no_utf_8_are_names(kind: str, tmp_path: Path) -> None:
    name = os.fsdecode("照片".encode("gbk") + b" \xff")
    for each in ("me.png", f"{name}.png"):
        Image.new("RGB", (90, 80), (len(each), 90, 120)).save(tmp_path / each)
    (tmp_path / name).mkdir()
    (tmp_path / name / "a.png").write_bytes((tmp_path / "me.png").read_bytes())
    words: dict[str, list[Any]] = {
        "target": ["--target", tmp_path / f"{name}.png", "--source", tmp_path / "me.png", "-o", tmp_path / "out"],
        "folder": ["--target", tmp_path / name, "--source", tmp_path / f"{name}.png", "-o", tmp_path / "out"],
        "out": ["--target", tmp_path / name, "--source", tmp_path / "me.png", "-o", tmp_path / f"{name} out"],
        "list": ["--target", tmp_path / f"{name}.png", "--source", tmp_path / "me.png", "-o", tmp_path / f"{name}.zip"],
    }
    command = [sys.executable, "-m", "fusion", "batch", *map(str, words[kind])]
    for flags in (["--name", name], ["--json"]):
        done = subprocess.run([*command, *flags], cwd=ROOT, capture_output=True, check=False)
        if kind == "list" and "--json" in flags:
            assert (done.returncode, done.stderr.count(b"\n")) == (2, 1), "the ZIP is there"
            continue
        assert (done.returncode, done.stderr) == (0, b"")
        if "--json" in flags:
            json.loads(done.stdout)
