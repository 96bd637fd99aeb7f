"""Where a fusion will run: the real reader over a library that plays cards, and snapshots made by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from advisor.device import Place, Snapshot
from advisor.device.compute_target import Kind, cards_for_workers, place_of, slowdown
from advisor.device.reader import Host, Platform
from advisor.driver.gpu import Gpu, MigPart, Process
from advisor.driver.reasons import Reason
from tests.support import ROOT
from tests.support.fake_nvml import build

MIB, GIB = 1 << 20, 1 << 30
Facts = dict[str, Any]
Where = Callable[..., Facts]

HOST = Host(Platform.LINUX, 32 * GIB, 20 * GIB, 8, Path(), None)
OTHER = Process(7, "python", 3 * GIB, False)
OURS = Process(8, "python", 2 * GIB, True)
UNTOLD = Process(9, None, GIB, None)
T4 = Gpu(0, "GPU-a", "Tesla T4", 15 * GIB, 11 * GIB, cuda_index=0, is_visible=True, processes=(OTHER, OURS, UNTOLD))


def snapshot(*gpus: Gpu, why: Reason | None = None, host: Host = HOST) -> Snapshot:
    return Snapshot(gpus, why, (), host, 0.0)


def cuda(*gpus: Gpu, **given: Any) -> Place:
    """With a PyTorch that is built for cards."""
    return place_of(snapshot(*gpus), torch_cuda=True, **given)


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Where:
    """A fresh process that asks where a fusion will run with the cards of a profile."""
    if not build.can_build():
        pytest.skip("needs gcc, on a system with .so libraries")
    libraries = build.build(tmp_path_factory.mktemp("nvml"))

    def ask(profile: str, environ: dict[str, str] | None = None, **place: Any) -> Facts:
        asked = {"place": {"torch_cuda": True} | place}
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "tests.support.fake_nvml.read", json.dumps(asked)],
            env=build.environment(libraries, profile, "new", environ or {}),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        (found,) = json.loads(done.stdout)["places"]
        return dict(found)

    return ask


# --- which card ---


def test_the_only_card_is_the_place_with_those_who_hold_memory_there(where: Where) -> None:
    found = where("t4")
    assert (found["kind"], found["name"], found["why"]) == ("cuda", "Tesla T4", None)
    assert (found["total_bytes"], found["free_bytes"]) == (15 * GIB, 11 * GIB - 400 * MIB)
    assert found["reserve_bytes"] == 400 * MIB
    assert [used for _, used in found["holders"]] == [GIB], "ours is no other"
    assert found["precision"] == "float16", "a T4 has no bfloat16"


def test_of_unlike_cards_the_one_with_least_room_is_counted_on_until_the_order_is_known(where: Where) -> None:
    unknown = where("two_unequal")
    assert unknown["why"] == Reason.ORDER_UNKNOWN
    known = where("two_unequal", {"CUDA_DEVICE_ORDER": "PCI_BUS_ID"})
    assert (known["name"], known["why"]) == ("NVIDIA GeForce RTX 4090", None)
    told = where("two_unequal", worker_device="NVIDIA GeForce RTX 4090")
    assert (told["total_bytes"], told["why"]) == (24 * GIB, None)


def test_a_part_of_a_divided_card_is_a_place_of_its_own(where: Where) -> None:
    found = where("a100_mig")
    assert found["name"].endswith("MIG 3g.20gb")
    assert found["uuid"].startswith("MIG-")
    assert (found["total_bytes"], found["free_bytes"]) == (20 * GIB, 19 * GIB)
    assert found["holders"] == [], "the card's list is of all its parts"


def test_a_hidden_card_is_no_place_and_the_reason_says_so(where: Where) -> None:
    found = where("t4", {"CUDA_VISIBLE_DEVICES": ""})
    assert (found["kind"], found["why"]) == ("cpu", Reason.HIDDEN)


@pytest.mark.parametrize(("profile", "why"), [("no_card", Reason.NO_CARD), ("mismatch", Reason.MISMATCH)])
def test_without_a_card_the_processor_is_the_place_and_the_drivers_reason_stays(
    where: Where, profile: str, why: Reason
) -> None:
    found = where(profile)
    assert (found["kind"], found["name"], found["uuid"], found["why"]) == ("cpu", "cpu", None, why)
    assert found["total_bytes"] > found["free_bytes"] > 0


def test_a_card_that_torch_cannot_use_is_no_place(where: Where) -> None:
    found = where("t4", torch_cuda=False)
    assert (found["kind"], found["why"]) == ("cpu", Reason.TORCH_WITHOUT_CUDA)


def test_a_worker_that_computes_on_the_processor_beside_a_card_has_its_reason() -> None:
    found = cuda(T4, worker_device="cpu")
    assert (found.kind, found.why) == (Kind.CPU, Reason.UNUSED)


def test_a_worker_on_a_card_is_believed_even_where_torch_was_not_asked() -> None:
    assert place_of(snapshot(T4), torch_cuda=False, worker_device="Tesla T4").kind == Kind.CUDA


def test_the_card_of_index_0_is_the_place_whatever_is_free_elsewhere() -> None:
    second = replace(T4, index=1, uuid="GPU-b", cuda_index=1, free_bytes=1)
    assert cuda(T4, second).uuid == cuda(second, T4).uuid == "GPU-a"


# --- how much memory ---


def test_only_others_are_holders_the_largest_first() -> None:
    assert cuda(T4).holders == (OTHER, UNTOLD)


@pytest.mark.parametrize(
    ("platform", "total", "reserve"),
    [
        (Platform.LINUX, 80 * GIB, 400 * MIB),
        (Platform.WINDOWS, 8 * GIB, 700 * MIB),
        (Platform.WSL, 24 * GIB, 24 * GIB // 16),
    ],
)
def test_a_card_keeps_a_reserve_and_under_windows_more(platform: Platform, total: int, reserve: int) -> None:
    shown = snapshot(replace(T4, total_bytes=total), host=replace(HOST, platform=platform))
    assert place_of(shown, torch_cuda=True).reserve_bytes == reserve


@pytest.mark.parametrize(("total", "reserve"), [(4 * GIB, 512 * MIB), (32 * GIB, 2 * GIB)])
def test_the_machine_keeps_a_sixteenth_and_at_least_half_a_gibibyte(total: int, reserve: int) -> None:
    assert place_of(snapshot(host=replace(HOST, total_bytes=total)), torch_cuda=False).reserve_bytes == reserve


def test_a_container_keeps_a_sixteenth_of_its_own_limit() -> None:
    limited = replace(HOST, usable_bytes=16 * GIB, available_bytes=14 * GIB, outside_bytes=200 * GIB)
    large = replace(limited, total_bytes=256 * GIB)
    assert place_of(snapshot(host=large), torch_cuda=False).reserve_bytes == GIB


def test_a_card_that_shares_the_machines_memory_keeps_the_machines_reserve() -> None:
    shared = replace(T4, total_bytes=32 * GIB, free_bytes=20 * GIB, is_unified=True)
    assert (cuda(shared).kind, cuda(shared).reserve_bytes) == (Kind.CUDA, 2 * GIB)


def test_a_card_that_does_not_say_what_is_free_is_told() -> None:
    found = cuda(replace(T4, total_bytes=None, free_bytes=None))
    assert (found.kind, found.name, found.why) == (Kind.CUDA, "Tesla T4", Reason.UNMEASURED)
    unseen = place_of(snapshot(why=Reason.DRIVER_OLD), torch_cuda=True, worker_device="Tesla T4")
    assert (unseen.kind, unseen.name, unseen.why) == (Kind.CUDA, "Tesla T4", Reason.UNMEASURED)


def test_what_is_free_may_be_given_instead_of_read() -> None:
    assert cuda(T4, free_bytes=GIB).free_bytes == GIB
    assert cuda(T4, free_bytes=0).budget_bytes(0) == 0
    assert place_of(snapshot(), torch_cuda=False, free_bytes=3 * GIB).free_bytes == 3 * GIB


def test_the_budget_is_what_is_free_and_held_less_the_reserve_and_what_is_promised() -> None:
    found = cuda(T4, held_bytes=2 * GIB, promised_bytes=GIB)
    assert found.budget_bytes(3 * GIB) == 11 * GIB + 2 * GIB - 400 * MIB - GIB
    assert found.budget_bytes(GIB) == 11 * GIB + GIB - 400 * MIB - GIB, "the rest of it is not used again"


def test_parts_are_chosen_by_the_name_that_the_worker_says() -> None:
    parts = tuple(MigPart(n, f"MIG-{n}", f"A100 MIG {n}g", 5 * GIB, 4 * GIB) for n in (1, 2))
    divided = replace(T4, name="A100", cuda_index=None, is_mig=True, parts=parts, total_bytes=None, free_bytes=None)
    assert cuda(divided, worker_device="A100 MIG 2g").uuid == "MIG-2"


# --- several cards ---


def some(*visible: bool | None) -> Snapshot:
    cards = (replace(T4, index=index, uuid=f"GPU-{index}", is_visible=seen) for index, seen in enumerate(visible))
    return snapshot(*cards)


def test_each_card_that_may_be_used_gets_a_worker() -> None:
    assert cards_for_workers(some(True, True)) == ("GPU-0", "GPU-1")
    assert cards_for_workers(some(True, False, True)) == ("GPU-0", "GPU-2")


def test_one_card_or_none_or_cards_that_only_cuda_knows_are_left_to_one_worker() -> None:
    assert cards_for_workers(some(True)) == cards_for_workers(some()) == cards_for_workers(some(True, False)) == ()
    assert cards_for_workers(some(True, None)) == cards_for_workers(some(None, None)) == ()


@pytest.mark.parametrize(
    ("cores", "others", "times"),
    [
        (8, None, 1.0),
        (8, 1.0, 1.0),  # a browser that draws
        (8, 4.0, 2.0),
        (8, 8.0, 2.0),  # as many threads of ours wait as there are of theirs
        (2, 4.0, 1.0),  # a container gets two cores' time, and four are free for that
        (6, 4.0, 1.5),
    ],
)
def test_others_on_the_processor_slow_down_what_is_computed_there(
    cores: float, others: float | None, times: float
) -> None:
    host = replace(HOST, cores=cores, ready_cores=8, others_cores=others)
    assert slowdown(host) == pytest.approx(times)
    assert place_of(snapshot(host=host), torch_cuda=False).slowdown == pytest.approx(times)
    assert cuda(T4).slowdown == 1
