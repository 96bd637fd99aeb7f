"""While it runs: told of, stopped, waited for; and what memory that runs out or a lost card come to."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest

from fusion import FusionError, Settings, fuse, fuse_async, release
from fusion.errors import Cancelled, Reason
from fusion.scripting.engine import ENGINE
from fusion.types import EngineName, Stage, Tier
from tests.support import fake_pipeline as fake
from tests.support.app_driver import awaited
from tests.support.fake_pipeline import FakePipeline

QUICK = Settings(engine=EngineName.LANDMARK, output=Tier.T512)
Pair = tuple[bytes, bytes]


def held() -> Any:
    """The pipeline that stays loaded; None where none is."""
    return ENGINE._pipeline


@pytest.fixture
def faked() -> Iterator[FakePipeline]:
    """An engine that computes nothing: what happens around it is all that counts."""
    release()
    made = FakePipeline()
    ENGINE._pipeline = cast(Any, made)
    yield made
    release()


def test_it_tells_how_far_it_is(sample_pair: Pair) -> None:
    seen: list[tuple[Stage, float]] = []
    fuse(*sample_pair, QUICK, progress=lambda stage, fraction: seen.append((stage, fraction)))
    assert [fraction for _, fraction in seen] == sorted(fraction for _, fraction in seen)
    assert seen[0] == (Stage.READ, 0.0)
    assert {Stage.FACES, Stage.FUSE, Stage.FINISH} <= {stage for stage, _ in seen}


def test_it_is_stopped_by_an_event_and_by_what_its_progress_raises(sample_pair: Pair, faked: FakePipeline) -> None:
    stop = threading.Event()

    def fail(stage: Stage, fraction: float) -> None:
        if stage == Stage.FACES:
            raise LookupError("enough")

    with pytest.raises(Cancelled):
        fuse(*sample_pair, Settings(ratio=fake.SLOW), progress=lambda stage, fraction: stop.set(), cancel=stop)
    with pytest.raises(LookupError, match="enough"):
        fuse(*sample_pair, Settings(ratio=fake.SLOW), progress=fail)
    assert fuse(*sample_pair).engine == "landmark", "the next one is made"


@pytest.mark.usefixtures("faked")
def test_a_fusion_within_its_own_progress_is_an_error_and_no_standstill(sample_pair: Pair) -> None:
    for act in (lambda: fuse(*sample_pair), release):
        with pytest.raises(RuntimeError, match="running in this thread"):
            fuse(*sample_pair, progress=lambda stage, fraction, act=act: act())  # type: ignore[misc]


@pytest.mark.usefixtures("faked")
def test_threads_wait_for_each_other(sample_pair: Pair) -> None:
    inside, most = 0, 0

    def watch(stage: Stage, fraction: float) -> None:
        nonlocal inside, most
        if stage == Stage.READ:
            inside += 1
            most = max(most, inside)
        elif stage == Stage.FINISH:
            inside -= 1

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(fuse, *sample_pair, progress=watch) for _ in range(8)]
    assert {each.result().engine for each in running} == {"landmark"}
    assert most == 1


@pytest.mark.usefixtures("faked")
def test_who_waits_for_another_one_can_be_stopped(sample_pair: Pair) -> None:
    running, stop_first, stop_second = threading.Event(), threading.Event(), threading.Event()
    slow = Settings(ratio=fake.SLOW)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(fuse, *sample_pair, slow, progress=lambda *_: running.set(), cancel=stop_first)
        assert running.wait(60)
        second = pool.submit(fuse, *sample_pair, slow, cancel=stop_second)
        stop_second.set()
        with pytest.raises(Cancelled):
            second.result(60)
        assert not first.done()
        stop_first.set()
        assert isinstance(first.exception(60), Cancelled)


@pytest.mark.usefixtures("faked")
@pytest.mark.parametrize(("ratio", "count"), [(fake.SHORT_BY_1, 1), (fake.QUICK, 0)])
def test_where_memory_runs_out_the_job_is_made_smaller_and_says_so(sample_pair: Pair, ratio: float, count: int) -> None:
    result = fuse(*sample_pair, Settings(ratio=ratio))
    assert len(result.steps) == count
    assert len([notice for notice in result.notices if notice.code.startswith("stepped_")]) == count
    assert len(result.recipe["steps"]) == count


@pytest.mark.usefixtures("faked")
@pytest.mark.parametrize(
    ("ratio", "reason"), [(fake.NEVER_FITS, Reason.OUT_OF_MEMORY), (fake.DEVICE_LOST, Reason.DEVICE_FAILED)]
)
def test_what_no_rung_helps_against_is_an_error_with_a_remedy(sample_pair: Pair, ratio: float, reason: Reason) -> None:
    with pytest.raises(FusionError) as caught:
        fuse(*sample_pair, Settings(ratio=ratio))
    assert caught.value.reason == reason
    assert (held() is None) == (reason == Reason.DEVICE_FAILED), "what is lost is not asked again"


def test_ctrl_c_leaves_nothing_half_loaded(sample_pair: Pair, faked: FakePipeline) -> None:
    def interrupt(stage: Stage, fraction: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fuse(*sample_pair, progress=interrupt)
    assert held() is None


def test_the_models_stay_until_they_are_let_go(sample_pair: Pair) -> None:
    fuse(*sample_pair, QUICK)
    first = held()
    fuse(*sample_pair, QUICK, device="cpu")
    assert first is not None
    assert held() is first
    release()
    release()
    assert held() is None
    assert fuse(*sample_pair, QUICK).engine == "landmark"


@pytest.mark.usefixtures("faked")
def test_the_event_loop_goes_on_and_hears_of_it_in_its_own_thread(sample_pair: Pair) -> None:
    heard: set[int] = set()

    async def both() -> tuple[int, int]:
        stop, turns = asyncio.Event(), 0

        async def count() -> None:
            nonlocal turns
            while not stop.is_set():
                turns += 1
                await asyncio.sleep(0)

        counting = asyncio.create_task(count())
        await fuse_async(*sample_pair, progress=lambda stage, fraction: heard.add(threading.get_ident()))
        stop.set()
        await counting
        return turns, threading.get_ident()

    turns, own = awaited(both())
    assert turns > 1
    assert heard == {own}


@pytest.mark.usefixtures("faked")
def test_a_task_that_is_cancelled_stops_its_job_first(sample_pair: Pair) -> None:
    async def given_up() -> bool:
        begun = asyncio.Event()
        job = fuse_async(*sample_pair, Settings(ratio=fake.SLOW), progress=lambda *_: begun.set())
        task = asyncio.create_task(job)
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return ENGINE._lock.locked()

    assert awaited(given_up()) is False


@pytest.mark.usefixtures("faked")
def test_what_is_raised_in_the_loop_or_by_the_job_is_raised_by_the_call(sample_pair: Pair) -> None:
    def fail(stage: Stage, fraction: float) -> None:
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        awaited(fuse_async(*sample_pair, Settings(ratio=fake.SLOW), progress=fail))
    with pytest.raises(FusionError, match="agreed"):
        awaited(fuse_async(b"a", b"b"))
