"""It ran, the face changed, it is good: three statements on three pages, over a worker that computes nothing."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from advisor.diagnosis import Cause, Finding, Level, Remedy, Symptom, Verdict
from fusion.errors import FusionError, Reason
from fusion.jobs import Jobs, Query
from fusion.settings import Settings
from fusion.types import State
from pages.parts.server.visitor import LOCAL
from pages.parts.services import services
from tests.support.app_driver import desk, fused, run, session, texts, until
from tests.support.fixtures.photos import gradient
from tests.support.queued import end

HISTORY, BATCH = "pages/studio/history.py", "pages/studio/batch.py"
SEAM = Finding(
    Symptom.SEAM,
    Cause.MASK_HARD,
    Level.SERIOUS,
    0.9,
    {"width_px": 1.5, "jump": 12.0, "where": "jaw"},
    Remedy("Use the mode blend.", {"mode": "blend"}),
)
FAULTY, GOOD = Verdict((SEAM,), 8.25), Verdict((), 8.25)
UNCHECKED = Verdict(error=FusionError(Reason.PHOTOS_GONE, why="they were removed"))


@pytest.fixture(scope="module")
def queue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    """The server's own queue, in a data folder of this module's; nobody checks its results."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
        patch.setenv("FUSEWISE_DATA", str(tmp_path_factory.mktemp("statements")))
        patch.setattr(services, "FINDER_AFTER_SECONDS", 0.0)
        st.cache_resource.clear()
        yield services.jobs()
        st.cache_resource.clear()


@pytest.fixture(scope="module")
def app(queue: Jobs) -> AppTest:
    """The Fuse page with a result."""
    assert queue.count(Query()) == 0
    at = run(session())
    at.segmented_control(key="set_mirror").set_value("on")
    return fused(at)


def ended(queue: Jobs, batch: str | None = None) -> str:
    photo = gradient()
    id = queue.submit(photo, photo, Settings(), names=("me", "you"), owner=LOCAL, batch=batch)
    assert end(queue, id).progress.state == State.DONE
    return id


def judged(app: AppTest, queue: Jobs, verdict: Verdict) -> str:
    """The Fuse page after a verdict; the result's job."""
    result = desk(app).result
    assert result is not None
    assert queue.judge(result.job, verdict.to_json())
    run(app)
    return result.job


def links(app: AppTest) -> dict[str, str]:
    return {link.proto.label: link.proto.query_string for link in app.get("page_link")}


# The Fuse page


def test_what_there_is_to_know_of_a_result_is_said_with_it_and_in_the_history(app: AppTest, queue: Jobs) -> None:
    said = "The source was mirrored, as asked for."
    assert said in texts(app)
    result = desk(app).result
    assert result is not None
    at = run(session())
    at.query_params["job"] = result.job
    at.switch_page(HISTORY)
    assert said in texts(run(at))


def test_after_a_fusion_the_page_says_that_it_ran_and_that_the_rest_is_being_checked(app: AppTest) -> None:
    assert "Ran in " in texts(app)
    assert "Face: checking…" in texts(app)
    assert "Quality: checking…" in texts(app)


def test_what_is_serious_is_said_and_leads_to_the_diagnosis(app: AppTest, queue: Jobs) -> None:
    job = judged(app, queue, FAULTY)
    assert "Face changed, ΔE 8.2" in texts(app)
    assert "checking…" not in texts(app)
    assert links(app)[":orange[**The border shows: 1 fix**]"] == f"job={job}"


def test_it_is_said_in_chinese(app: AppTest, queue: Jobs) -> None:
    judged(app, queue, FAULTY)
    app.segmented_control(key="lang").set_value("zh")
    assert ":orange[**接缝明显：1 个修复建议**]" in links(run(app))
    assert "人脸已改变，ΔE 8.2" in texts(app)
    app.segmented_control(key="lang").set_value("en")
    run(app)


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (GOOD, ("Face changed, ΔE 8.2", "Quality: passed")),
        (Verdict((), 0.1), ("Face unchanged, ΔE 0.1", "Quality: passed")),
        (UNCHECKED, ("Face: not measured", "Quality: not checked")),
    ],
)
def test_the_three_are_said_apart(app: AppTest, queue: Jobs, verdict: Verdict, said: tuple[str, ...]) -> None:
    judged(app, queue, verdict)
    assert [each for each in ("Ran in ", *said) if each not in texts(app)] == []
    assert "The border shows" not in str(links(app))


def test_a_verdict_that_is_long_in_coming_is_waited_for_no_more(app: AppTest, queue: Jobs) -> None:
    result = desk(app).result
    assert result is not None
    with contextlib.closing(sqlite3.connect(queue.ledger.path)) as file, file:
        file.execute("UPDATE jobs SET verdict = NULL, ended = ended - 90 WHERE id = ?", [result.job])
    assert "Quality: not checked" in texts(run(app))
    assert "checking…" not in texts(app)


def test_the_servers_own_check_gives_the_verdict(app: AppTest) -> None:
    run(app).button(key="fuse").click()
    until(app, lambda at: "checking…" in texts(at))
    checking = services.checker()
    try:
        until(app, lambda at: "checking…" not in texts(at))
    finally:
        checking.close()
    assert "ΔE" in texts(app)


def test_a_result_whose_job_was_deleted_stays_and_says_nothing(app: AppTest, queue: Jobs) -> None:
    result = desk(app).result
    assert result is not None
    queue.delete([result.job])
    assert "512×512 px" in texts(run(app))
    assert "Ran in" not in texts(app)


# The history and batches


def test_the_history_marks_what_is_faulty_and_can_show_that_alone(queue: Jobs) -> None:
    queue.purge()  # the server's own check may have found something in what was fused before
    faulty, good = ended(queue), ended(queue)
    queue.judge(faulty, FAULTY.to_json())
    queue.judge(good, GOOD.to_json())
    at = run(session())
    at.switch_page(HISTORY)
    assert texts(run(at)).count("The border shows: 1 fix") == 1
    at.selectbox(key="filter_state").select("faulty")
    keys = [button.key for button in run(at).button if (button.key or "").startswith("open_")]
    assert keys == [f"open_{faulty}"]
    at.button(key=f"open_{faulty}").click()
    assert links(run(at))[":orange[**The border shows: 1 fix**]"] == f"job={faulty}"
    assert "Face changed, ΔE 8.2" in texts(at)


def test_a_batch_marks_what_is_faulty(queue: Jobs) -> None:
    batch = queue.make_batch("holiday", LOCAL)
    queue.judge(ended(queue, batch), FAULTY.to_json())
    queue.judge(ended(queue, batch), GOOD.to_json())
    at = run(session())
    at.switch_page(BATCH)
    assert texts(run(at)).count("The border shows: 1 fix") == 1
