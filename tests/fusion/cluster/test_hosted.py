"""A worker of a node, without Ray: what it is asked in any order, what comes back, and that nothing of it stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fusion.cluster.hosted import Heard, Hosted, Said
from fusion.settings import Settings
from fusion.worker import protocol
from fusion.worker.protocol import Cancel, Done, Event, Failed, Fuse, Ready
from tests.support import fake_pipeline as fake
from tests.support.queued import PHOTO
from tests.support.waiting import until

ELSEWHERE = Path("/photos/of/another/machine")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path))
    return tmp_path


@pytest.fixture
def hosted(data: Path) -> Iterator[Hosted]:
    made = Hosted()
    made.begin({"FUSEWISE_PIPELINE": "tests.support.fake_pipeline:FakePipeline"}, False)
    yield made
    made.end()
    listened(made, lambda heard: heard.code is not None)


def listened(hosted: Hosted, is_enough: object) -> Heard:
    """Listen until `is_enough` says so of all that was heard."""
    said: list[Said] = []
    found = Heard(())

    def enough() -> bool:
        nonlocal found
        heard = hosted.listen()
        said.extend(heard.said)
        found = heard._replace(said=tuple(said))
        assert callable(is_enough)
        return bool(is_enough(found))

    until(enough)
    return found


def events(heard: Heard) -> list[Event]:
    return [protocol.event(said.line) for said in heard.said]


def has(kind: type) -> object:
    return lambda heard: any(isinstance(event, kind) for event in events(heard))


def job(id: str, ratio: float = fake.QUICK) -> bytes:
    paths = (ELSEWHERE / "target", ELSEWHERE / "source")
    made = Fuse(id, *paths, Settings(ratio=ratio), ELSEWHERE / "output.png", ELSEWHERE / "before.png")
    return protocol.encode(made)


def test_photos_become_files_of_the_node_and_the_results_come_back(hosted: Hosted, data: Path) -> None:
    listened(hosted, has(Ready))
    hosted.ask(0, job("a"), PHOTO, PHOTO)
    (last,) = [said for said in listened(hosted, has(Done)).said if isinstance(protocol.event(said.line), Done)]
    assert {"output.png", "before.png"} <= set(last.files)
    assert last.files["output.png"].startswith(b"\x89PNG")
    (folder,) = (data / "node").iterdir()
    assert [file.name for file in folder.iterdir()] == ["worker.log"], "the photos are gone with the job"
    assert folder.stat().st_mode & 0o077 == 0


def test_a_small_request_that_overtakes_a_large_one_waits_for_it(hosted: Hosted) -> None:
    listened(hosted, has(Ready))
    hosted.ask(1, protocol.encode(Cancel("a")))
    hosted.ask(0, job("a", fake.SLOW), PHOTO, PHOTO)
    (failed,) = [event for event in events(listened(hosted, has(Failed))) if isinstance(event, Failed)]
    assert (failed.id, failed.error.reason) == ("a", "cancelled")


def test_photos_lie_on_the_node_no_longer_than_it_takes_to_read_them(hosted: Hosted, data: Path) -> None:
    listened(hosted, has(Ready))
    hosted.ask(0, job("a", fake.SLOW), PHOTO, PHOTO)
    until(lambda: [*(data / "node").glob("*/a/results")] and not [*(data / "node").glob("*/a/photos")])
    hosted.ask(1, protocol.encode(Cancel("a")))
    listened(hosted, has(Failed))


def test_one_that_ends_leaves_nothing_behind(data: Path) -> None:
    hosted = Hosted()
    hosted.begin({"FUSEWISE_PIPELINE": "tests.support.fake_pipeline:FakePipeline"}, False)
    listened(hosted, has(Ready))
    hosted.ask(0, job("a", fake.SLOW), PHOTO, PHOTO)
    until(lambda: [*(data / "node").glob("*/a/results")])
    hosted.end()
    assert listened(hosted, lambda heard: heard.code is not None).code == -9
    assert [*(data / "node").iterdir()] == []


def test_a_worker_that_cannot_start_says_why(data: Path) -> None:
    hosted = Hosted()
    hosted.begin({"FUSEWISE_PIPELINE": "tests.support.fake_pipeline:UnstartablePipeline"}, False)
    heard = listened(hosted, lambda heard: heard.code is not None)
    assert heard.code == 1
    assert b"the cable is not plugged in" in heard.last_words


def test_what_dead_actors_have_left_goes_when_the_next_one_comes(data: Path) -> None:
    left = data / "node" / "999999,1.00"
    left.mkdir(parents=True)
    (left / "photo").write_bytes(PHOTO)
    hosted = Hosted()
    assert not left.exists()
    hosted.end()
