"""`python -m fusion verify`: what is printed of files, and how the command ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.verify import pictures as made
from fusion.cli.commands import main
from fusion.jobs import Jobs
from fusion.marks import AigcLabel
from fusion.settings import Settings
from tests.support.fixtures.marked import labelled, picture
from tests.support.fixtures.photos import plain

Capture = pytest.CaptureFixture[str]
FORGED = made.with_xmp_of(made.ours("webp"), "webp", 5)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """By how the command ends, a file with which it does."""
    given = {
        "whole": made.signed("jpeg"),
        "claimed": made.ours("png"),
        "nothing": picture("JPEG"),
        "broken": FORGED,
        "words": b"words",
    }
    for name, data in given.items():
        (tmp_path / name).write_bytes(data)
    return {name: str(tmp_path / name) for name in given}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (("whole",), 0),
        (("claimed",), 0),
        (("nothing",), 3),
        (("broken",), 4),
        (("words",), 2),
        (("claimed", "nothing"), 3),
        (("nothing", "words"), 2),
        (("words", "broken", "whole"), 4),
    ],
)
def test_it_ends_as_the_worst_of_its_files(
    given: tuple[str, ...], code: int, files: dict[str, str], capfd: Capture
) -> None:
    assert main(["verify", *(files[name] for name in given)]) == code
    said = capfd.readouterr()
    assert said.err.count("\n") == given.count("words")
    assert [files[name] in said.out for name in given] == [name != "words" for name in given]


def test_each_finding_is_a_line_with_how_far_it_can_be_relied_on(files: dict[str, str], capfd: Capture) -> None:
    main(["verify", files["broken"]])
    first, *rest = capfd.readouterr().out.splitlines()
    assert first.endswith("broken: do not rely on it")
    assert [line.split()[0] for line in rest] == ["claimed", "broken", "claimed", "claimed"]


def test_programs_are_told_the_same_of_files_that_can_be_read_and_of_others(
    files: dict[str, str], capfd: Capture
) -> None:
    assert main(["verify", files["words"], files["claimed"], "--json"]) == 2
    words, claimed = json.loads(capfd.readouterr().out)["files"]
    assert (words["verdict"], words["error"]["reason"]) == (None, "photo_unreadable")
    assert (claimed["verdict"], claimed["ai"], claimed["produce_id"], claimed["error"]) == (
        "claimed",
        True,
        made.ID,
        None,
    )


def test_a_job_of_the_history_is_named_and_a_look_makes_no_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Capture
) -> None:
    data, file = tmp_path / "data", tmp_path / "label.png"
    monkeypatch.setenv("FUSEWISE_DATA", str(data))
    file.write_bytes(labelled("PNG"))
    main(["verify", str(file)])
    assert not data.exists()
    queue = Jobs()
    id = queue.submit(plain(red=1), plain(red=2), Settings())
    queue.close()
    file.write_bytes(labelled("PNG", AigcLabel("1", "Fusewise", id)))
    capfd.readouterr()
    main(["verify", str(file)])
    assert f"has a job with the number {id}" in capfd.readouterr().out


def test_nothing_is_asked_of_a_pipe(capfd: Capture) -> None:
    assert main(["verify", "/dev/null"]) == 2
    assert main(["verify"]) == 2
