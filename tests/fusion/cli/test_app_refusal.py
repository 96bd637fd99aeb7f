"""The command line examines photos where it is told to, and only there."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from fusion.cli.commands import main
from fusion.declared import COMMAND_LINE, Declared
from fusion.storage import FILE, Declarations, Store
from tests.support.fixtures.unchecked import not_installed


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FUSEWISE_REFUSAL", "on")
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path))
    return tmp_path / "out.png"


def test_refused_photos_end_it_with_one_line_and_2(
    out: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FUSEWISE_REFUSAL_THRESHOLD", "0")
    assert main(["--sample", "-o", str(out)]) == 2
    told = capfd.readouterr().err
    assert told.startswith("fusewise: One of the photos seems to show nudity.")
    assert told.count("\n") == 1
    assert not out.exists()
    (line,) = Declarations(Store(out.parent / FILE)).listed(Declared.REFUSAL, now=time.time())
    assert (line.value, line.by, line.job) == ("photos_refused", COMMAND_LINE, None)


def test_without_what_examines_them_it_ends_with_1_and_says_what_to_do(
    out: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    not_installed(monkeypatch)
    assert main(["--sample", "-o", str(out)]) == 1
    assert "requirements-refusal.txt" in capfd.readouterr().err
    assert not out.exists()
