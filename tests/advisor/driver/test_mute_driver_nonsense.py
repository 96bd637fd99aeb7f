"""A driver that answers with what cannot be: that is not said, and the rest is."""

from __future__ import annotations

import json
import os

import pytest

from advisor.device import Reader
from advisor.device.compute_target import Kind, cards_for_workers, place_of
from advisor.driver.answer import Answer
from advisor.driver.reasons import Reason
from tests.support.fixtures.nvml import Driver

GIB = 1 << 30
ALL_BITS = (1 << 32) - 1
IMPOSSIBLE: list[tuple[dict[str, object], str]] = [
    ({"power": ALL_BITS}, "power_w"),
    ({"power_limit": ALL_BITS}, "power_limit_w"),
    ({"power": 0}, "power_w"),
    ({"temperature": ALL_BITS}, "temperature_c"),
    ({"temperature": 0}, "temperature_c"),
    ({"utilisation": 255}, "utilisation"),
    ({"clock": ALL_BITS}, "clock_mhz"),
    ({"clock_max": ALL_BITS}, "clock_max_mhz"),
    ({"memory_clock": ALL_BITS}, "memory_clock_mhz"),
    ({"capability": ALL_BITS}, "capability"),
    ({"cuda_version": 0}, "cuda_version"),
    ({"uuid": "~~~~"}, "uuid"),
    ({"name": " "}, "name"),
    ({"reserved": 99 * GIB}, "reserved_bytes"),
    ({"free": 25 * GIB, "total": 24 * GIB}, "free_bytes"),
    ({"free": 25 * GIB, "total": 24 * GIB}, "total_bytes"),
    ({"used": 30 * GIB, "total": 24 * GIB, "free": GIB}, "free_bytes"),
    ({"used": 20 * GIB, "total": 24 * GIB, "free": 20 * GIB}, "free_bytes"),
    ({"total": 0, "free": GIB, "used": 0}, "total_bytes"),
    ({"total": (1 << 64) - 1, "free": GIB}, "total_bytes"),
]


def test_of_a_card_that_is_well_all_of_it_is_said(driver: Driver, reader: Reader) -> None:
    driver("t4")
    (gpu,) = reader.read().gpus
    assert [field for _, field in IMPOSSIBLE if getattr(gpu, field) is None] == []


@pytest.mark.parametrize(("said", "field"), IMPOSSIBLE)
def test_what_cannot_be_is_not_said(driver: Driver, reader: Reader, said: dict[str, object], field: str) -> None:
    driver("t4", **said)
    (gpu,) = reader.read().gpus
    assert getattr(gpu, field) is None
    assert not gpu.is_unified


def test_of_memory_that_contradicts_itself_advice_promises_the_least(driver: Driver, reader: Reader) -> None:
    driver("t4", free=25 * GIB, total=24 * GIB)
    place = place_of(reader.read(), torch_cuda=True)
    assert (place.kind, place.why) == (Kind.CUDA, Reason.UNMEASURED)
    assert place.free_bytes <= place.total_bytes <= 2 * GIB


def test_a_uuid_that_two_cards_give_names_neither(driver: Driver, reader: Reader) -> None:
    driver("two_alike", uuid="GPU-same")
    snapshot = reader.read()
    assert [gpu.uuid for gpu in snapshot.gpus] == [None, None]
    assert cards_for_workers(snapshot) == ()


def test_a_gap_among_the_cards_is_one_card_less(driver: Driver, reader: Reader) -> None:
    driver("eight", gap=3)
    snapshot = reader.read()
    assert [gpu.index for gpu in snapshot.gpus] == [0, 1, 2, 4, 5, 6, 7]
    assert [(each.index, each.why) for each in snapshot.unread] == [(3, Reason.LOST)]


def test_a_count_of_cards_that_cannot_be_is_none(driver: Driver, reader: Reader) -> None:
    driver("t4", count=ALL_BITS)
    snapshot = reader.read()
    assert (snapshot.gpus, snapshot.why) == ((), Reason.UNEXPLAINED)


def test_a_list_that_no_memory_holds_is_none(driver: Driver, reader: Reader) -> None:
    driver("t4", listed=ALL_BITS)
    assert reader.read().gpus[0].processes is None


def test_what_a_process_cannot_hold_is_not_said(driver: Driver, reader: Reader) -> None:
    driver("full", process=1 << 60)
    assert reader.read().gpus[0].processes == ()
    driver("t4", process=1 << 60, pid=os.getpid(), mib=10)
    held = {each.pid: each.used_bytes for each in reader.read().gpus[0].processes or ()}
    assert held[os.getpid()] == 10 << 20, "the other of its two entries counts"


def test_more_parts_than_a_card_has_are_none(driver: Driver, reader: Reader) -> None:
    driver("a100_mig", parts=ALL_BITS)
    assert reader.read().gpus[0].parts == ()


def test_a_process_that_says_what_nobody_understands_is_an_answer_too(
    driver: Driver, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver("t4")
    monkeypatch.setattr(Answer, "from_line", lambda line: json.loads("driver: hello"))
    snapshot = reader.read()
    assert (snapshot.gpus, snapshot.why) == ((), Reason.UNEXPLAINED)
