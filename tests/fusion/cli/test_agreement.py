"""Consent on the command line: said once at a terminal, written into recipes where it is given, and logged."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fusion.cli import agreement
from fusion.cli.commands import main
from fusion.declared import CONSENT_WORDING
from tests.support import ROOT

Capture = pytest.CaptureFixture[str]
REMIND = "from fusion.cli import agreement; agreement.remind(is_given={})"


@pytest.fixture
def fresh(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder in which nothing has happened."""
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def said_at_a_terminal(*, is_given: bool) -> str:
    """What stands on a terminal after the reminder of a fresh process."""
    ours, theirs = os.openpty()
    command = [sys.executable, "-c", REMIND.format(is_given)]
    try:
        subprocess.run(command, cwd=ROOT, stderr=theirs, check=True)
        os.write(theirs, b"\n.")  # there is something to read in any case
        return os.read(ours, 4096).decode().strip().removesuffix(".").strip()
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="there are no such terminals here")
def test_the_statement_is_said_once_at_a_terminal(fresh: Path) -> None:
    assert said_at_a_terminal(is_given=True) == ""
    assert not fresh.exists()
    assert "people who were told of this and agreed" in said_at_a_terminal(is_given=False)
    assert said_at_a_terminal(is_given=False) == ""


def test_a_program_that_reads_standard_error_is_told_nothing(fresh: Path, capsys: Capture) -> None:
    agreement.remind(is_given=False)
    assert capsys.readouterr().err == ""
    assert not fresh.exists()


def listed(capsys: Capture, *arguments: str) -> Any:
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def batched(photos: Path, out: Path, *more: str) -> None:
    one = ["--target", str(photos / "many" / "a.png"), "--source", str(photos / "me.png")]
    assert main(["batch", *one, "-o", str(out), *more]) == 0


def test_a_batch_with_consent_says_so_in_every_file_and_in_the_log(
    fresh: Path, photos: Path, tmp_path: Path, capsys: Capture
) -> None:
    batched(photos, tmp_path / "out", "--consent")
    capsys.readouterr()
    (job,) = listed(capsys, "jobs", "list")["jobs"]
    consent = job["consent"]
    assert (consent["by"], consent["wording"]) == ("command line", CONSENT_WORDING)
    recipe = json.loads(next((tmp_path / "out").glob("*me.json")).read_text(encoding="utf-8"))
    assert recipe["consent"] == consent
    (row,) = csv.DictReader(io.StringIO((tmp_path / "out" / "measurements.csv").read_text(encoding="utf-8-sig")))
    assert row["consent"] == consent["at"]
    log = listed(capsys, "log", "--kind", "consent")
    assert (log["count"], log["kept_days"]) == (1, 184)
    assert log["declarations"][0] | {"at": 0} == {
        "at": 0,
        "kind": "consent",
        "value": "given",
        "wording": CONSENT_WORDING,
        "by": "command line",
        "job": job["id"],
    }
    assert listed(capsys, "log", "--kind", "refusal")["count"] == 0
    assert main(["log"]) == 0
    assert f"consent  given  {CONSENT_WORDING}  by command line  {job['id']}" in capsys.readouterr().out


def test_without_it_the_recipe_says_null_and_the_log_nothing(
    fresh: Path, photos: Path, tmp_path: Path, capsys: Capture
) -> None:
    batched(photos, tmp_path / "out")
    recipe = json.loads(next((tmp_path / "out").glob("*me.json")).read_text(encoding="utf-8"))
    assert recipe["consent"] is None
    capsys.readouterr()
    assert main(["log"]) == 0
    assert capsys.readouterr().out == "Nothing was declared.\n"


def test_a_consent_that_cannot_be_logged_is_not_given(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    (tmp_path / "file").write_text("of somebody's")
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path / "file" / "data"))
    out = tmp_path / "out.png"
    pair = [str(photos / "me.png"), str(photos / "many" / "a.png")]
    assert main(["fuse", *pair, "-o", str(out), "--consent"]) == 1
    assert "FUSEWISE_DATA" in capsys.readouterr().err
    assert not out.exists()
