"""What `make setup` installs: which build, from where, and what where that cannot be had. pip is not started."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from fusion.torch_build import __main__ as setup
from fusion.torch_build.builds import INDEX
from fusion.torch_build.cards import Card, Driver, look
from fusion.torch_build.choosing import System, choose
from fusion.torch_build.present import Installed
from tests.support import ROOT
from tests.support.fixtures.nvml import Driver as Play

PIN = "torch==2.13.0"
LINUX = System("Linux", "x86_64")
PASCAL = Card("GTX 1060", (6, 1))


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What pip is asked for, on a Linux without a driver and without torch."""
    asked: list[list[str]] = []

    def run(command: list[str], **_: object) -> SimpleNamespace:
        asked.append(command[command.index("install") + 1 :])
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr("subprocess.run", run)
    monkeypatch.setattr(setup, "installed", lambda: None)
    monkeypatch.setattr(setup, "look", lambda: Driver(False))
    monkeypatch.setattr(setup, "this_system", lambda: LINUX)
    return asked


def made(folder: Path, *index: str) -> tuple[int, str | None]:
    (folder / "requirements.txt").write_text(f"numpy\n{PIN}   # why\n")
    record = folder / "record"
    code = setup.main([str(folder / "requirements.txt"), str(record), *index])
    return code, record.read_text() if record.exists() else None


@pytest.mark.parametrize(
    "system", [System("Darwin", "arm64"), System("Windows", "AMD64"), System("Linux", "aarch64")], ids=str
)
def test_elsewhere_than_on_a_pc_with_linux_nothing_is_chosen(system: System) -> None:
    assert choose(system, Driver(False)).index == ""


def test_a_jetson_is_told_where_its_own_comes_from() -> None:
    chosen = choose(System("Linux", "aarch64", is_jetson=True), Driver(False))
    assert chosen.index == ""
    assert "TORCH_INDEX" in chosen.text


def test_without_a_driver_the_small_build_is_taken(
    pip: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "unreachable", lambda index: "")
    assert made(tmp_path) == (0, INDEX + "cpu")
    assert pip == [["--index-url", INDEX + "cpu", PIN]]


def test_an_index_that_cannot_be_reached_is_named_with_what_is_taken_instead(
    pip: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup, "unreachable", lambda index: "no route")
    assert made(tmp_path) == (0, "")
    assert pip == [[PIN]]
    said = capsys.readouterr().out
    assert INDEX + "cpu cannot be reached (no route)" in said
    assert "the package index's own build is taken instead" in said


def test_a_host_that_refuses_is_unreachable() -> None:
    assert setup.unreachable("http://127.0.0.1:9") != ""
    assert setup.unreachable("no address") != ""


@pytest.mark.parametrize(("asked", "index"), [("default", ""), ("https://example.org/whl", "https://example.org/whl")])
def test_what_is_asked_for_is_taken_in_the_place_of_what_is_there(
    pip: list[list[str]], tmp_path: Path, asked: str, index: str
) -> None:
    assert made(tmp_path, asked) == (0, index)
    assert "--force-reinstall" in pip[0]
    assert pip[-1][-1] == PIN
    pip.clear()
    assert made(tmp_path, asked) == (0, index)
    assert len(pip) == 1, "it is there already"


@pytest.mark.parametrize(
    ("there", "driver", "index", "fits"),
    [
        (Installed("2.12.0+cpu", None), Driver(False), INDEX + "cpu", False),
        (Installed("2.13.0+cpu", None), Driver(False), INDEX + "cpu", True),
        (Installed("2.13.0+cu130", "13.0"), Driver(False), INDEX + "cpu", True),  # it runs there too
        (Installed("2.13.0+cpu", None), Driver(True, "", (12, 4), (PASCAL,)), INDEX + "cu126", False),
        (Installed("2.13.0+cu130", "13.0"), Driver(True, "", (13, 0), (PASCAL,)), INDEX + "cu126", False),
        (Installed("2.13.0+cu126", "12.6"), Driver(True, "", (13, 0), (PASCAL,)), INDEX + "cu126", True),
        (Installed("2.13.0+cu130", "13.0"), Driver(True, "", (12, 4), (Card("T4", (7, 5)),)), INDEX + "cu129", False),
    ],
)
def test_what_runs_here_stays(there: Installed, driver: Driver, index: str, fits: bool) -> None:
    assert setup.is_fit(there, PIN, index, driver) == fits


def test_a_driver_that_does_not_work_is_no_reason_for_a_build_without_cards(driver: Play) -> None:
    driver("not_loaded")
    chosen = choose(LINUX, look())
    assert chosen.index == ""
    assert "error 9" in chosen.text


def test_it_needs_the_standard_library_alone() -> None:
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import fusion.torch_build.__main__; "
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= sys.stdlib_module_names | {"fusion", "__main__"}
