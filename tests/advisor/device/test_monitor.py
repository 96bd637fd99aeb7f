"""The five minutes that the monitor keeps: the real reader, a library that plays cards, real processes, a thread."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from advisor.device import Monitor, Reader, Sample
from advisor.device.monitor import Own, Told, key_of, ours_on, resident_bytes, sample_of
from advisor.driver.gpu import Gpu, Process
from advisor.driver.reasons import Reason
from tests.support.fixtures.nvml import Driver
from tests.support.waiting import until

GIB, MIB = 1 << 30, 1 << 20
Make = Callable[..., Monitor]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes monitors, and closes them."""
    made: list[Monitor] = []

    def one(own: Sequence[Own] = (), interval_s: float = 0.02, start: bool = True) -> Monitor:
        made.append(Monitor(Reader(tmp_path), lambda: own, interval_s))
        if start:
            made[-1].start()
        return made[-1]

    yield one
    for monitor in made:
        monitor.close()


def read(folder: Path, *own: Own) -> Sample:
    with Reader(folder) as reader:
        return sample_of(reader.read(frozenset(each.pid for each in own)), own)


def gpu(*processes: Process, **said: object) -> Gpu:
    return replace(Gpu(0, "GPU-a", "A card", 24 * GIB, 10 * GIB, processes=processes), **said)  # type: ignore[arg-type]


# One sample


def test_a_card_is_split_into_ours_others_and_free(driver: Driver, tmp_path: Path) -> None:
    driver("stranger", pid=os.getpid(), mib=3072)
    (card,) = read(tmp_path, Own(os.getpid())).cards
    assert (card.ours_bytes, card.told) == (3 * GIB, Told.DRIVER)
    assert card.others_bytes == 9 * GIB + 400 * MIB  # the stranger's, and what the driver keeps
    assert card.free_bytes == 15 * GIB - 12 * GIB - 400 * MIB
    assert (card.utilisation, card.temperature_c, card.power_w, card.clock_mhz) == (0.35, 52, 30.5, 585)


def test_two_cards_are_told_apart(driver: Driver, tmp_path: Path) -> None:
    driver("two_unequal")
    sample = read(tmp_path)
    assert [card.total_bytes for card in sample.cards] == [15 * GIB, 24 * GIB]
    second = sample.cards[1]
    assert sample.card(second.key) == second
    assert sample.card("GPU-other") is None


def test_in_a_container_the_worker_says_what_is_ours(driver: Driver, tmp_path: Path) -> None:
    driver("stranger", sees_all=False)
    (card,) = read(tmp_path, Own(os.getpid(), reserved_bytes=2 * GIB)).cards
    assert (card.ours_bytes, card.told) == (2 * GIB, Told.WORKER)
    assert card.used_bytes is not None
    assert card.others_bytes == card.used_bytes - 2 * GIB


def test_where_nobody_says_what_is_ours_it_is_not_known(driver: Driver, tmp_path: Path) -> None:
    driver("stranger", sees_all=False)
    (card,) = read(tmp_path, Own(os.getpid())).cards
    assert (card.ours_bytes, card.told) == (None, None)


def test_where_the_driver_names_everybody_and_nobody_is_ours_nothing_is() -> None:
    assert ours_on(gpu(Process(7, "game", 9 * GIB, False)), [Own(8)], True) == (0, Told.DRIVER)


def test_a_driver_that_gives_no_sizes_is_not_believed() -> None:
    listed = gpu(Process(8, "python", None, True))
    assert ours_on(listed, [Own(8, reserved_bytes=GIB)], True) == (GIB, Told.WORKER)
    assert ours_on(listed, [Own(8)], True) == (None, None)


def test_a_worker_counts_on_the_card_that_it_was_given() -> None:
    mine = [Own(8, "GPU-b", GIB), Own(9, "GPU-a", 2 * GIB)]
    assert ours_on(gpu(), mine, False) == (2 * GIB, Told.WORKER)


def test_a_card_that_is_lost_is_no_part_of_the_sample(driver: Driver, tmp_path: Path) -> None:
    driver("lost_for_good")
    with Reader(tmp_path, retry_s=0) as reader:
        assert len(sample_of(reader.read(), ()).cards) == 2
        snapshot = reader.read()
        assert len(sample_of(snapshot, ()).cards) == 1
        assert snapshot.unread[0].why == Reason.LOST


def test_a_divided_card_says_little(driver: Driver, tmp_path: Path) -> None:
    driver("a100_mig")
    (card,) = read(tmp_path).cards
    assert (card.total_bytes, card.free_bytes, card.others_bytes, card.utilisation) == (None, None, None, None)


def test_the_host_is_split_likewise(tmp_path: Path) -> None:
    sample = read(tmp_path, Own(os.getpid()))
    host = sample.host
    assert host.ours_bytes > 10 * MIB
    parts = (host.ours_bytes, host.others_bytes, host.withheld_bytes, host.available_bytes)
    assert sum(parts) == pytest.approx(psutil.virtual_memory().total, rel=0.02)
    assert len(host.cores) == psutil.cpu_count()
    assert 0 <= host.busy <= 1


def test_a_card_without_a_uuid_is_known_by_its_number() -> None:
    assert key_of(gpu(uuid=None)) == "0"


def test_a_process_that_is_gone_holds_nothing() -> None:
    assert resident_bytes(4194999) == 0


# Many


def test_before_the_first_there_is_none(make: Make) -> None:
    assert make(start=False).samples() == ()


def test_samples_come_in_order_and_the_oldest_go(make: Make) -> None:
    monitor = make(interval_s=0.02)
    until(lambda: len(monitor.samples()) >= 3)
    taken = [sample.taken_s for sample in monitor.samples()]
    assert taken == sorted(taken)
    assert monitor._kept.maxlen == 300 / 0.02 + 1


def test_one_thread_looks_for_everybody(make: Make) -> None:
    before = set(threading.enumerate())  # another server of this process may have one
    monitor = make()
    monitor.start()
    until(lambda: bool(monitor.samples()))
    assert [thread.name for thread in set(threading.enumerate()) - before].count("advisor monitor") == 1


def test_who_wants_the_machine_now_gets_what_the_thread_has_seen(make: Make) -> None:
    monitor = make(interval_s=1.0)
    until(lambda: bool(monitor.samples()))
    seen = monitor.snapshot().taken_s
    assert seen in [sample.taken_s for sample in monitor.samples()]


def test_without_the_thread_the_machine_is_looked_at_when_asked(make: Make) -> None:
    monitor = make(start=False)
    first = monitor.snapshot()
    time.sleep(0.05)
    assert monitor.snapshot().taken_s > first.taken_s
    assert monitor.samples() == ()


def test_memory_that_comes_back_is_seen(driver: Driver, make: Make) -> None:
    driver("t4", pid=os.getpid(), mib=3072)
    monitor = make([Own(os.getpid())])
    until(lambda: bool(monitor.samples()))
    driver("t4", mib=512)
    until(lambda: monitor.samples()[-1].cards[0].ours_bytes == 512 * MIB)
    assert monitor.samples()[0].cards[0].ours_bytes == 3072 * MIB


def test_a_closed_monitor_looks_no_more(make: Make) -> None:
    monitor = make()
    until(lambda: bool(monitor.samples()))
    monitor.close()
    seen = len(monitor.samples())
    time.sleep(0.1)
    assert len(monitor.samples()) == seen
    assert not math.isnan(monitor.samples()[-1].host.busy)
