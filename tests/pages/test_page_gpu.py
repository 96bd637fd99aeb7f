"""The page of the machine, through streamlit_app.py: with cards that a library plays, without one, and its buttons."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from streamlit.testing.v1 import AppTest

from fusion.errors import FusionError, Reason
from fusion.jobs import Jobs, WorkerRow, WorkerView
from fusion.memory import budget
from fusion.types import Precision
from pages.parts.components.bars import table as html_table
from pages.parts.services import services
from tests.support.app_driver import run, session, texts, until, with_samples
from tests.support.fixtures.nvml import STRANGER, Driver

GIB = 1 << 30
PAGE = "pages/machine/gpu.py"
Have = Callable[[WorkerView], None]


def clear() -> None:
    for resource in (services.scene, services.watch, services.monitor, services.reader):
        resource.clear()


@pytest.fixture(autouse=True)
def looked_at_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing that was seen before or after counts, and nobody waits a second."""
    monkeypatch.setattr(services, "LOOK_SECONDS", 0.1)
    clear()
    yield
    clear()


@pytest.fixture
def app() -> AppTest:
    """A session on the page, at its first look."""
    return run(session()).switch_page(PAGE)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Have:
    """Makes the app have a worker that says so of itself."""

    def have(view: WorkerView) -> None:
        monkeypatch.setattr(Jobs, "workers", lambda self: (view,))

    return have


def looked(at: AppTest) -> AppTest:
    """After the first sample."""
    return until(at, lambda at: bool(bars(at)))


def bars(at: AppTest) -> list[str]:
    """What each bar says to who does not see it."""
    return [found for html in at.get("html") for found in re.findall(r'aria-label="(.*?)"', html.proto.body)]


def table(at: AppTest) -> list[list[str]]:
    """The rows of the table of processes, without their heading."""
    written = next(html.proto.body for html in at.get("html") if "<table" in html.proto.body)
    return [re.findall(r"<td.*?>(.*?)</td>", line) for line in written.split("<tr>")[2:]]


def press(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click()
    return run(at)


def has_button(at: AppTest, key: str) -> bool:
    return any(button.key == key for button in at.button)


# Without a card


def test_before_the_first_look_the_page_says_that_it_comes(app: AppTest) -> None:
    assert "The first look at this machine comes in a second" in texts(run(app))


def test_without_a_card_the_page_says_why_and_shows_the_machine(app: AppTest) -> None:
    looked(app)
    assert "driver" in app.info[0].value
    (memory,) = bars(app)
    assert re.fullmatch(r"Memory: (Fusewise [\d.]+ GiB, )?others .*free [\d.]+ GiB", memory)
    assert len(app.get("plotly_chart")) == 2
    assert re.search(r"Last five minutes.*memory used .* GiB.*busy .* %", texts(app))
    assert "cores for Fusewise" in texts(app)


def test_the_page_speaks_chinese() -> None:
    at = session()
    at.context = {"locale": "zh-CN"}
    looked(run(at).switch_page(PAGE))
    assert at.title[0].value == "显卡与内存"
    assert re.search(r"内存: .*空闲 [\d.]+ GiB", bars(at)[0])
    assert "最近五分钟" in texts(at)


def test_a_driver_that_cannot_be_asked_is_explained(app: AppTest, driver: Driver) -> None:
    driver("mismatch")
    assert "updated, but the old one is still running" in looked(app).info[0].value


@pytest.mark.parametrize("function", ["nvmlInitWithFlags", "nvmlDeviceGetPowerUsage"])
def test_a_driver_that_does_not_answer_is_said_and_the_machine_is_shown(
    app: AppTest, driver: Driver, function: str
) -> None:
    driver("t4", hang=function)
    looked(app)
    assert app.info[0].value.startswith("**The NVIDIA driver does not answer.**")
    assert bars(app)[0].startswith("Memory: ")
    driver("t4", hang="nobody")
    until(app, lambda at: any(bar.startswith("Graphics memory, 15.0 GiB") for bar in bars(at)))


def test_advice_is_given_though_the_driver_does_not_answer(driver: Driver) -> None:
    driver("t4", hang="nvmlDeviceGetPowerUsage")
    at = with_samples(session())
    assert "512×512" in texts(at)


def test_a_containers_limit_is_what_there_is(app: AppTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cgroup").write_text("0::/\n")
    for name, text in {"memory.max": str(GIB), "memory.current": str(GIB // 4), "memory.stat": "anon 1\n"}.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(budget.total_bytes, "__defaults__", (tmp_path / "cgroup", tmp_path))
    monkeypatch.setattr(budget.left_bytes, "__defaults__", (tmp_path / "cgroup", tmp_path))
    looked(app)
    assert "1.0 GiB of memory · a container's limit; the machine has" in texts(app)
    assert bars(app)[0].endswith("free 0.8 GiB")


# Cards


def test_a_stranger_that_holds_nine_gigabytes_is_seen(app: AppTest, driver: Driver) -> None:
    pid = ready(app)
    clear()
    driver("stranger", pid=pid, mib=3072)
    looked(app)
    assert bars(app)[0] == ("Graphics memory, 15.0 GiB: Fusewise 3.0 GiB, others 9.0 GiB, driver 0.4 GiB, free 2.6 GiB")
    said = texts(app)
    assert "driver 550.54.15 · CUDA 12.4" in said
    assert "**30 of 70 W**" in said
    assert "**585 of 1590 MHz**" in said
    assert "Clocks are held back: the power limit is reached, it is getting too warm." in said
    rows = table(app)
    assert [str(pid), "3.0 GiB", "Tesla T4"] == rows[0][2:5]
    assert ["another program", "cannot be seen from here", str(STRANGER), "9.0 GiB"] == rows[1][:4]
    assert len(app.get("plotly_chart")) == 3


def test_two_unequal_cards_have_a_block_each(app: AppTest, driver: Driver) -> None:
    driver("two_unequal")
    looked(app)
    assert [each.value for each in app.subheader][:2] == ["Tesla T4", "NVIDIA GeForce RTX 4090"]
    assert [bar.partition(":")[0] for bar in bars(app)[:2]] == [
        "Graphics memory, 15.0 GiB",
        "Graphics memory, 24.0 GiB",
    ]
    assert "Which card CUDA will call cuda:0 cannot be told" in texts(app)


def test_a_card_that_is_hidden_says_so(app: AppTest, driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    driver("two_alike")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-a0")
    assert ":material/visibility_off: hidden" in texts(looked(app))


def test_a_divided_card_shows_its_parts(app: AppTest, driver: Driver) -> None:
    driver("a100_mig")
    looked(app)
    part = "NVIDIA A100-SXM4-40GB MIG 3g.20gb"
    assert bars(app)[:2] == [f"{part}: used 1.0 GiB, free 19.0 GiB", f"{part}: used 3.0 GiB, free 17.0 GiB"]


def test_a_lost_card_is_said_beside_the_one_that_is_left(app: AppTest, driver: Driver) -> None:
    driver("lost_for_good")
    until(app, lambda at: bool(at.warning))
    assert app.warning[0].value.startswith("**Card 1 could not be read.** The card no longer answers")
    assert bars(app)[0].startswith("Graphics memory, 15.0 GiB")


def test_in_a_container_the_worker_says_what_is_ours(app: AppTest, driver: Driver, worker: Have) -> None:
    worker(
        WorkerView("ready", "Tesla T4", 1, reserved_bytes=2 * GIB, allocated_bytes=GIB, precision=Precision.BFLOAT16)
    )
    driver("stranger", sees_all=False)
    looked(app)
    assert "Fusewise 2.0 GiB" in bars(app)[0]
    said = texts(app)
    assert "what the worker says of itself" in said
    assert "**2.0 GiB, 1.0 in use**" in said
    assert "loaded, " in said
    assert "whose they are cannot be told" in said
    assert {row[0] for row in table(app)} >= {"unknown"}


def test_a_card_that_says_little_is_shown_all_the_same(app: AppTest, driver: Driver) -> None:
    driver("sentinel")
    assert "It does not say how much memory is free." in texts(until(app, lambda at: "Tesla T4" in texts(at)))


def test_another_programs_name_means_nothing_on_the_page() -> None:
    written = html_table([{"Name": "<img src=x onerror=alert(1)>"}])
    assert "&lt;img src=x" in written
    assert "<img" not in written


# What fits


def test_what_fits_goes_by_a_pair_like_most_until_there_are_photos(app: AppTest) -> None:
    looked(app)
    assert "For a 12-megapixel portrait" in texts(app)
    assert re.search(r"Fits\] \*\*512\*\* · 591×443 · up to [\d.]+ GiB", texts(app))


def test_what_fits_goes_by_the_photos_on_the_desk() -> None:
    at = with_samples(session()).switch_page(PAGE)
    looked(at)
    assert "For the photos on your desk" in texts(at)
    assert "512×512" in texts(at)


# The worker


def ready(at: AppTest) -> int:
    """The worker's number, once it is warm."""
    until(at, lambda at: services.jobs().worker().state == "ready")
    pid = services.jobs().worker().pid
    assert pid is not None
    return pid


def test_the_worker_says_what_it_holds(app: AppTest) -> None:
    pid = ready(looked(app))
    until(app, lambda at: "s ago" in texts(at))
    assert "**not loaded**" in texts(app)
    assert f"**{pid}**" in texts(app)
    assert table(app)[0][2] == str(pid)


def test_a_worker_is_restarted_and_the_memory_before_and_after_is_shown(app: AppTest) -> None:
    before = ready(looked(app))
    press(app, "restart_0")
    assert "Restarting: it held" in texts(app)
    until(app, lambda at: "Worker restarted: held" in texts(at))
    assert re.search(r"Worker restarted: held [\d.]+ GiB of main memory, now [\d.]+ GiB\.", texts(app))
    assert ready(app) != before
    assert not psutil.pid_exists(before)


def test_memory_is_released_and_what_was_held_is_said(app: AppTest) -> None:
    ready(looked(app))
    until(app, lambda at: not at.button(key="release_0").disabled)
    press(app, "release_0")
    until(app, lambda at: "Memory released: held" in texts(at))


def test_memory_that_comes_back_on_the_card_is_shown(app: AppTest, driver: Driver, worker: Have) -> None:
    pid = ready(app)
    clear()
    driver("t4", pid=pid, mib=3276)
    worker(WorkerView("ready", "Tesla T4", pid))
    looked(app)
    press(app, "release_0")
    driver("t4", mib=410)
    until(app, lambda at: "held 3.2 GiB on the card, now 0.4 GiB" in texts(at))


def test_a_restart_while_a_job_runs_asks_back(app: AppTest, worker: Have, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int | None] = []
    monkeypatch.setattr(Jobs, "restart", lambda self, pid=None: asked.append(pid))
    worker(WorkerView("busy", "cpu", 7, job="0123456789abcdef"))
    looked(app)
    assert app.button(key="release_0").disabled
    press(app, "restart_0")
    assert "A job is running. It will be run again" in texts(app)
    press(app, "no_restart_only")
    assert not asked
    press(press(app, "restart_0"), "yes_restart_only")
    assert asked == [7]


def test_a_worker_that_is_silent_is_said(app: AppTest, worker: Have) -> None:
    worker(WorkerView("busy", "cpu", None, beat_age_s=9.0))
    assert "It has not said anything for a while" in texts(looked(app))


# Leftover workers


@pytest.fixture
def stray(monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[bytes]]:
    """A real process that is registered as a worker of an app that is dead."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    row = WorkerRow(process.pid, psutil.Process(process.pid).create_time(), STRANGER, 1.0, "", 1.0)
    struck: list[int] = []
    monkeypatch.setattr(Jobs, "registered", lambda self: () if struck else (row,))
    monkeypatch.setattr(Jobs, "unregister", lambda self, pid, born: struck.append(pid))
    yield process
    process.kill()
    process.wait()


def test_a_leftover_worker_is_ended_after_asking_back(app: AppTest, stray: subprocess.Popen[bytes]) -> None:
    looked(app)
    assert "A worker of a Fusewise that is no longer running" in texts(app)
    assert "⚠ left over" in [row[0] for row in table(app)]
    press(app, f"end_{stray.pid}")
    assert stray.poll() is None
    press(app, f"yes_end_{stray.pid}")
    until(app, lambda at: f"Process {stray.pid} was ended." in texts(at))
    assert not psutil.pid_exists(stray.pid)
    assert not has_button(app, f"end_{stray.pid}")


def test_a_leftover_worker_that_the_database_says_nothing_of_can_be_ended_later(
    app: AppTest, stray: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(self: Jobs) -> tuple[WorkerRow, ...]:
        raise FusionError(Reason.LEDGER_UNUSABLE, path="fusewise.db", why="disk I/O error")

    until(app, lambda at: has_button(at, f"end_{stray.pid}"))
    press(app, f"end_{stray.pid}")
    with monkeypatch.context() as patch:
        patch.setattr(Jobs, "registered", unknown)
        press(app, f"yes_end_{stray.pid}")
        until(app, lambda at: "disk I/O error" in texts(at))
    assert stray.poll() is None
    until(app, lambda at: has_button(at, f"end_{stray.pid}"))
    press(app, f"end_{stray.pid}")
    press(app, f"yes_end_{stray.pid}")
    until(app, lambda at: f"Process {stray.pid} was ended." in texts(at))
    assert "disk I/O error" not in texts(app)


def test_a_leftover_worker_can_be_left_alone(app: AppTest, stray: subprocess.Popen[bytes]) -> None:
    looked(app)
    press(app, f"end_{stray.pid}")
    press(app, f"no_end_{stray.pid}")
    assert has_button(app, f"end_{stray.pid}")
    assert stray.poll() is None
