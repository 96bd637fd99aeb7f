"""`python -m fusion weights`: what it prints, and what it wants to be told."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from fusion.cli.commands import main
from fusion.cli.weights import words_of
from fusion.weights import Phase, Transfer
from fusion.weights.catalog import UNET
from fusion.weights.locate import MANIFEST
from tests.support.fake_weights import TINY, write_tiny


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the weights would be on a machine that has none."""
    monkeypatch.setenv("FUSEWISE_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MODELSCOPE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "weights" / UNET.name


@pytest.fixture
def installed(place: Path) -> Path:
    """A folder of tiny files whose manifest vouches for their sizes; it knows no sha256."""
    write_tiny(place)
    files = {file.path: {"size_bytes": 1000, "sha256": ""} for file in TINY.files}
    (place / MANIFEST).write_text(json.dumps({"files": files}))
    return place


@pytest.mark.parametrize("arguments", [["weights"], ["weights", "status"]])
def test_missing_weights_are_listed_with_their_licences(
    place: Path, arguments: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 0
    told = capfd.readouterr().out
    assert f"in {place}" in told
    assert told.count("  missing\n") == 6
    assert told.count("reported as non-commercial") == 2
    assert "python -m fusion weights download" in told


def test_weights_that_are_there_are_ready(installed: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (installed / "alpha.jpg").write_bytes(b"half")
    assert main(["weights", "status"]) == 0
    assert "not complete" in capfd.readouterr().out
    write_tiny(installed)
    assert main(["weights", "status"]) == 0
    told = capfd.readouterr().out
    assert f"{UNET.name}: ready" in told
    assert "weights download" not in told


def test_the_status_as_json(installed: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["weights", "status", "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert (told["ready"], told["manifest"], told["folder"]) == (True, True, str(installed))
    assert [file["state"] for file in told["files"]] == ["found"] * 6
    assert set(told["files"][0]) == {
        "path",
        "purpose",
        "licence",
        "state",
        "bytes",
        "least_bytes",
        "stated_bytes",
        "sha256",
    }


def test_a_download_is_not_begun_before_the_licences_are_accepted(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["weights", "download"]) == 2  # no terminal, so nobody can be asked
    told = capfd.readouterr()
    assert "--accept-licences" in told.err
    assert told.err.count("\n") == 1
    assert not place.exists()


@pytest.mark.parametrize(("answer", "code"), [(False, 130), (True, 1)])
def test_on_a_terminal_the_licences_are_said_and_a_yes_is_asked_for(
    place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], answer: bool, code: int
) -> None:
    keyboard = io.StringIO("y\n" if answer else "n\n")
    monkeypatch.setattr(keyboard, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", keyboard)
    place.parent.parent.joinpath("weights").write_text("a file where the folder should be")
    assert main(["weights", "download"]) == code
    told = capfd.readouterr()
    assert "about 1.7 GB" in told.out
    assert "GPEN: reported as non-commercial" in told.out
    assert str(place) in told.out
    assert told.err.startswith("fusewise: The folder" if answer else "fusewise: stopped")


def test_verify_says_which_files_cannot_be_checked(installed: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["weights", "verify"]) == 0
    told = capfd.readouterr().out
    assert told.count("cannot be checked") == 6
    assert "no sha256" in told


def test_verify_without_weights_is_one_line(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["weights", "verify"]) == 1
    told = capfd.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1


def test_an_unknown_command_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["weights", "upload"]) == 2
    assert "upload" in capfd.readouterr().err


def test_how_far_it_is_fits_into_a_line() -> None:
    here = Transfer(Phase.FETCHING, "BFM/BFM_model_front.mat", 1, 2, 500_000_000, 1_700_000_000, 5e6, 240.0)
    assert words_of(here) == "BFM_model_front.mat · 500 MB of 1700 MB · 5.0 MB/s · 4 min left"
    assert words_of(Transfer(Phase.LISTING)) == "asking the ModelScope hub"
    assert words_of(Transfer(Phase.CHECKING, "a", 1, 2, 1, 2)).startswith("checking a")
