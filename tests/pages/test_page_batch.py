"""The Batch page, through the app's entry point, with a real worker whose pipeline computes nothing."""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import psutil
import pytest
import streamlit as st
from PIL import Image
from starlette.routing import Router
from streamlit.testing.v1 import AppTest

from fusion.batches import export, zip_stream
from fusion.jobs import Batch, Query
from fusion.types import State
from pages.parts.batch import download, progress
from pages.parts.server.visitor import COOKIE
from pages.parts.session.batch_state import BatchDesk
from tests.support import fake_pipeline
from tests.support.app_driver import awaited, png, run, session, texts, until

PAGE = "pages/studio/batch.py"


@pytest.fixture(scope="module", autouse=True)
def quick_worker() -> Iterator[None]:
    """One worker for this file, whose pipeline computes nothing."""
    st.cache_resource.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
        yield
        st.cache_resource.clear()


@pytest.fixture
def app() -> AppTest:
    """A session on the page."""
    at = run(session())
    at.switch_page(PAGE)
    return run(at)


def photo(shade: int) -> bytes:
    return png(np.full((96, 128, 3), shade, np.uint8))


def here(at: AppTest) -> BatchDesk:
    found: BatchDesk = at.session_state["batch_desk"]
    return found


def give(at: AppTest, *shades: int, extra: tuple[tuple[str, bytes], ...] = ()) -> AppTest:
    """One source, and a target of each shade."""
    turn = here(at).turn
    at.file_uploader(key=f"batch_source_one_{turn}").upload("me.png", photo(250))
    many = [(f"photo {shade}.png", photo(shade)) for shade in shades]
    uploader = at.file_uploader(key=f"batch_target_many_{turn}")
    for name, data in (*many, *extra):
        uploader = uploader.upload(name, data)
    return run(at)


def start(at: AppTest) -> AppTest:
    if at.checkbox:
        at.checkbox(key="batch_consent").check()
    run(at).button(key="batch_start").click()
    return run(at)


def newest(at: AppTest) -> Batch:
    return here(at).batches()[0]


def ended(at: AppTest) -> bool:
    return not progress.is_going(here(at), newest(at))


def behave(at: AppTest, ratio: float) -> None:
    """Have the pipeline do something else than its work."""
    at.session_state["batch_ratio"] = ratio


def test_before_anything_is_given_the_page_says_what_it_is_for(app: AppTest) -> None:
    assert "Fuse many at once" in texts(app)
    assert "batch_start" not in [button.key for button in app.button]


def test_what_will_be_done_is_said_before_it_is_begun(app: AppTest) -> None:
    give(app, 10, 20, extra=(("words.png", b"words"),))
    said = texts(app)
    assert "2 fusions of 3 photos" in said
    assert "words.png" in said
    assert "This is not a photo that can be read" in said
    assert "GiB free" in said
    assert app.button(key="batch_start").disabled  # consent comes first


def test_a_batch_runs_to_its_end_and_is_packed(app: AppTest) -> None:
    start(give(app, 30, 40, 50))
    run(until(app, ended))  # it may have ended while the page was drawn
    batch = newest(app)
    assert batch.name == "me.png onto 3 photos"
    assert batch.counts == {State.DONE: 3}
    assert "3 of 3 done" in str([element.proto for element in app.get("progress")])
    (link,) = app.get("link_button")
    assert link.proto.label.endswith("ZIP of 3")
    answer = asked(link.proto.url)
    assert answer.headers["content-disposition"] == "attachment; filename*=utf-8''me.png%20onto%203%20photos.zip"
    with zipfile.ZipFile(io.BytesIO(answer.body)) as packed:
        assert sorted(packed.namelist()) == sorted(
            [f"photo {shade}.{kind}" for shade in (30, 40, 50) for kind in ("png", "json")] + ["measurements.csv"]
        )
        with Image.open(io.BytesIO(packed.read("photo 30.png"))) as picture:
            assert picture.size == (128, 96)


@dataclass(frozen=True)
class Answer:
    """What the server said: the body as far as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_whole: bool


def asked(address: str, method: str = "GET", cookie: str = "", stop_after: int | None = None) -> Answer:
    """What the server answers at an address of a ZIP; whoever asks leaves after so many pieces."""
    sent: list[Any] = []
    gone = asyncio.Event()

    async def receive() -> Any:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)
        if stop_after is not None and len(sent) > stop_after:
            gone.set()
            await asyncio.sleep(0)

    headers = [(b"cookie", f"{COOKIE}={cookie}".encode())] if cookie else []
    scope = {"type": "http", "method": method, "path": address, "headers": headers, "query_string": b""}
    awaited(Router(download.routes())(scope, receive, send))
    return Answer(
        sent[0]["status"],
        {name.decode(): value.decode() for name, value in sent[0]["headers"]},
        b"".join(message.get("body", b"") for message in sent[1:]),
        not sent[-1].get("more_body", False) and sent[-1]["type"] == "http.response.body",
    )


def test_nobody_comes_to_a_batch_by_its_id(app: AppTest) -> None:
    batch = newest(app)
    good = download.address(batch.id)
    assert asked(good).body
    assert asked(good.rpartition("/")[0] + "/" + "0" * 32).status == 404
    assert asked(download.address("0" * 16)).status == 404


def test_an_address_is_good_for_an_hour_or_so(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    address = download.address(newest(app).id)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + download.GOOD_S - 1)
    assert asked(address, "HEAD").status == 200
    monkeypatch.setattr(time, "time", lambda: now + download.GOOD_S + 601)
    assert asked(address, "HEAD").status == 404


def test_where_there_are_several_visitors_the_link_alone_opens_nothing(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, result = here(app).queue, newest(app)
    monkeypatch.setenv("FUSEWISE_SINGLE_USER", "false")
    batch = queue.make_batch("mine", hashlib.sha256(b"a" * 32).hexdigest())
    monkeypatch.setattr(export, "jobs_of", lambda queue, id: _jobs_of(queue, result.id))
    address = download.address(batch)
    assert asked(address, "HEAD", cookie="a" * 32).status == 200
    assert asked(address, "HEAD", cookie="b" * 32).status == 404
    assert asked(address, "HEAD").status == 403


_jobs_of = export.jobs_of


def test_asking_for_the_head_alone_opens_no_picture(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    address = download.address(newest(app).id)
    whole = asked(address)
    monkeypatch.setattr(zip_stream, "pieces", lambda members: pytest.fail("it was begun"))
    head = asked(address, "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.body))
    assert head.headers["cache-control"] == "no-store"


def test_who_leaves_is_noticed_and_nothing_stays_open_or_on_the_disk(app: AppTest) -> None:
    queue, batch = here(app).queue, newest(app)
    before, free = set(queue.folder.rglob("*")), psutil.Process().num_fds()
    left = asked(download.address(batch.id), stop_after=2)
    assert not left.is_whole
    assert set(queue.folder.rglob("*")) == before
    assert psutil.Process().num_fds() == free
    for _ in range(2 * download.AT_ONCE):  # each turn was given back
        assert asked(download.address(batch.id)).is_whole


def test_a_result_that_is_gone_midway_ends_the_zip_visibly(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = newest(app)
    members = list(export.contents(export.jobs_of(here(app).queue, batch.id)))
    gone = replace(members[2], data=here(app).queue.folder / "gone.png")
    monkeypatch.setattr(export, "contents", lambda views: (*members[:2], gone, *members[3:]))
    answer = asked(download.address(batch.id))
    assert answer.status == 200
    assert not answer.is_whole
    assert len(answer.body) < int(answer.headers["content-length"])


def test_a_name_cannot_break_out_of_the_header(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    queue, result = here(app).queue, newest(app)
    monkeypatch.setattr(export, "jobs_of", lambda queue, id: _jobs_of(queue, result.id))
    batch = queue.make_batch("a\r\nSet-Cookie: x=1; \"'.zip", "local")
    said = asked(download.address(batch), "HEAD").headers["content-disposition"]
    assert re.fullmatch(r"attachment; filename\*=utf-8''[A-Za-z0-9%._~-]+", said)


def test_what_fails_is_told_with_its_remedy_and_can_be_tried_again(app: AppTest) -> None:
    behave(app, fake_pipeline.FACELESS)
    start(give(app, 60, 70))
    run(until(app, ended))
    assert newest(app).counts == {State.FAILED: 2}
    assert "No face was found in the target photo" in texts(app)
    app.button(key="batch_retry").click()
    until(run(app), ended)
    assert newest(app).counts == {State.FAILED: 2}


def test_a_batch_is_paused_resumed_and_cancelled(app: AppTest) -> None:
    behave(app, fake_pipeline.SLOW)
    start(give(app, 80, 90, 100))
    until(app, lambda at: newest(at).counts.get(State.RUNNING) == 1 and newest(at).total == 3)
    app.button(key="batch_pause").click()
    run(app)
    assert newest(app).is_paused
    app.button(key="batch_resume").click()
    run(app)
    assert not newest(app).is_paused
    app.button(key="batch_cancel").click()
    until(run(app), ended)
    assert newest(app).counts == {State.CANCELLED: 3}


def test_a_batch_is_there_for_another_session_and_earlier_ones_can_be_reached(app: AppTest) -> None:
    batches = here(app).batches()
    assert len(batches) >= 2
    app.button(key=f"batch_show_it_{batches[-1].id}").click()
    run(app)
    assert here(app).shown == batches[-1].id
    assert batches[-1].name in texts(app)


def test_a_table_and_its_photos_are_taken_together(app: AppTest) -> None:
    app.segmented_control(key="batch_way").set_value("files")
    run(app)
    table = b"target,source,output\na.png,b.png,512\nnone.png,b.png,\n"
    uploader = app.file_uploader(key=f"batch_files_{here(app).turn}")
    uploader.upload("pairs.csv", table).upload("a.png", photo(1)).upload("b.png", photo(2))
    said = texts(run(app))
    assert "1 fusion of 2 photos" in said
    assert "Row 3" in said
    assert "There is no photo called none" in said.replace("\\", "")


def test_a_zip_that_cannot_be_used_says_why(app: AppTest) -> None:
    app.segmented_control(key="batch_way").set_value("files")
    run(app)
    app.file_uploader(key=f"batch_files_{here(app).turn}").upload("photos.zip", b"not a zip")
    assert "This is not a ZIP that can be read" in texts(run(app))


def test_a_scenario_sets_the_batch_and_not_the_other_page(app: AppTest) -> None:
    app.button(key="batch_preset_art").click()
    run(app)
    assert app.selectbox(key="batch_output").value == "1024"
    assert app.segmented_control(key="batch_mode").value == "blend"


def test_settings_are_still_there_when_somebody_comes_back(app: AppTest) -> None:
    app.slider(key="batch_ratio").set_value(0.35)
    run(app).switch_page("pages/studio/history.py")
    run(app).switch_page(PAGE)
    assert run(app).slider(key="batch_ratio").value == 0.35


def test_a_result_is_opened_in_the_history(app: AppTest) -> None:
    done = next(batch for batch in here(app).batches() if batch.counts.get(State.DONE))
    here(app).shown = done.id
    id = here(app).queue.history(Query(batch=done.id))[0].id
    run(app).button(key=f"batch_open_{id}").click()
    assert "All fusions" in [button.label for button in run(app).button]


def test_the_page_speaks_chinese(app: AppTest) -> None:
    app.segmented_control(key="lang").set_value("zh")
    assert "批量融合" in texts(run(app))
