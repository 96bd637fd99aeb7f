"""The page of the machine, through streamlit_app.py: with cards that a library plays, without one, and what fits."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from fusion.jobs import WorkerView
from fusion.memory import budget
from fusion.types import Precision
from pages.parts.components import bars as bars_of
from pages.parts.services import services
from tests.support.app_driver import run, session, texts, until, with_samples
from tests.support.fixtures.nvml import STRANGER, Driver
from tests.support.pages.gpu import bars, clear, looked, looked_over, ready, table

GIB = 1 << 30
PAGE = "pages/machine/gpu.py"
Have = Callable[[WorkerView], None]


# Without a card


def test_before_the_first_look_the_page_says_that_it_comes(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "LOOK_SECONDS", 60)
    clear()
    assert "The first look at this machine comes in a second" in texts(run(app))


def test_without_a_card_the_page_says_why_and_shows_the_machine(app: AppTest) -> None:
    looked(app)
    assert "driver" in app.info[0].value
    (memory,) = bars(app)
    assert re.fullmatch(r"Memory: (Fusewise [\d.]+ GiB, )?others .*free [\d.]+ GiB", memory)
    assert len(app.get("plotly_chart")) == 2
    assert re.search(r"In the last five minutes: memory used .* GiB.*busy .* %", texts(app))
    assert app.title[0].value == "This machine"
    assert "cores for Fusewise" in texts(app)


def test_the_page_speaks_chinese() -> None:
    at = session()
    at.context = {"locale": "zh-CN"}
    looked(run(at).switch_page(PAGE))
    assert at.title[0].value == "本机"
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


def test_several_cards_have_a_row_each_and_their_details_on_demand(app: AppTest, driver: Driver) -> None:
    driver("two_unequal")
    looked_over(app)
    small, large = table(app)
    assert [re.sub("<.*?>", "|", row[0]) for row in (small, large)] == [
        "|Tesla T4|||slot 3B:00.0|",
        "|NVIDIA GeForce RTX 4090|||slot 1A:00.0|",
    ]
    assert [row[1].rpartition(">")[2] for row in (small, large)] == ["10.6 of 15.0 GiB free", "19.6 of 24.0 GiB free"]
    assert small[2:4] == ["35 %", "52 °C"]
    assert small[5] == "not used"
    assert not app.get("plotly_chart")
    assert [each.label for each in app.expander][:2] == ["Tesla T4 · 3B:00.0", "NVIDIA GeForce RTX 4090 · 1A:00.0"]
    app.session_state["open_card_1"] = True
    run(app)
    assert bars(app)[0].startswith("Graphics memory, 24.0 GiB")
    assert len(app.get("plotly_chart")) == 3


def test_cards_of_one_name_are_told_apart_by_their_numbers(app: AppTest, driver: Driver) -> None:
    driver("eight")
    looked_over(app)
    labels = [each.label.partition(" · ")[0] for each in app.expander][:8]
    assert labels == [f"Card {number}" for number in range(8)]
    assert len({row[0] for row in table(app)}) == 8
    tables = [html.proto.body for html in app.get("html") if "<table" in html.proto.body]
    assert tables[1].count(str(STRANGER)) == 1
    assert "8 cards" in tables[1]


def test_what_fits_on_a_card_goes_by_its_own_free_memory(
    app: AppTest, driver: Driver, worker: Have, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("advisor.device.capabilities.torch_has_cuda", lambda: True)
    monkeypatch.setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
    worker(WorkerView("ready", "Tesla T4", 1, card="GPU-a0345678-0000-4000-8000-000000000000"))
    driver("eight", free=700 << 20)
    rows = table(looked_over(app))
    assert rows[0][5] == "ready"
    assert {row[4] for row in rows} == {"–"}
    clear()
    driver("eight", free=14 << 30)
    rows = table(looked_over(app))
    assert {row[4] for row in rows} == {"4730×3547"}


def test_which_card_is_taken_is_said_only_where_it_is_not_known(
    app: AppTest, driver: Driver, worker: Have, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("advisor.device.capabilities.torch_has_cuda", lambda: True)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    driver("two_unequal")
    worker(WorkerView("starting", None, 1))
    assert "advice counts on the card with the least room" in texts(looked_over(app))
    worker(WorkerView("ready", "Tesla T4", 1))
    clear()
    assert "least room" not in texts(looked_over(app))


def test_a_card_that_is_hidden_says_so(app: AppTest, driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    driver("two_alike")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-a0")
    assert table(looked_over(app))[1][5] == "hidden"
    app.session_state["open_card_1"] = True
    assert ":material/visibility_off: hidden" in texts(run(app))


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
    written = bars_of.table([{"Name": "<img src=x onerror=alert(1)>"}])
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
