"""A request of a program has one job, whoever asks again, and whichever process ended meanwhile."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from fusion.errors import FusionError, WorkerDied
from fusion.errors import Reason as Why
from fusion.jobs import Jobs
from fusion.settings import Settings
from fusion.storage import FILE, App, Archive, Records, Store
from fusion.types import Asked, State
from tests.support.fixtures.photos import plain
from tests.support.rows import job

ASKED = Asked("key", "body")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / FILE)


@pytest.fixture
def records(store: Store) -> Records:
    return Records(store, App.this())


def test_the_same_request_has_the_job_that_it_had(records: Records) -> None:
    assert records.add(job(id="a"), asked=ASKED) == "a"
    assert records.add(job(id="b"), asked=ASKED) == "a"
    assert not records.is_known("b")
    assert records.job_of(job().owner, ASKED) == "a"


def test_a_key_is_good_for_one_request_and_one_owner(records: Records) -> None:
    records.add(job(id="a", owner="x"), asked=ASKED)
    with pytest.raises(FusionError) as caught:
        records.add(job(id="b", owner="x"), asked=Asked("key", "another"))
    assert caught.value.reason == Why.KEY_REUSED
    assert records.add(job(id="c", owner="y"), asked=Asked("key", "another")) == "c"


def test_a_request_goes_with_its_job(store: Store, records: Records) -> None:
    records.add(job(id="a"), asked=ASKED)
    Archive(store).delete(["a"])
    assert records.job_of(job().owner, ASKED) is None
    assert records.add(job(id="b"), asked=ASKED) == "b"


def test_what_is_not_added_leaves_no_request(records: Records) -> None:
    assert records.add(job(id="a"), lambda: False, ASKED) is None
    assert records.job_of(job().owner, ASKED) is None


def test_a_job_of_a_request_runs_again_where_another_is_interrupted(records: Records) -> None:
    for id, asked in (("a", ASKED), ("b", None)):
        records.add(job(id=id), asked=asked)
        assert records.claim() is not None
    records.let_go(WorkerDied(Why.INTERRUPTED))
    assert (records.get("a").state, records.get("b").state) == (State.QUEUED, State.INTERRUPTED)


def test_many_at_once_make_one_job_and_leave_no_photo_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = Jobs(tmp_path / "jobs")
    monkeypatch.setattr(queue._dispatcher, "start", lambda: None)
    found: list[str] = []

    def ask(red: int) -> None:
        found.append(queue.submit(plain(red=red), plain(), Settings(), owner="x", asked=ASKED))

    threads = [threading.Thread(target=ask, args=(red,)) for red in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert len(list((tmp_path / "photos").iterdir())) == 2  # the target and the source of the one job
    queue.close()
