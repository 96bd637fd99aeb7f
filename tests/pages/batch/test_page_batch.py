"""Batches that run, and their ZIPs, through the app's entry point, with a real worker that computes nothing."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import re
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import psutil
import pytest
from PIL import Image
from starlette.routing import Router
from streamlit.testing.v1 import AppTest

from fusion.batches import export, zip_stream
from fusion.jobs import Batch, Query
from fusion.types import State
from pages.parts.batch import download, progress
from pages.parts.server.visitor import COOKIE
from tests.support import fake_pipeline
from tests.support.app_driver import awaited, run, texts, until
from tests.support.pages.batch import checked, give, here

pytestmark = pytest.mark.usefixtures("any_photo_will_do")


def start(at: AppTest) -> AppTest:
    if at.checkbox:
        at.checkbox(key="batch_consent").check()
    checked(at).button(key="batch_start").click()
    return run(at)


def newest(at: AppTest) -> Batch:
    return here(at).batches()[0]


def ended(at: AppTest) -> bool:
    return not progress.is_going(here(at), newest(at))


def behave(at: AppTest, ratio: float) -> None:
    """Have the pipeline do something else than its work."""
    at.session_state["batch_ratio"] = ratio


def test_a_batch_runs_to_its_end_and_is_packed(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_LABEL", "off")
    app.segmented_control(key="batch_mirror").set_value("on")
    start(give(app, 30, 40, 50, person=2))
    run(until(app, ended))  # it may have ended while the page was drawn
    batch = newest(app)
    said = texts(app)
    assert said.count("me.png +1") == 3
    assert said.count("Of 2 source photos number 2 is used: its pose is most like the target's.") == 3
    assert said.count("The source was mirrored, as asked for.") == 3
    assert (batch.name, batch.way) == ("me.png", "one_source")
    assert "me.png onto 3 photos" in said
    assert batch.counts == {State.DONE: 3}
    assert "3 of 3 done" in str([element.proto for element in app.get("progress")])
    (link,) = app.get("link_button")
    assert link.proto.label.endswith("ZIP of 3")
    answer = asked(link.proto.url)
    day = f"{datetime.fromtimestamp(batch.made):%Y-%m-%d}"
    assert answer.headers["content-disposition"] == f"attachment; filename*=utf-8''me-{day}.zip"
    with zipfile.ZipFile(io.BytesIO(answer.body)) as packed:
        assert sorted(packed.namelist()) == sorted(
            [f"photo {shade}.{kind}" for shade in (30, 40, 50) for kind in ("png", "json")]
            + ["measurements.csv", "manifest.json"]
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


def open_results() -> set[str]:
    """The pictures that this process has open. Other threads open databases and close them all the time."""
    return {file.path for file in psutil.Process().open_files() if file.path.endswith(".png")}


def test_who_leaves_is_noticed_and_nothing_stays_open_or_on_the_disk(app: AppTest) -> None:
    queue, batch = here(app).queue, newest(app)
    before, results = set(queue.folder.rglob("*")), open_results()
    left = asked(download.address(batch.id), stop_after=2)
    assert not left.is_whole
    assert set(queue.folder.rglob("*")) == before
    assert open_results() == results
    for _ in range(2 * download.AT_ONCE):  # each turn was given back
        assert asked(download.address(batch.id)).is_whole


def test_a_result_that_is_gone_midway_ends_the_zip_visibly(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = newest(app)
    members = list(export.contents(export.jobs_of(here(app).queue, batch.id)))
    gone = replace(members[2], data=here(app).queue.folder / "gone.png")
    monkeypatch.setattr(export, "contents", lambda views, leaving: (*members[:2], gone, *members[3:]))
    answer = asked(download.address(batch.id))
    assert answer.status == 200
    assert not answer.is_whole
    assert len(answer.body) < int(answer.headers["content-length"])


def test_an_old_address_of_a_zip_without_labels_is_none_once_they_are_drawn(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = newest(app)
    address = download.address(batch.id)
    monkeypatch.setenv("FUSEWISE_LABEL", "on")
    with zipfile.ZipFile(io.BytesIO(asked(address).body)) as packed:
        recipes = [
            json.loads(packed.read(name)) for name in packed.namelist() if name.startswith("photo") and "json" in name
        ]
    assert recipes
    assert [recipe["label"]["text"] for recipe in recipes] == ["AI-modified"] * len(recipes)


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
    assert app.button(key="batch_retry").disabled, "it could only fail again"
    behave(app, fake_pipeline.BROKEN)
    start(give(app, 60, 70))
    run(until(app, ended))
    assert app.button(key="batch_retry").label == "Retry 2"
    first = newest(app).id
    app.button(key="batch_retry").click()
    until(run(app), ended)
    assert (newest(app).id, newest(app).counts) == (first, {State.FAILED: 2})


def test_a_batch_is_paused_resumed_and_cancelled(app: AppTest) -> None:
    behave(app, fake_pipeline.SLOW)
    start(give(app, 80, 90, 100))
    until(app, lambda at: newest(at).counts.get(State.RUNNING) == 1 and newest(at).total == 3)
    places = actions(app)
    app.button(key="batch_pause").click()
    run(app)
    assert newest(app).is_paused
    app.button(key="batch_resume").click()
    run(app)
    assert not newest(app).is_paused
    app.button(key="batch_cancel").click()
    until(run(app), ended)
    assert newest(app).counts == {State.CANCELLED: 3}
    assert actions(run(app)) == places, "and no button lies where another was"
    assert app.get("progress")[0].proto.value == 0, "nothing of it is done"


def actions(at: AppTest) -> list[str]:
    """The keys of the buttons of a batch, in their places."""
    names = ("pause", "cancel", "retry", "delete")
    return [button.key for button in at.button if button.key in {f"batch_{name}" for name in names}]


def test_a_batch_is_there_for_another_session_and_earlier_ones_can_be_reached(app: AppTest) -> None:
    batches = here(app).batches()
    assert len(batches) >= 2
    app.button(key=f"batch_show_it_{batches[-1].id}").click()
    run(app)
    assert here(app).shown == batches[-1].id
    assert f"{batches[-1].name} onto" in texts(app)


def test_a_result_is_opened_in_the_history(app: AppTest) -> None:
    done = next(batch for batch in here(app).batches() if batch.counts.get(State.DONE))
    here(app).shown = done.id
    id = here(app).queue.history(Query(batch=done.id))[0].id
    run(app).segmented_control(key="batch_order").set_value("likeness")
    run(app).button(key=f"batch_open_{id}").click()
    assert "All fusions" in [button.label for button in run(app).button]
    app.button(key="back_to_batch").click()
    assert run(app).segmented_control(key="batch_order").value == "likeness"
    assert here(app).shown == done.id


def test_a_batch_that_is_deleted_can_be_taken_back(app: AppTest) -> None:
    batch = newest(app)
    here(app).shown = batch.id
    run(app).button(key="batch_delete").click()
    run(app)
    assert batch.id not in [one.id for one in here(app).batches()]
    app.button(key="undo_delete").click()
    run(app)
    assert newest(app) == batch
