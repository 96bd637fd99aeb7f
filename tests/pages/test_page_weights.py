"""The weights' card on the Fuse page: licences before the download, progress, cancel, failure, ready; in every tab."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Expander

from fusion.storage import Query
from fusion.weights import Phase, Task, TaskView, Transfer, WeightsTasks, checked, locate
from fusion.weights.catalog import UNET
from pages.parts.i18n import Words
from pages.parts.i18n.transfer_text import how_far
from pages.parts.services import services
from tests.support.app_driver import agreed, press, run, session, texts, until, with_samples
from tests.support.fake_hub import FakeHub, serving, settings, tiny_files
from tests.support.fake_weights import write_tiny


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A hub that has everything, and a machine that has nothing and has been asked for nothing."""
    services.weights_tasks.clear()
    with serving(FakeHub(tiny_files())) as hub:
        for name, value in settings(hub, tmp_path).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("FUSEWISE_WEIGHTS", str(tmp_path / "weights"))
        yield hub
        services.weights_tasks().close()
        services.weights_tasks.clear()


@pytest.fixture
def app(hub: FakeHub) -> AppTest:
    """A new session, before its first run."""
    return session()


def slow(hub: FakeHub) -> None:
    hub.files = tiny_files(4_000_000)
    hub.bytes_per_second = 200_000


def press_download(at: AppTest) -> AppTest:
    run(at).checkbox(key="weights_accept").check()
    run(at).button(key="weights_download").click()
    return run(at)


def labels(at: AppTest) -> list[str]:
    """Of what fetches the weights, which is folded while they are not there."""
    return [expander.label for expander in at.expander if "UNet engine" in expander.label]


def offered(at: AppTest) -> Expander:
    return next(each for each in at.expander if "UNet" in each.label)


def is_running(at: AppTest) -> bool:
    return any(button.key == "weights_cancel" for button in at.button)


def test_missing_weights_are_a_closed_card_that_says_the_licences_first(app: AppTest) -> None:
    run(app)
    assert labels(app) == ["Download the UNet engine"]
    assert not offered(app).proto.expanded
    said = texts(app)
    assert "About 1.7 GB from modelscope.cn" in said
    assert "GB free" in said
    assert str(locate.place()) in said
    assert "reported as non-commercial" in said
    assert app.button(key="weights_download").disabled
    app.checkbox(key="weights_accept").check()
    assert not run(app).button(key="weights_download").disabled


def test_unet_without_its_weights_leads_to_the_offer_and_cannot_be_fused(app: AppTest) -> None:
    agreed(with_samples(app))
    assert not app.button(key="fuse").disabled
    app.segmented_control(key="set_engine").set_value("unet")
    run(app)
    assert "cannot be used yet" in app.warning[0].value
    assert offered(app).proto.expanded
    assert app.button(key="fuse").disabled
    assert "download the UNet engine" in str(app.button(key="fuse").help)
    assert "with the UNet engine cannot be fused yet" in texts(app)
    app.segmented_control(key="set_engine").set_value("auto")
    assert not run(app).warning
    assert not app.button(key="fuse").disabled


def test_a_size_with_the_engine_that_is_not_there_says_so_and_leads_to_the_offer(app: AppTest) -> None:
    press(with_samples(app), "engine_offer_close")
    app.segmented_control(key="set_engine").set_value("unet")
    said = texts(run(app))
    assert "needs the UNet download" in said
    assert "check_circle: Fits]" not in said
    before = {name: app.session_state[f"set_{name}"] for name in ("output", "engine", "two_stage")}
    assert not app.button(key="use_1").disabled
    press(app, "use_1")
    assert {name: app.session_state[f"set_{name}"] for name in before} == before
    app.segmented_control(key="set_engine").set_value("auto")
    assert offered(run(app)).proto.expanded


def test_who_does_not_want_the_engine_is_not_asked_again_unless_it_is_chosen(app: AppTest) -> None:
    run(app)
    press(app, "engine_offer_close")
    assert not labels(app)
    app.segmented_control(key="set_engine").set_value("unet")
    assert labels(run(app))


def test_a_download_ends_in_ready_without_a_restart(app: AppTest, hub: FakeHub) -> None:
    run(app).segmented_control(key="set_engine").set_value("unet")
    press_download(app)
    until(app, lambda at: "UNet weights: ready" in texts(at))
    assert not app.warning
    assert not labels(app)
    assert any(str(locate.place()) in caption.help for caption in app.caption)
    assert locate.status().is_ready
    until(app, lambda at: "does not work here" in texts(at))  # these are no networks
    app.button(key="weights_verify").click()
    until(run(app), lambda at: "UNet weights: ready, verified" in texts(at))
    assert not services.jobs().history(Query()), "the check is in no history"


@pytest.mark.parametrize(
    ("likeness", "said"), [(0.62, "works here: likeness 0.62, 3.1 s"), (0.05, "the result is not the person")]
)
def test_what_came_of_the_check_is_known_without_a_new_one(app: AppTest, likeness: float, said: str) -> None:
    folder = write_tiny(locate.place())
    stated = {file.path: {"size_bytes": 1000, "sha256": ""} for file in UNET.files}
    (folder / locate.MANIFEST).write_text(json.dumps({"files": stated}))
    checked.keep(folder, checked.Checked(likeness, 3.1))
    run(app).segmented_control(key="set_engine").set_value("unet")
    assert said in texts(run(app))
    assert app.button(key="engine_check_start").label == "Check again"


def test_a_running_download_shows_in_every_tab_and_survives_a_reload(app: AppTest, hub: FakeHub) -> None:
    slow(hub)
    press_download(app)
    until(app, lambda at: "MB/s" in at.get("progress")[0].proto.text if at.get("progress") else False)
    other = session()
    until(other, lambda at: bool(at.get("progress")) and "MB" in at.get("progress")[0].proto.text)
    assert "pytorch_model.pt: " in texts(other)
    assert "Downloading the UNet weights" in texts(other)
    assert "about" in other.get("progress")[0].proto.text


def test_cancelling_keeps_the_part_and_the_next_one_goes_on_from_it(app: AppTest, hub: FakeHub) -> None:
    slow(hub)
    press_download(app)
    part = locate.staging(locate.place()) / "pytorch_model.pt.incomplete"
    until(app, lambda _: part.exists() and part.stat().st_size > 50_000)
    app.button(key="weights_cancel").click()
    until(app, lambda at: not is_running(at))
    assert not app.error
    assert labels(app) == ["UNet engine: download not complete yet"]
    assert app.button(key="weights_download").label == "Continue the download"
    hub.bytes_per_second = 0
    had = part.stat().st_size
    hub.asked.clear()
    press_download(app)
    until(app, lambda at: "UNet weights: ready" in texts(at))
    assert hub.asked[0] == ("pytorch_model.pt", f"bytes={had}-")


@pytest.mark.parametrize(
    ("language", "message", "remedy", "again"),
    [
        ("en", "The ModelScope hub did not answer as it should (HTTP 503).", "Try again later", "Try again"),
        ("zh", "ModelScope 未能正常响应（HTTP 503）。", "请稍后重试", "重试"),
    ],
)
def test_a_failure_is_said_with_its_remedy_and_can_be_tried_again(
    app: AppTest, hub: FakeHub, language: str, message: str, remedy: str, again: str
) -> None:
    app.context = {"locale": language}
    hub.listing_status = 503
    press_download(app)
    until(app, lambda at: bool(at.error))
    assert message in app.error[0].value
    assert remedy in app.error[0].value
    assert offered(app).proto.expanded
    assert app.button(key="weights_download").label == again
    hub.listing_status = 200
    app.button(key="weights_download").click()
    until(app, lambda at: not at.error and not is_running(at))
    assert locate.status().is_ready


def test_a_damaged_file_is_found_and_mended(app: AppTest, hub: FakeHub) -> None:
    press_download(app)
    until(app, lambda at: "UNet weights: ready" in texts(at))
    (locate.place() / "alpha.jpg").write_bytes(bytes(1000))
    app.button(key="weights_verify").click()
    until(run(app), lambda at: bool(at.error))
    assert "alpha.jpg is damaged" in app.error[0].value
    hub.asked.clear()
    app.button(key="weights_download").click()
    until(run(app), lambda at: not at.error and not is_running(at))
    assert hub.fetched() == ["alpha.jpg"]


# The process behind it


def test_one_task_at_a_time_whoever_asks(app: AppTest, hub: FakeHub) -> None:
    slow(hub)
    tasks = services.weights_tasks()
    tasks.start(Task.DOWNLOAD)
    tasks.start(Task.VERIFY)
    assert (tasks.view().task, tasks.view().number) == (Task.DOWNLOAD, 1)
    assert is_running(run(app))


def test_a_process_that_dies_is_said(hub: FakeHub) -> None:
    slow(hub)
    tasks = services.weights_tasks()
    tasks.start(Task.DOWNLOAD)
    process = tasks._process
    assert process is not None
    process.kill()
    assert tasks._thread is not None
    tasks._thread.join()
    assert tasks.view().error is not None
    assert not tasks.view().is_running


def test_closing_the_app_ends_the_download(hub: FakeHub) -> None:
    slow(hub)
    tasks = services.weights_tasks()
    tasks.start(Task.DOWNLOAD)
    process = tasks._process
    tasks.close()
    assert process is not None
    assert process.poll() is not None
    assert (tasks.view().is_running, tasks.view().error) == (False, None)


def test_a_closed_one_starts_nothing_more(tmp_path: Path) -> None:
    tasks = WeightsTasks(tmp_path / "weights.log")
    tasks.close()
    tasks.start(Task.DOWNLOAD)
    assert tasks.view() == TaskView()
    tasks.cancel()


@pytest.mark.parametrize(("seconds", "said"), [(400.0, "about 7 min left"), (50.0, "about 50 s left")])
def test_the_time_left_is_in_minutes_where_it_is_long(seconds: float, said: str) -> None:
    here = Transfer(Phase.FETCHING, UNET.files[0].path, 1, 2, 10, 20, 1e6, seconds)
    assert how_far(Words("en"), here).endswith(said)
