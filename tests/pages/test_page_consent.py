"""Consent on the pages: once a session for one person, for each job where others are served, and a fact afterwards."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fusion import provenance
from fusion.batches import export
from fusion.declared import CONSENT_WORDING, Consent, Declared
from fusion.jobs import Jobs, JobView, Query
from fusion.photos import samples
from fusion.settings import Settings
from fusion.types import Role
from pages.parts.server.visitor import COOKIE, LOCAL
from pages.parts.services import services
from pages.parts.session.agreement import Agreement
from pages.parts.session.diagnosis_state import DiagnosisDesk
from tests.support import fake_pipeline
from tests.support.app_driver import desk, press, run, session, texts, until, upload, with_samples
from tests.support.fixtures.photos import gradient
from tests.support.pages.batch import checked, give
from tests.support.pages.batch import here as batch_here
from tests.support.queued import end

BATCH, DIAGNOSIS = "pages/studio/batch.py", "pages/machine/diagnostics.py"


@pytest.fixture(scope="module")
def queue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    """The server's own queue, in a data folder of this module's, with a worker that computes nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
        patch.setenv("FUSEWISE_DATA", str(tmp_path_factory.mktemp("consent")))
        st.cache_resource.clear()
        yield services.jobs()
        st.cache_resource.clear()


@pytest.fixture
def served(queue: Jobs, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """A session of one of many visitors."""
    monkeypatch.setenv("FUSEWISE_SINGLE_USER", "false")
    monkeypatch.setattr(type(st.context), "cookies", {COOKIE: "c" * 32})
    return session()


@pytest.fixture
def app(queue: Jobs) -> AppTest:
    """A session of the one person at their own machine."""
    return session()


def boxes(at: AppTest, name: str = "consent") -> list[bool]:
    """Whether each box that asks for consent is ticked."""
    return [bool(box.value) for box in at.checkbox if box.key and box.key.startswith(name)]


def tick(at: AppTest, name: str = "consent") -> AppTest:
    next(box for box in at.checkbox if box.key and box.key.startswith(name)).check()
    return run(at)


def fuse(at: AppTest) -> JobView:
    """The job that a press of Fuse makes, once it has ended."""
    press(at, "fuse")
    until(at, lambda at: desk(at).job is None)
    return desk(at).queue.history(Query(limit=1))[0]


def test_where_others_are_served_each_job_is_asked_for_and_says_who_confirmed(served: AppTest, queue: Jobs) -> None:
    view = fuse(tick(with_samples(served)))
    assert view.consent is not None
    assert view.consent.wording == CONSENT_WORDING
    assert view.consent.by not in ("", view.owner, LOCAL)
    assert view.outcome is not None
    within = provenance.recipe_in(view.outcome.output.read_bytes())
    assert within is not None
    assert within["consent"] == view.consent.to_json()
    assert view.outcome.recipe["consent"] == view.outcome.facts.to_json()["consent"] == view.consent.to_json()
    assert boxes(run(served)) == [False]
    assert served.button(key="fuse").disabled
    assert "confirm the consent" in texts(served)
    desk(served).start(Settings())
    assert desk(served).job is None, "a press that the browser still had starts nothing"
    again = fuse(tick(served))
    assert again.consent is not None
    lines = queue.declarations(Declared.CONSENT)
    assert [line.job for line in lines[:2]] == [again.id, view.id]
    assert {line.by for line in lines[:2]} == {view.consent.by}


def test_where_others_are_served_another_photo_is_asked_for_anew(served: AppTest) -> None:
    assert boxes(tick(with_samples(served))) == [True]
    press(served, "change_target")
    assert boxes(upload(served, Role.TARGET, "other.png", gradient())) == [False]


def test_one_person_is_asked_once_and_each_job_says_so(app: AppTest, queue: Jobs) -> None:
    first = fuse(tick(with_samples(app)))
    assert boxes(run(app)) == [True]
    press(app, "change_target")
    upload(app, Role.TARGET, "other.png", gradient(300, 300))
    assert desk(app).agreed.is_given
    assert first.consent is not None
    assert first.consent.by == LOCAL
    app.switch_page(BATCH)
    assert boxes(run(app), "batch_consent") == []
    assert queue.declarations()[0].job == first.id


@pytest.mark.usefixtures("any_photo_will_do")
def test_a_batch_of_a_visitor_is_asked_for_by_itself_and_its_zip_has_the_consent(served: AppTest, queue: Jobs) -> None:
    tick(with_samples(served))
    served.switch_page(BATCH)
    assert boxes(run(served), "batch_consent") == [False], "what was said of other photos does not count"
    checked(give(served, 30, 40))
    assert served.button(key="batch_start").disabled
    press(tick(served, "batch_consent"), "batch_start")
    assert boxes(served, "batch_consent") == [False]
    (batch, *_) = batch_here(served).batches()
    until(served, lambda _: queue.batch(batch.id).total == 2)
    views = [end(queue, view.id) for view in export.jobs_of(queue, batch.id)]
    packed = io.BytesIO()
    export.write_zip(views, packed)
    with zipfile.ZipFile(packed) as members:
        recipes = [json.loads(members.read(name)) for name in members.namelist() if name.endswith(".json")]
        table = members.read(export.TABLE).decode("utf-8-sig")
    assert len(views) == 2
    for view in views:
        assert view.consent is not None
        assert view.consent.to_json() in [recipe.get("consent") for recipe in recipes]
        assert view.consent.to_json()["at"] in table
    jobs = {line.job for line in queue.declarations(Declared.CONSENT)}
    assert {view.id for view in views} <= jobs


def test_with_another_file_a_batch_is_asked_for_anew(served: AppTest) -> None:
    served.switch_page(BATCH)
    give(run(served), 30, 40)
    assert boxes(tick(served, "batch_consent"), "batch_consent") == [True]
    assert boxes(run(served), "batch_consent") == [True]
    give(served, 30, 50)
    assert boxes(served, "batch_consent") == [False]
    assert served.button(key="batch_start").disabled


def to_diagnosis(at: AppTest, queue: Jobs, owner: str, consent: Consent | None) -> JobView:
    """A job that has failed, whose remedy the page offers."""
    settings = Settings(ratio=fake_pipeline.BROKEN)
    view = end(queue, queue.submit(*samples.sample_pair(), settings, owner=owner, consent=consent))
    at.query_params["job"] = view.id
    at.switch_page(DIAGNOSIS)
    press(run(at), "try_0")
    return view


def tried(at: AppTest, queue: Jobs) -> JobView:
    """The job by which the remedy is tried."""
    press(at, "do_0")
    here: DiagnosisDesk = at.session_state["diagnosis_desk"]
    assert here.trial is not None
    return queue.view(here.trial.job)


def test_a_remedy_that_a_visitor_tries_is_asked_for_each_time(served: AppTest, queue: Jobs) -> None:
    owner = desk(run(served)).owner
    before = to_diagnosis(served, queue, owner, queue.consent(owner))
    assert boxes(served, "diagnosis_consent") == [False]
    assert served.button(key="do_0").disabled
    view = tried(tick(served, "diagnosis_consent"), queue)
    assert view.consent is not None
    assert view.id != before.id
    assert boxes(served, "diagnosis_consent") == [False]


def test_a_tick_under_one_job_is_none_under_another(served: AppTest, queue: Jobs) -> None:
    owner = desk(run(served)).owner
    first = to_diagnosis(served, queue, owner, None)
    assert boxes(tick(served, "diagnosis_consent"), "diagnosis_consent") == [True]
    to_diagnosis(served, queue, owner, None)
    assert boxes(served, "diagnosis_consent") == [False]
    served.query_params["job"] = first.id
    assert boxes(run(served), "diagnosis_consent") == [False], "nor is it kept for when that is looked at again"


@pytest.mark.parametrize(("owner", "is_kept"), [(LOCAL, True), ("somebody else", False)])
def test_a_remedy_keeps_the_consent_of_ones_own_job_and_nobody_elses(
    app: AppTest, queue: Jobs, owner: str, is_kept: bool
) -> None:
    before = to_diagnosis(run(app), queue, owner, queue.consent(owner, at=1.0))
    assert tried(app, queue).consent == (before.consent if is_kept else None)


def test_a_job_that_is_opened_again_brings_no_consent_along(served: AppTest, queue: Jobs) -> None:
    owner = desk(tick(with_samples(served))).owner
    view = end(
        queue, queue.submit(gradient(), gradient(80, 100), Settings(), owner=owner, consent=queue.consent(owner))
    )
    served.query_params["job"] = view.id
    served.switch_page("pages/studio/history.py")
    press(run(served), "again")
    assert desk(served).slots[Role.TARGET].view is not None
    assert not desk(served).agreed.is_given


def test_a_tick_that_was_used_is_not_used_twice(queue: Jobs) -> None:
    once, each = Agreement(), Agreement(is_per_job=True)
    for agreed in (once, each):
        assert agreed.hand_on(queue, LOCAL) is None
        agreed.take(True)
        assert agreed.hand_on(queue, LOCAL) is not None
    assert once.hand_on(queue, LOCAL) is not None
    assert each.hand_on(queue, LOCAL) is None
