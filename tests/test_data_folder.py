"""A data folder that cannot be used: one line with a remedy on every command, a card on every page, and no crash."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st

from advisor.cli.commands import main as advise
from fusion.cli.commands import main as fuse
from fusion.jobs import Jobs
from pages.parts.services import services
from tests.support.app_driver import awaited, run, session
from tests.support.fixtures.disks import Mount, fill
from tests.support.waiting import until

PAGES = ("studio/fuse.py", "studio/batch.py", "studio/history.py", "machine/gpu.py", "machine/diagnostics.py")
KINDS = ("under_a_file", "a_file", "a_dead_link", "read_only", "too_long", "full")
Make = Callable[[str], Path]


@pytest.fixture
def make(tmp_path: Path, mount: Mount, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes FUSEWISE_DATA a folder of some kind that cannot be used."""
    monkeypatch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")

    def made(kind: str) -> Path:
        file, link = tmp_path / "file", tmp_path / "link"
        file.write_text("of somebody's")
        link.symlink_to(tmp_path / "nowhere")
        folder = {
            "under_a_file": file / "data",
            "a_file": file,
            "a_dead_link": link,
            "too_long": tmp_path / ("a" * 300),
        }
        if kind == "full":
            data = mount(1)
            fill(data)
        else:
            data = mount(read_only=tmp_path / "read-only") if kind == "read_only" else folder[kind]
        monkeypatch.setenv("FUSEWISE_DATA", str(data))
        return data

    return made


def photos_of(sample_files: tuple[Path, Path]) -> list[str]:
    return ["--target", str(sample_files[0]), "--source", str(sample_files[1])]


@pytest.mark.parametrize("kind", KINDS)
def test_every_command_that_needs_it_says_so_in_one_line(
    make: Make, kind: str, sample_files: tuple[Path, Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data = make(kind)
    commands: list[tuple[Callable[[list[str]], int], list[str]]] = [
        (fuse, ["jobs", "list"]),
        (fuse, ["jobs", "list", "--json"]),
        (fuse, ["jobs", "purge", "--yes"]),
        (fuse, ["jobs", "retry", "x"]),
        (fuse, ["batch", *photos_of(sample_files), "-o", str(tmp_path / "out")]),
        (advise, ["calibrate"]),
    ]
    if kind != "full":  # where no database can be made, there is none to look in
        commands.append((advise, ["diagnose", "--job", "abc"]))
    for main, words in commands:
        assert main(words) == 1, words
        said = capfd.readouterr()
        lines = [line for line in said.err.splitlines() if line.startswith("fusewise: ")]
        assert (len(lines), said.out) == (1, ""), words
        assert str(data) in lines[0]
        assert "Traceback" not in said.err
        assert ("Make room" if kind == "full" else "FUSEWISE_DATA") in lines[0]


@pytest.mark.parametrize("kind", ["under_a_file", "read_only", "too_long"])
def test_the_doctor_finds_it(make: Make, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    data = make(kind)
    assert advise(["doctor", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "database" in [finding["cause"] for finding in told["findings"]]
    assert str(data) not in json.dumps(told["findings"])


@pytest.fixture
def fresh_server() -> Iterator[None]:
    """What sessions share is made anew."""
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_says_so_and_works_once_it_can(
    make: Make, kind: str, fresh_server: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = make(kind)
    at = run(session())
    for page in PAGES:
        at.switch_page(f"pages/{page}")
        errors = [error.value for error in run(at).error]
        assert errors, page
        assert all(str(data) in error for error in errors), page
    if kind != "full":  # that is a folder which is good but for its disk
        monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path / "good"))
        at.switch_page("pages/studio/history.py")
        assert not run(at).error


def test_the_server_starts_and_begins_later_what_it_could_not(
    make: Make, fresh_server: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = make("a_file")

    async def serve() -> Jobs:
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(services.lifespan(None))  # type: ignore[arg-type]
            assert str(data) in capsys.readouterr().err
            monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path / "good"))
            services.serve_late()
            return services.jobs()

    assert awaited(serve())._closed


def test_a_full_disk_is_told_above_every_page(
    mount: Mount, fresh_server: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
    data = mount(40)
    monkeypatch.setenv("FUSEWISE_DATA", str(data))
    at = run(session())
    assert not at.error
    stuffing = fill(data)
    for page in PAGES:
        at.switch_page(f"pages/{page}")
        (error,) = run(at).error
        assert "is full" in error.value
        assert "Make room" in error.value
    stuffing.unlink()
    until(lambda: services.jobs().paused is None)  # the queue looks once a second
    assert not run(at).error
