"""The label on the command line: told, switched on and off, the duty said and logged before it is off."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fusion.cli import label
from fusion.cli.commands import main
from fusion.labels import DUTY, Label
from fusion.storage import FILE
from tests.support import ROOT
from tests.support.command import run

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder in which nothing has happened, and a person who speaks English."""
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("FUSEWISE_LABEL", raising=False)
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    return tmp_path / "data"


def logged(capsys: Capture) -> list[str]:
    capsys.readouterr()
    assert main(["log", "--kind", "label", "--json"]) == 0
    return [line["value"] for line in json.loads(capsys.readouterr().out)["declarations"]]


def test_before_anybody_has_answered_it_is_on_and_a_look_makes_no_file(fresh: Path, capsys: Capture) -> None:
    assert main(["label"]) == 0
    said = capsys.readouterr().out
    assert "“AI-modified” is drawn into pictures that leave: nobody has said otherwise." in said
    assert "python -m fusion label off" in said
    assert label.to_draw() == Label.EN
    assert not fresh.exists()


def test_switched_off_it_says_the_duty_and_is_logged(capsys: Capture) -> None:
    assert main(["label", "off", "--yes"]) == 0
    assert DUTY[Label.EN] in capsys.readouterr().out
    assert label.to_draw() is None
    assert main(["label", "show"]) == 0
    assert "is not drawn: you have said so" in capsys.readouterr().out
    assert main(["label", "on", "--language", "zh"]) == 0
    assert label.to_draw() == Label.ZH
    assert logged(capsys) == ["on", "off"]


def test_without_somebody_to_ask_the_duty_must_be_known(fresh: Path) -> None:
    done = run(["fusion", "label", "off"], {"FUSEWISE_DATA": str(fresh)})
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert not (fresh / FILE).exists()


def test_the_label_speaks_chinese_to_who_does(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert label.to_draw() == Label.ZH
    assert main(["label", "off", "--yes"]) == 0
    assert DUTY[Label.ZH] in capsys.readouterr().out


def test_what_the_environment_says_is_told_to_be_above_an_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("FUSEWISE_LABEL", "on")
    assert main(["label", "off", "--yes"]) == 0
    assert "FUSEWISE_LABEL is above your answer" in capsys.readouterr().err
    assert label.to_draw() == Label.EN
    assert main(["label"]) == 0
    assert "FUSEWISE_LABEL says so" in capsys.readouterr().out


def test_where_the_answer_cannot_be_read_it_is_drawn_and_that_is_said(fresh: Path, capsys: Capture) -> None:
    fresh.mkdir()
    (fresh / FILE).write_bytes(b"no database " * 1000)
    assert label.to_draw() == Label.EN
    assert "it is drawn" in capsys.readouterr().err


def test_a_word_that_is_not_known_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setenv("FUSEWISE_LABEL", "sometimes")
    assert main(["label"]) == 2
    assert "FUSEWISE_LABEL" in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="there are no such terminals here")
@pytest.mark.parametrize("answered", [False, True])
def test_a_terminal_is_told_of_the_label_once_unless_somebody_has_answered(answered: bool) -> None:
    if answered:
        assert main(["label", "on"]) == 0
    said = said_at_a_terminal("label.to_draw(); label.to_draw()")
    assert said.count("python -m fusion label") == (not answered)


def said_at_a_terminal(act: str) -> str:
    """What stands on a terminal after a fresh process has acted."""
    ours, theirs = os.openpty()
    try:
        command = [sys.executable, "-c", f"from fusion.cli import label; {act}"]
        subprocess.run(command, cwd=ROOT, stderr=theirs, check=True)
        os.write(theirs, b"\n.")  # there is something to read in any case
        return os.read(ours, 4096).decode()
    finally:
        os.close(ours)
        os.close(theirs)
