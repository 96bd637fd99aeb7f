"""A module that is imported late: why it fails is told, and one that is loaded is taken as it is."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from fusion import lazy_imports
from fusion.errors import FusionError


def test_a_module_that_fails_to_load_says_why_to_whoever_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "does_not_load.py").write_text("raise RuntimeError('a broken build')", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(RuntimeError, match="a broken build"):
        lazy_imports.load("does_not_load")
    with pytest.raises(ModuleNotFoundError):
        lazy_imports.load("fusion.nowhere")


def test_a_module_that_is_loaded_is_taken_as_it_is() -> None:
    assert lazy_imports.load("fusion.errors").FusionError is FusionError


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`plotter`, and `needs_it`, which imports it for one function."""
    (tmp_path / "plotter").mkdir()
    (tmp_path / "plotter/__init__.py").write_text("loaded = 'package'", encoding="utf-8")
    (tmp_path / "plotter/lines.py").write_text("loaded = 'lines'", encoding="utf-8")
    needs = "import plotter.lines as lines\ndef draw():\n    return lines.loaded\n"
    (tmp_path / "needs_it.py").write_text(needs, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("plotter", "plotter.lines", "needs_it"):
        monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.mark.usefixtures("library")
def test_a_module_that_is_put_off_is_loaded_by_whoever_asks_it_for_something() -> None:
    with lazy_imports.put_off(("plotter", "plotter.lines")):
        needs_it = importlib.import_module("needs_it")
        assert "plotter" not in sys.modules, "nor meanwhile, for whoever looks"
    assert needs_it.draw() == "lines"
    assert sys.modules["plotter"].loaded == "package"


@pytest.mark.usefixtures("library")
def test_one_that_is_there_is_not_put_off() -> None:
    plotter = importlib.import_module("plotter.lines")
    with lazy_imports.put_off(("plotter", "plotter.lines")):
        assert importlib.import_module("plotter.lines") is plotter
    assert sys.modules["plotter.lines"] is plotter


def test_who_finds_faces_loads_nothing_that_draws() -> None:
    finds = (
        "import sys; from fusion.faces.finder import FaceFinder; FaceFinder(); "
        "print(*(name in sys.modules for name in ('matplotlib', 'mediapipe')))"
    )
    done = subprocess.run([sys.executable, "-c", finds], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["False", "True"]
