"""The history's page, always opened through streamlit_app.py, with a worker that computes nothing behind it."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from fusion.errors import FusionError, Reason
from fusion.face_setting import BySize, FaceChoice, WhichFace
from fusion.jobs import Jobs
from fusion.memory import Rung, Step
from fusion.settings import Preset, Settings
from fusion.storage import Query
from fusion.types import AGAIN, Box, Mode, State
from pages.parts.server.visitor import LOCAL
from tests.support import fake_pipeline as fake
from tests.support.app_driver import desk, keys, png, press, run, texts
from tests.support.fixtures.photos import admiral, astronaut, gradient
from tests.support.pages.history import change, ended, running, shown, submit
from tests.support.waiting import until

# The shelf


@pytest.mark.parametrize(("language", "said"), [("en", "Nothing has been fused yet"), ("zh", "还没有融合记录")])
def test_an_empty_history_says_so(app: AppTest, language: str, said: str) -> None:
    run(app).segmented_control(key="lang").set_value(language)
    assert said in texts(run(app))


def test_results_are_shown_newest_first_with_what_made_them(queue: Jobs, app: AppTest) -> None:
    ids = [ended(queue), ended(queue, Settings(ratio=0.3).with_preset(Preset.SOCIAL))]
    run(app)
    assert shown(app) == ids[::-1]
    assert texts(app).count("me.png + you.png") == 2
    assert texts(app).count("120×90 · today") == 2
    assert "ratio 0.70]" in texts(app)
    assert "ratio 0.50 · Social]" in texts(app)
    assert "**Today**" in texts(app)
    assert len(app.image) == 2
    assert app.button(key=f"open_{ids[0]}").label == "Open me.png + you.png"


def test_the_jobs_of_a_batch_are_one_group_that_can_be_folded(queue: Jobs, app: AppTest) -> None:
    alone, batch = ended(queue), queue.make_batch("you.png", LOCAL, "one_source")
    together = [ended(queue, batch=batch) for _ in range(2)]
    last = ended(queue)
    assert shown(run(app)) == [last, alone], "folded, since something else is newer"
    assert [group.label for group in app.expander][:1] == ["you.png onto 2 photos"]
    queue.delete([last])
    assert shown(run(app)) == [*together[::-1], alone]
    run(app).segmented_control(key="lang").set_value("zh")
    assert [group.label for group in run(app).expander][:1] == ["you.png → 2 张照片"]


def test_what_failed_says_why_and_can_be_tried_again_unless_it_could_only_fail_again(queue: Jobs, app: AppTest) -> None:
    faceless, id = ended(queue, Settings(ratio=fake.FACELESS)), ended(queue, Settings(ratio=fake.BROKEN))
    run(app)
    assert "No face was found" in texts(app)
    assert "at least 40 pixels wide" in texts(app)
    assert keys(app, "retry_") == [f"retry_{id}"]
    assert not queue.view(faceless).can_be_retried
    press(app, f"retry_{id}")
    until(lambda: queue.view(id).progress.state in AGAIN)
    assert queue.view(id).started is not None


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [("state", "failed", [1]), ("state", "done", [0]), ("engine", "unet", []), ("period", "day", [1, 0])],
)
def test_filters_narrow_what_is_shown(queue: Jobs, app: AppTest, name: str, value: str, kept: list[int]) -> None:
    ids = [ended(queue), ended(queue, Settings(ratio=fake.FACELESS))]
    run(app).selectbox(key=f"filter_{name}").select(value)
    assert shown(run(app)) == [ids[index] for index in kept]


def test_a_search_that_finds_nothing_offers_to_show_everything(queue: Jobs, app: AppTest) -> None:
    id = ended(queue)
    run(app).text_input(key="filter_text").set_value("nobody.png")
    assert shown(run(app)) == []
    assert "Nothing matches" in texts(app)
    press(app, "reset_filters")
    assert shown(app) == [id]
    app.text_input(key="filter_text").set_value("ME.P")
    assert shown(run(app)) == [id]


# What runs


def test_what_runs_and_waits_is_shown_live_and_can_be_cancelled(queue: Jobs, app: AppTest) -> None:
    first, second = running(queue), submit(queue)
    run(app)
    assert len(app.progress) == 2
    assert "one job before this one" in str([bar.text for bar in app.progress])
    press(app, f"cancel_{second}")
    press(app, f"cancel_{first}")
    until(lambda: queue.count(Query(states=frozenset({State.CANCELLED}))) == 2)
    assert sorted(shown(run(app))) == sorted([first, second])


def test_what_is_given_up_while_a_job_runs_is_told_at_once(queue: Jobs, app: AppTest) -> None:
    id = running(queue)
    change(queue, id, steps=json.dumps([Step(Rung.TIER, "2048", "1024").to_json()]))
    assert "Memory ran out: the output is 1024 instead of 2048" in texts(run(app))


def test_an_interrupted_job_says_so_and_goes_on_with_one_click(queue: Jobs, app: AppTest) -> None:
    id = ended(queue)
    why = json.dumps(FusionError(Reason.INTERRUPTED).to_json())
    change(queue, id, state=State.INTERRUPTED, error=why, facts=None)
    assert "press Retry" in texts(run(app))
    press(app, f"retry_{id}")
    until(lambda: queue.view(id).progress.state == State.DONE)
    assert not app.error


# One job


def test_a_result_is_opened_with_its_files_and_settings_and_closed_again(queue: Jobs, app: AppTest) -> None:
    id = ended(queue, Settings(ratio=0.3))
    press(run(app), f"open_{id}")
    assert app.query_params["job"] == id
    assert keys(app, "ask_download") == ["ask_download_png", "ask_download_jpeg", "ask_download_webp"]
    assert "me.png + you.png" in texts(app)
    assert "0.30" in str(app.table[0].value)
    press(app, "back")
    assert shown(app) == [id]


@pytest.mark.parametrize("face", [0, 1, BySize(1), Box(680, 130, 870, 340), "largest"])
def test_a_job_can_be_fused_again_with_the_face_that_was_chosen(
    queue: Jobs, app: AppTest, sample_pair: tuple[bytes, bytes], face: WhichFace
) -> None:
    both = np.zeros((600, 1024, 3), np.uint8)
    both[:512, :512], both[:, 512:] = astronaut(), admiral()  # the larger one on the right
    settings = Settings(faces=FaceChoice(target=face))
    app.query_params["job"] = ended(queue, settings, target=png(both), source=sample_pair[1])
    run(app)
    shown = {0: "number 1", 1: "number 2", BySize(1): "number 2 by size", "largest": "largest"}
    assert f"{shown.get(face, 'around 775, 235 px')} · largest" in str(app.table[0].value)
    press(app, "again")
    chosen = desk(app).faces.target
    if face == "largest":
        assert chosen == face
    else:
        assert isinstance(chosen, Box), "once the faces are known"
        assert (chosen.left > 512) == (face not in (0, BySize(1)))
    assert desk(app).faces.source == "largest"


def test_a_job_can_be_fused_again_with_its_photos_and_settings(
    queue: Jobs, app: AppTest, sample_pair: tuple[bytes, bytes]
) -> None:
    settings = Settings(ratio=0.3, mode=Mode.BLEND, brightness=0.1)
    id = ended(queue, settings, target=sample_pair[0], source=sample_pair[1])
    app.query_params["job"] = id
    press(run(app), "again")
    assert app.title[0].value == "Fuse two faces"
    assert [slot.name for slot in desk(app).slots.values()] == ["me.png", "you.png"]
    assert all(slot.view for slot in desk(app).slots.values())
    state = app.session_state
    assert (state.set_ratio, state.set_mode, state.set_brightness) == (0.3, "blend", 0.1)
    result = desk(app).result
    assert result is not None
    assert result.job == id, "and what came of them is there"


def test_without_its_photos_a_job_gives_its_settings_alone_and_says_so(queue: Jobs, app: AppTest) -> None:
    id = ended(queue, Settings(ratio=0.3))
    for file in (queue.folder.parent / "photos").iterdir():
        file.unlink()
    app.query_params["job"] = id
    press(run(app), "again")
    assert app.session_state.set_ratio == 0.3
    assert all(slot.view is None for slot in desk(app).slots.values())
    assert "photos" in app.error[0].value


@pytest.mark.parametrize("id", ["0" * 16, "![x](https://example.org/x.png)"])
def test_an_address_of_nothing_is_told_and_the_history_stays(queue: Jobs, app: AppTest, id: str) -> None:
    kept = ended(queue)
    app.query_params["job"] = id
    run(app)
    assert "There is no job" in app.error[0].value
    assert "example.org" not in app.error[0].value
    assert shown(app) == [kept]


# Two jobs


def test_two_results_of_one_size_are_compared_and_what_differs_is_listed(queue: Jobs, app: AppTest) -> None:
    ids = [ended(queue, Settings(ratio=ratio)) for ratio in (0.3, 0.6)]
    run(app)
    assert app.button(key="compare_chosen").disabled
    for id in ids:
        app.checkbox(key=f"tick_{id}").check()
    press(run(app), "compare_chosen")
    assert not app.image
    assert ["Fusion ratio", "0.30", "0.60"] in app.table[0].value.to_numpy().tolist()
    app.segmented_control(key="lang").set_value("zh")
    about = next(each.value for each in run(app).caption if each.value.startswith("A"))
    assert re.match(r"A：\d+×\d+ · ", about), "Latin marks in a Chinese line"
    assert not re.search(r"[,:] ", about)


def test_two_results_of_two_sizes_stand_side_by_side(queue: Jobs, app: AppTest) -> None:
    app.query_params.update({"job": ended(queue), "with": ended(queue, target=gradient(90, 90))})
    run(app)
    assert len(app.image) == 2
    assert ["Size", "120×90", "90×90"] in app.table[0].value.to_numpy().tolist()


def test_what_is_chosen_stays_chosen_while_the_database_cannot_be_asked(queue: Jobs, app: AppTest) -> None:
    id = ended(queue)
    run(app).checkbox(key=f"tick_{id}").check()
    run(app)
    here = app.session_state["album"]
    with contextlib.closing(sqlite3.connect(queue.ledger.path)) as file, file:
        file.execute("ALTER TABLE jobs RENAME TO gone")
    try:
        with pytest.raises(FusionError, match="cannot be used"):
            here.chosen_jobs()
    finally:
        with contextlib.closing(sqlite3.connect(queue.ledger.path)) as file, file:
            file.execute("ALTER TABLE gone RENAME TO jobs")
    assert [view.id for view in here.chosen_jobs()] == [id]
