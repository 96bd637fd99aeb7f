"""Who holds the memory of a card or of the host is named, unless it is ours."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from advisor.device.processes import Holder, look_around
from advisor.diagnosis import Action, Cause, Level
from advisor.health import Environment, doctor
from tests.support.fixtures.environment import GIB, Hand, only, seen
from tests.support.fixtures.nvml import STRANGER, Driver

SLEEP = "import time; print(1, flush=True); time.sleep(60)"
COOL = 0  # bits of throttles
CARD, FREE = "Tesla T4", "12.4"
Start = Callable[..., psutil.Process]


def test_a_stranger_with_nine_gib_of_the_card_is_named_and_left_alone(driver: Driver, tmp_path: Path) -> None:
    driver("stranger", throttles=COOL)
    found = only(seen(tmp_path, [Hand(device=CARD, pid=os.getpid())], torch_cuda=FREE))
    assert (found.cause, found.remedy.action) == (Cause.MEMORY_HELD, Action.CLOSE_PROGRAM)
    assert (found.evidence["pid"], found.evidence["held_gib"], found.evidence["device"]) == (STRANGER, 9.0, CARD)
    assert found.evidence["left_gib"] == pytest.approx(15 - 0.4 - 9 - 0.4, abs=0.05)  # the worker's 3 are used again
    assert found.level == Level.MINOR, "what is left is enough for most"


def test_a_stranger_is_found_on_a_card_that_is_not_used_yet(driver: Driver, tmp_path: Path) -> None:
    driver("stranger", throttles=COOL)
    found = {each.cause: each for each in doctor(seen(tmp_path, torch_cuda=None))}
    assert set(found) == {Cause.TORCH_WITHOUT_CUDA, Cause.MEMORY_HELD}
    assert (found[Cause.MEMORY_HELD].evidence["pid"], found[Cause.MEMORY_HELD].level) == (STRANGER, Level.MINOR)


def test_a_stranger_is_told_from_ours_in_a_container_by_what_it_holds(driver: Driver, tmp_path: Path) -> None:
    driver("stranger", sees_all=False, throttles=COOL)
    worker = Hand(device=CARD, pid=os.getpid(), reserved_bytes=3 * GIB)
    assert only(seen(tmp_path, [worker], torch_cuda=FREE)).evidence["pid"] == STRANGER


def test_what_our_own_worker_holds_is_nobodys_fault(driver: Driver, tmp_path: Path) -> None:
    driver("t4", throttles=COOL, mib=13 * 1024)
    assert doctor(seen(tmp_path, [Hand(device=CARD, pid=os.getpid())], torch_cuda=FREE)) == ()


def test_a_full_card_whose_driver_names_nobody_is_tight(driver: Driver, tmp_path: Path) -> None:
    driver("full", throttles=COOL)
    found = only(seen(tmp_path, [Hand(device=CARD, pid=os.getpid())], torch_cuda=FREE))
    assert (found.cause, found.level, found.evidence["percent"]) == (Cause.MEMORY_TIGHT, Level.SERIOUS, 100)


def crowded(environment: Environment, free: int, *holders: Holder) -> Environment:
    host = replace(environment.snapshot.host, available_bytes=free)
    return replace(environment, snapshot=replace(environment.snapshot, host=host), holders=holders)


def test_who_holds_the_hosts_memory_is_named_where_there_is_no_card(bare: Environment) -> None:
    found = only(crowded(bare, 2 * GIB, Holder(77, "blender", 9 * GIB), Holder(78, "cat", GIB)))
    assert (found.cause, found.level) == (Cause.MEMORY_HELD, Level.SERIOUS)
    assert {"pid": 77, "name": "blender", "held_gib": 9.0, "device": "cpu"}.items() <= found.evidence.items()
    assert "blender (pid 77) holds 9.0 of 16.0 GiB" in found.text


def test_a_large_neighbour_is_none_of_ours_while_there_is_room(bare: Environment) -> None:
    assert doctor(crowded(bare, 12 * GIB, Holder(77, "blender", 9 * GIB))) == ()


def test_a_host_that_many_small_ones_fill_is_tight(bare: Environment) -> None:
    assert only(crowded(bare, GIB, Holder(77, "cat", GIB))).cause == Cause.MEMORY_TIGHT


def test_the_hosts_memory_is_not_counted_where_a_card_computes(t4: Environment) -> None:
    assert doctor(crowded(t4, 2 * GIB, Holder(77, "blender", 9 * GIB))) == ()


def test_a_process_that_holds_memory_is_seen_and_ours_is_not(start: Start) -> None:
    script = f"kept = bytearray(300 << 20); {SLEEP}"
    held = start("-c", script)
    assert held.pid in {each.pid for each in look_around((), ()).holders} or len(look_around((), ()).holders) == 5
    assert held.pid not in {each.pid for each in look_around({held.pid}, ()).holders}
