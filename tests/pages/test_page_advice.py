"""The guided Fuse page: what is recommended, what a choice of one's own does to that, and measuring the machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from advisor.device import Place
from advisor.device.compute_target import Kind
from advisor.forecast import Calibration
from advisor.forecast.calibration_plan import Step
from fusion.errors import Cancelled, FusionError, Reason
from fusion.jobs import Jobs, WorkerView
from fusion.settings import Settings
from fusion.sizing import Measurement, Workload
from fusion.storage import Ledger
from fusion.types import EngineName, Precision, Size, Switch, Tier
from fusion.worker import Trial
from pages.parts.fuse.guidance import Guide, guide
from pages.parts.services import machine_state, services
from pages.parts.services.machine_state import Watch
from pages.parts.session.pins import Wishes, pinned_by
from tests.support.app_driver import desk, run, session, texts, until, with_samples

GIB = 1 << 30
Memory = Callable[[float], None]


@pytest.fixture
def app() -> AppTest:
    """A new session, before its first run."""
    return session()


@pytest.fixture(autouse=True)
def nothing_was_measured() -> None:
    """Other tests' jobs have cost what no machine takes."""
    services.jobs().ledger.clear()


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Memory]:
    """Makes a machine with so much memory that may be used, in GiB, and none that its worker holds; looked at anew."""
    monkeypatch.setattr(machine_state, "FRESH_SECONDS", 0.0)

    def have(gib: float) -> None:
        place = Place(Kind.CPU, "cpu", None, 32 * GIB, round(gib * GIB), 0, 0)
        monkeypatch.setattr(Watch, "_place", lambda self, snapshot, worker: place)

    services.watch.clear()
    yield have
    services.watch.clear()


def choose(at: AppTest, name: str, value: str) -> AppTest:
    at.selectbox(key=f"set_{name}").select(value)
    return run(at)


def press(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click()
    return run(at)


def headline(at: AppTest) -> str:
    """The card's."""
    return str(at.subheader[0].value)


def has_button(at: AppTest, key: str) -> bool:
    return any(button.key == key for button in at.button)


def row(at: AppTest, start: str) -> str:
    """Key of the button of the option that is called so."""
    return str(next(button.key for button in at.button if button.label.startswith(start)))


def desk_bytes(at: AppTest, size: str) -> int:
    """What the option of a size needs at most, in one stage."""
    found = guided(at)
    return next(
        option.forecast.peak_high_bytes
        for option in found.options
        if str(option.size) == size and not option.workload.two_stage
    )


def guided(at: AppTest) -> Guide:
    """What the page goes by."""
    here = desk(at)
    assert here.pair is not None
    found = guide(here.pair, here.wishes.intent, Settings(), frozenset(), services.watch().look())
    assert found is not None
    return found


# What is recommended


def test_without_two_faces_there_is_a_hint_and_no_card(app: AppTest) -> None:
    assert "With two faces here" in texts(run(app))
    assert not app.subheader
    assert not has_button(app, "measure")


def test_the_card_says_size_stages_engine_memory_time_detail_and_why(app: AppTest, memory: Memory) -> None:
    memory(8)
    said = texts(with_samples(app))
    assert headline(app) == "Recommended: 512×512 · one stage · Landmark"
    assert "of 8.0 GiB free" in said
    assert "about" in said
    assert "**sharp**" in said
    assert "For all the detail that the photos hold" in said
    assert "1024×1024 is larger than the photo itself" in said
    assert "measurements on another machine" in said


def test_what_is_recommended_is_set_already(app: AppTest) -> None:
    with_samples(app)
    state = app.session_state
    assert state["set_output"] == Tier.ORIGINAL
    assert state["set_two_stage"] == "off"
    assert state["set_engine"] == EngineName.LANDMARK
    assert not desk(app).wishes.pinned
    assert "Your choice" not in texts(app)


@pytest.mark.parametrize(("preset", "size"), [("social", "512×512"), ("art", "1024×1024")])
def test_a_preset_is_what_the_picture_is_for(app: AppTest, preset: str, size: str) -> None:
    press(with_samples(app), f"preset_{preset}")
    assert headline(app).startswith(f"Recommended: {size}")
    assert {"social": "For avatars and posts", "art": "For art"}[preset] in texts(app)
    assert app.button(key=f"preset_{preset}").proto.type == "primary"
    press(app, "reset")
    assert "For all the detail" in texts(app)
    assert app.button(key=f"preset_{preset}").proto.type == "secondary"


def test_a_preset_that_holds_no_detail_gives_way_and_says_so(app: AppTest) -> None:
    press(with_samples(app), "preset_restoration")
    assert "Restoration is meant for 2048, but these photos hold no detail for it: 1024×1024 in its place." in texts(
        app
    )
    assert app.session_state["set_output"] == Tier.T1024
    assert app.session_state["set_ratio"] == 0.6


def test_a_preset_that_does_not_fit_gives_way_and_says_so(app: AppTest, memory: Memory) -> None:
    memory(8)
    press(with_samples(app), "preset_art")
    smaller = desk_bytes(app, "1024×1024") - 1
    memory(smaller / GIB)
    run(app)
    assert headline(app).startswith("Recommended: 512×512")
    assert "Art is meant for 1024, which does not fit: 512×512 in its place." in texts(app)


def test_less_free_memory_is_other_advice(app: AppTest, memory: Memory) -> None:
    memory(8)
    press(with_samples(app), "preset_art")
    assert app.session_state["set_output"] == Tier.T1024
    memory((desk_bytes(app, "1024×1024") - 1) / GIB)
    assert run(app).session_state["set_output"] == Tier.ORIGINAL
    memory(8)
    assert run(app).session_state["set_output"] == Tier.T1024


def test_where_nothing_fits_the_card_says_what_is_missing(app: AppTest, memory: Memory) -> None:
    memory(0.25)
    said = texts(with_samples(app))
    assert headline(app).startswith("Nothing fits now. The least: 512×512")
    assert "of 0.2 GiB that may be used" in said
    assert "This does not fit into the memory that is free now." in said


def test_it_is_said_in_chinese(app: AppTest, memory: Memory) -> None:
    memory(8)
    app.context = {"locale": "zh-CN"}
    said = texts(choose(with_samples(app), "output", "4096"))
    assert headline(app) == "推荐：512×512 · 单阶段 · 关键点"
    assert "可用 8.0 GiB" in said
    assert "您的选择：4096×4096" in said
    assert "改善方法：使用人脸更大的源图像、使用更大的目标图像。" in said
    assert app.button(key="recommendation").label == "使用推荐设置"


# A choice of one's own


def test_a_change_by_hand_is_judged_at_once(app: AppTest, memory: Memory) -> None:
    memory(8)
    said = texts(choose(with_samples(app), "output", "4096"))
    assert headline(app).startswith("Recommended: 512×512")
    assert "Your choice: 4096×4096 · two-stage · Landmark" in said
    assert "GiB more" in said
    assert "× the time" in said
    assert "more detail in the face" in said
    assert "at 4096×4096 it is enlarged 4.1×" in said
    assert "What helps: a source photo with a larger face, a larger target photo." in said
    assert desk(app).wishes.pinned == {"output"}


def test_one_click_goes_back_to_what_is_recommended(app: AppTest) -> None:
    choose(with_samples(app), "output", "4096").slider(key="set_ratio").set_value(0.55)
    press(run(app), "recommendation")
    assert app.session_state["set_output"] == Tier.ORIGINAL
    assert app.session_state["set_two_stage"] == "off"
    assert app.session_state["set_ratio"] == 0.55
    assert "Your choice" not in texts(app)
    assert not has_button(app, "recommendation")


def test_automatic_leaves_it_to_the_advisor(app: AppTest) -> None:
    choose(choose(with_samples(app), "output", "2048"), "output", "auto")
    assert app.session_state["set_output"] == Tier.ORIGINAL
    assert "Your choice" not in texts(app)


def test_what_is_pinned_stays_and_the_rest_is_advised(app: AppTest) -> None:
    assert choose(with_samples(app), "output", "4096").session_state["set_two_stage"] == "on"
    run(app).segmented_control(key="set_two_stage").set_value("off")
    assert "Your choice: 4096×4096 · one stage" in texts(run(app))
    assert app.session_state["set_two_stage"] == "off"
    assert desk(app).wishes.pinned == {"output", "two_stage"}


def test_a_choice_that_does_not_fit_says_so_and_offers_what_does(app: AppTest, memory: Memory) -> None:
    memory(8)
    with_samples(app)
    need = desk_bytes(app, "2048×2048")
    memory((need - 1) / GIB)
    said = texts(choose(app, "output", "2048"))
    assert "Does not fit" in said
    assert f"of {(need - 1) // (GIB / 10) / 10:.1f} GiB that may be used" in said
    assert "This does not fit into the memory that is free now." in said
    assert app.button(key="fit").label == app.button(key="fit_beside").label == "Use 1024×1024"
    press(app, "fit_beside")
    assert app.session_state["set_output"] == Tier.T1024
    assert "does not fit into" not in texts(app)
    assert not has_button(app, "fit")


def test_settings_from_a_file_are_pinned(app: AppTest) -> None:
    with_samples(app).file_uploader(key="import_0").upload(
        "settings.json", json.dumps({"output_resolution": [640, 960], "two_stage": "auto"}).encode()
    )
    assert "Your choice: 640×960" in texts(run(app))
    assert desk(app).wishes.pinned == {"output", "fit"}
    assert app.session_state["set_fit"] == "pad"


def test_a_shape_of_ones_own_says_what_becomes_of_the_photo(app: AppTest) -> None:
    assert "16:9" not in texts(choose(with_samples(app), "aspect", "9:16"))
    assert "keep makes" in texts(app)


# The table


def test_every_size_has_this_machines_numbers_and_a_button(app: AppTest, memory: Memory) -> None:
    memory(0.9)
    said = texts(with_samples(app))
    for name, suits in {"1024": "art, screens", "2048": "restoration, prints", "4096": "large prints"}.items():
        assert any(button.label.startswith(f"**{name}** · {name}×{name}") for button in app.button)
        assert f"{suits} · up to" in said
    assert app.button(key="use_0").label == "**Original size** · 512×512 · in use"
    assert app.button(key="use_0").disabled
    assert ":red-badge" in said or "Does not fit" in said


def test_a_row_is_taken_with_one_click(app: AppTest) -> None:
    press(with_samples(app), row(app, "**1024**"))
    assert app.session_state["set_output"] == Tier.T1024
    assert "Your choice: 1024×1024" in texts(app)
    assert app.button(key=row(app, "**1024**")).disabled
    press(app, row(app, "**Original size**"))
    assert not desk(app).wishes.pinned
    assert "Your choice" not in texts(app)


# What the forecast rests on


def test_a_ledger_that_cannot_be_used_is_said(app: AppTest, monkeypatch: pytest.MonkeyPatch, memory: Memory) -> None:
    memory(8)

    def fail(self: Ledger) -> int:
        raise FusionError(Reason.LEDGER_UNUSABLE, path="the file", why="it is damaged")

    monkeypatch.setattr(Ledger, "count", fail)
    assert "it is damaged" in texts(with_samples(app))
    assert headline(app).startswith("Recommended")


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A calibration of one trial that goes on until the event is set, beside a worker that has nothing to do."""
    let_go = threading.Event()

    def wait(trial: Trial, timeout_s: float, stop: threading.Event) -> tuple[Measurement, ...]:
        while not let_go.wait(0.01):
            if stop.is_set():
                raise Cancelled
        work = Workload(trial.engine, Precision.FLOAT32, trial.output, 200, 90_000, 200, 2_000_000)
        return (Measurement(work, "cpu", 0.7, 600 << 20, 480 << 20, 600 << 20, (), True, {}),)

    step = Step(Trial(EngineName.LANDMARK, Size(512, 512)), 5.0)
    monkeypatch.setattr(services, "Calibration", lambda: Calibration(wait, lambda: (step,)))
    monkeypatch.setattr(Jobs, "worker", lambda self: WorkerView("ready", "cpu"))
    services.calibration.clear()
    yield let_go
    let_go.set()
    services.calibration().close()
    services.calibration.clear()
    services.jobs().ledger.clear()


def wait_for_the_end(at: AppTest) -> AppTest:
    return until(at, lambda at: not services.calibration().view().is_running)


def test_measuring_shows_how_far_it_is_and_can_be_cancelled(app: AppTest, hold: threading.Event) -> None:
    with_samples(app).checkbox(key="consent").check()
    assert "at most 2 minutes" in texts(run(app))
    press(app, "measure")
    assert "Measuring this machine" in texts(app)
    assert app.progress
    assert app.button(key="fuse").disabled
    assert "wait until this machine has been measured" in texts(app)
    press(app, "measure_cancel")
    wait_for_the_end(app)
    assert not app.button(key="measure").disabled
    assert not app.button(key="fuse").disabled
    assert not app.error


def test_what_was_measured_is_said_afterwards(app: AppTest, hold: threading.Event, memory: Memory) -> None:
    memory(8)
    press(with_samples(app), "measure")
    jobs = services.jobs()
    hold.set()
    wait_for_the_end(app)
    measured = len([row for row in jobs.ledger.rows() if row.device == "cpu"])
    assert f"Measured: the forecast now rests on {measured} measurements of this machine." in texts(run(app))
    assert "on this machine" in texts(app)


@pytest.mark.parametrize("state", ["starting", "busy", "dead"])
def test_nothing_is_measured_beside_other_work(
    app: AppTest, hold: threading.Event, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setattr(Jobs, "worker", lambda self: WorkerView(state))
    assert with_samples(app).button(key="measure").disabled
    assert "has nothing to do" in texts(app)


# What the browser sends late

OLD, NEW = Settings(output=Tier.T4096), Settings(output=Tier.ORIGINAL)


def replaced() -> Wishes:
    """Of a session whose page has just put the new settings in place of the old ones."""
    wishes = Wishes(shown=OLD)
    wishes.show(NEW, OLD)
    return wishes


def test_what_the_page_has_just_replaced_is_no_choice(app: AppTest) -> None:
    choose(with_samples(app), "output", "4096")
    press(run(app), "recommendation")
    assert choose(app, "output", "4096").session_state["set_output"] == Tier.ORIGINAL
    assert not desk(app).wishes.pinned
    assert choose(run(app), "output", "4096").session_state["set_output"] == Tier.T4096
    assert desk(app).wishes.pinned == {"output"}


def test_a_late_value_is_not_heard_but_any_other_is() -> None:
    wishes = replaced()
    assert wishes.hear(OLD) == NEW
    assert not wishes.pinned
    assert wishes.hear(replace(OLD, output=Tier.T2048)).output == Tier.T2048
    assert wishes.pinned == {"output"}


def test_once_the_browser_has_sent_all_that_is_shown_nothing_is_late() -> None:
    wishes = replaced()
    wishes.check(NEW)
    wishes.hear(NEW)
    assert wishes.hear(OLD) == OLD
    assert wishes.pinned == {"output"}


def test_the_run_that_sets_the_widgets_does_not_speak_for_the_browser() -> None:
    wishes = replaced()
    wishes.check(NEW)
    assert wishes.hear(OLD) == NEW
    wishes.check(NEW)
    assert wishes.hear(OLD) == OLD


def test_a_preset_and_the_advice_in_one_run_replace_what_was_before_both() -> None:
    wishes = replaced()
    wishes.hear(NEW)
    wishes.show(Settings(output=Tier.T512), NEW)
    wishes.check(Settings(output=Tier.T512))
    assert wishes.hear(OLD).output == wishes.hear(NEW).output == Tier.T512


def test_after_a_while_nothing_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.parts.session.pins.LATE_SECONDS", 0.0)
    assert replaced().hear(OLD) == OLD


def test_a_run_that_the_page_asked_for_tells_of_no_choice() -> None:
    wishes = Wishes(shown=NEW, is_ours=True)
    assert wishes.hear(OLD) == NEW
    assert wishes.hear(OLD) == OLD


@pytest.mark.parametrize(
    ("changed", "before", "after"),
    [
        ({"output": Tier.T2048}, set(), {"output"}),
        ({"output": Tier.T2048}, {"fit"}, {"output", "fit"}),
        ({"output": Tier.AUTO}, {"output", "fit"}, {"fit"}),
        ({"ratio": 0.2}, {"fit"}, {"fit"}),
        ({"two_stage": Switch.ON, "engine": EngineName.AUTO}, {"engine"}, {"two_stage"}),
    ],
)
def test_a_persons_changes_are_pinned(changed: dict[str, Any], before: set[str], after: set[str]) -> None:
    shown = Settings(output=Tier.T1024, two_stage=Switch.OFF, engine=EngineName.LANDMARK)
    assert pinned_by(replace(shown, **changed), shown, frozenset(before)) == after
