"""`python -m advisor diagnose` without a job of one's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from advisor.cli import commands as command


def run(*arguments: object) -> int:
    return command.main(["diagnose", *map(str, arguments)])


def test_a_finding_has_the_form_that_was_promised(
    sample_files: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    target, source = sample_files
    assert run(target, "--target", target, "--source", source, "--json") == 0
    found = json.loads(capfd.readouterr().out)["findings"][0]
    assert set(found) >= {"symptom", "cause", "level", "confidence", "evidence", "remedy"}
    assert set(found["remedy"]) == {"text", "patch", "action"}
    assert found["cause"] == "unchanged"


def test_a_look_for_a_job_makes_no_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path / "nothing"))
    assert run("--job", "0" * 16) == 2
    assert not (tmp_path / "nothing").exists()
    assert "There is no job" in capfd.readouterr().err
