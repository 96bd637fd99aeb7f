"""What this machine has: the real reader and the real bindings over a library that plays drivers and cards.

The library is compiled from tests/support/fake_nvml/nvml.c. Pitfalls that only exist on Windows or on a card are not
here.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from advisor.device import Reader, host
from advisor.device.cuda_visible import numbered
from advisor.driver.gpu import Gpu, MigPart
from advisor.driver.reasons import SENTENCES, Reason
from fusion.memory import budget
from tests.support import ROOT
from tests.support.fake_nvml import build

GIB = 1 << 30
Facts = dict[str, Any]
Read = Callable[..., Facts]


@pytest.fixture(scope="session")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders with a libnvidia-ml.so.1 each."""
    if not build.can_build():
        pytest.skip("needs gcc, on a system with .so libraries")
    return build.build(tmp_path_factory.mktemp("nvml"))


@pytest.fixture(scope="session")
def read(libraries: Path) -> Read:
    """A fresh process in which the reader reads a profile."""

    def run(profile: str, variant: str = "new", environ: dict[str, str] | None = None, **asked: Any) -> Facts:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "tests.support.fake_nvml.read", json.dumps(asked)],
            env=build.environment(libraries, profile, variant, environ or {}),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        facts: Facts = json.loads(done.stdout)
        return facts

    return run


def only_card(facts: Facts) -> Facts:
    """The one card of the one snapshot."""
    (snapshot,) = facts["snapshots"]
    (gpu,) = snapshot["gpus"]
    return dict(gpu)


# --- no cards, and why ---


@pytest.mark.parametrize(
    ("profile", "variant", "why"),
    [
        ("t4", "none", Reason.NO_DRIVER),
        ("not_loaded", "new", Reason.NOT_LOADED),
        ("mismatch", "new", Reason.MISMATCH),
        ("t4", "ancient", Reason.DRIVER_OLD),
        ("no_permission", "new", Reason.NO_PERMISSION),
        ("no_card", "new", Reason.NO_CARD),
        ("unexplained", "new", Reason.UNEXPLAINED),
    ],
)
def test_no_cards_have_a_reason_each(read: Read, profile: str, variant: str, why: Reason) -> None:
    facts = read(profile, variant)
    (snapshot,) = facts["snapshots"]
    assert snapshot["gpus"] == []
    assert snapshot["why"] == why
    assert snapshot["host"]["total_bytes"] > 0
    assert not facts["opened"], "what could be opened was closed again"


def test_every_reason_has_a_sentence_and_a_remedy() -> None:
    assert set(SENTENCES) == set(Reason)
    assert all(text.endswith(".") for pair in SENTENCES.values() for text in pair)
    assert len({pair[0] for pair in SENTENCES.values()}) == len(SENTENCES)


def test_a_driver_that_comes_up_later_is_found_later(read: Read) -> None:
    first, second = read("late", reads=2)["snapshots"]
    assert (first["why"], first["gpus"]) == (Reason.NOT_LOADED, [])
    assert second["why"] is None
    assert second["gpus"][0]["name"] == "Tesla T4"


def test_a_driver_that_cannot_be_opened_is_left_alone_for_a_while(read: Read) -> None:
    facts = read("late", reads=3, retry_s=3600)
    assert [snapshot["why"] for snapshot in facts["snapshots"]] == [Reason.NOT_LOADED] * 3
    assert facts["inits"] == 1


# --- one card ---


def test_a_card_says_what_it_is_and_how_it_fares(read: Read) -> None:
    gpu = only_card(read("t4"))
    said = {name: gpu[name] for name in ("name", "index", "cuda_index", "is_visible", "pci_bus_id", "capability")}
    assert said == {
        "name": "Tesla T4",
        "index": 0,
        "cuda_index": 0,
        "is_visible": True,
        "pci_bus_id": "00000000:3B:00.0",
        "capability": [7, 5],
    }
    assert gpu["uuid"].startswith("GPU-a0345678")
    assert (gpu["driver"], gpu["cuda_version"]) == ("550.54.15", "12.4")
    assert (gpu["utilisation"], gpu["temperature_c"], gpu["power_w"], gpu["power_limit_w"]) == (0.35, 52, 30.5, 70.0)
    assert (gpu["clock_mhz"], gpu["clock_max_mhz"], gpu["memory_clock_mhz"]) == (585, 1590, 5000)
    assert gpu["throttles"] == ["power_cap", "software_heat"]
    assert (gpu["is_mig"], gpu["parts"], gpu["is_unified"]) == (None, [], False)


def test_reserved_memory_is_shown_and_is_not_free(read: Read) -> None:
    gpu = only_card(read("t4"))
    assert (gpu["total_bytes"], gpu["reserved_bytes"]) == (15 * GIB, 400 << 20)
    assert gpu["free_bytes"] == 11 * GIB - (400 << 20)


def test_what_is_used_is_all_that_is_not_free() -> None:
    gpu = card(0, total_bytes=15, free_bytes=4)
    assert gpu.used_bytes == 11
    assert replace(gpu, free_bytes=None).used_bytes is None


def test_an_old_driver_is_asked_in_its_own_words(read: Read) -> None:
    gpu = only_card(read("t4", "old"))
    assert (gpu["total_bytes"], gpu["free_bytes"]) == (15 * GIB, 11 * GIB - (400 << 20))
    assert gpu["reserved_bytes"] is None
    assert gpu["throttles"] == ["power_cap", "software_heat"]
    assert len(gpu["processes"]) == 2


def test_a_name_that_is_no_text_is_not_known(read: Read) -> None:
    gpu = only_card(read("no_text"))
    assert gpu["name"] is None
    assert gpu["total_bytes"] == 15 * GIB


def test_under_wsl_memory_is_known_and_processes_are_not(read: Read) -> None:
    gpu = only_card(read("wsl"))
    assert (gpu["total_bytes"], gpu["reserved_bytes"]) == (15 * GIB, None)
    assert (gpu["processes"], gpu["utilisation"]) == (None, None)


def test_not_available_is_no_number(read: Read) -> None:
    gpu = only_card(read("sentinel"))
    assert [gpu[name] for name in ("total_bytes", "free_bytes", "reserved_bytes")] == [None] * 3
    assert not gpu["is_unified"]


def test_nothing_free_is_a_number(read: Read) -> None:
    gpu = only_card(read("full"))
    assert (gpu["free_bytes"], gpu["processes"]) == (0, [])


@pytest.mark.parametrize("profile", ["unified", "unified_zero"])
def test_a_card_that_shares_the_hosts_memory_has_the_hosts(read: Read, profile: str) -> None:
    facts = read(profile)
    gpu, machine = only_card(facts), facts["snapshots"][0]["host"]
    assert gpu["is_unified"]
    assert (gpu["total_bytes"], gpu["free_bytes"]) == (machine["total_bytes"], machine["available_bytes"])
    assert gpu["reserved_bytes"] is None


def test_free_memory_is_read_anew_each_time(read: Read) -> None:
    free = [snapshot["gpus"][0]["free_bytes"] for snapshot in read("shrinking", reads=3)["snapshots"]]
    assert [free[0] - each for each in free] == [0, GIB, 2 * GIB]


# --- processes ---


def test_our_processes_are_marked_and_counted_once(read: Read) -> None:
    facts = read("t4")
    processes = {process["pid"]: process for process in only_card(facts)["processes"]}
    assert len(processes) == 2
    mine = processes[facts["pid"]]
    assert (mine["ours"], mine["used_bytes"]) == (True, 3 * GIB)
    assert "python" in mine["name"]


def test_a_process_that_is_gone_has_no_name(read: Read) -> None:
    facts = read("t4")
    (ghost,) = [process for process in only_card(facts)["processes"] if process["pid"] != facts["pid"]]
    assert (ghost["name"], ghost["ours"], ghost["used_bytes"]) == (None, False, GIB)


def test_in_a_container_the_drivers_numbers_name_nobody(read: Read) -> None:
    processes = only_card(read("t4", sees_all=False))["processes"]
    assert len(processes) == 2
    assert {(process["name"], process["ours"]) for process in processes} == {(None, None)}


def test_under_windows_nobody_says_what_a_process_holds(read: Read) -> None:
    processes = only_card(read("wddm"))["processes"]
    assert [process["used_bytes"] for process in processes] == [None, None]


# --- a divided card ---


@pytest.mark.parametrize("profile", ["a100_mig", "mig_refused"])
def test_a_divided_card_keeps_its_memory_to_its_parts(read: Read, profile: str) -> None:
    gpu = only_card(read(profile))
    assert gpu["is_mig"]
    assert [gpu[name] for name in ("total_bytes", "free_bytes", "utilisation", "cuda_index")] == [None] * 4
    assert not gpu["is_unified"]
    parts = [(part["index"], part["total_bytes"], part["free_bytes"]) for part in gpu["parts"]]
    assert parts == [(0, 20 * GIB, 19 * GIB), (2, 20 * GIB, 17 * GIB)]
    assert gpu["parts"][0]["name"].endswith("MIG 3g.20gb")
    assert gpu["parts"][0]["old_id"] == f"MIG-{gpu['uuid']}/1/0"


def test_of_a_divided_card_cuda_sees_the_first_part(read: Read) -> None:
    facts = read("a100_mig")
    assert [part["cuda_index"] for part in only_card(facts)["parts"]] == [0, None]
    assert facts["snapshots"][0]["order_why"] is None


def test_a_part_can_be_named(read: Read) -> None:
    parts = only_card(read("a100_mig", environ={"CUDA_VISIBLE_DEVICES": "MIG-0234"}))["parts"]
    assert [(part["cuda_index"], part["is_visible"]) for part in parts] == [(None, False), (0, True)]


# --- cards that go away ---


def test_a_lost_card_is_told_and_the_others_go_on(read: Read) -> None:
    facts = read("lost", reads=3)
    before, lost, after = facts["snapshots"]
    assert [gpu["index"] for gpu in before["gpus"]] == [0, 1]
    assert [gpu["index"] for gpu in lost["gpus"]] == [0]
    assert lost["unread"] == [{"index": 1, "why": Reason.LOST}]
    assert lost["why"] is None
    assert [gpu["index"] for gpu in after["gpus"]] == [0, 1]
    assert after["unread"] == []
    assert (facts["inits"], facts["opened"]) == (2, 0)


def test_while_a_card_is_missing_indices_mean_nothing(read: Read) -> None:
    _, lost = read("lost_for_good", reads=2)["snapshots"]
    assert [gpu["cuda_index"] for gpu in lost["gpus"]] == [None]
    assert lost["order_why"] == Reason.ORDER_UNKNOWN


def test_a_card_that_stays_lost_does_not_have_the_driver_opened_each_time(read: Read) -> None:
    facts = read("lost_for_good", reads=6, retry_s=3600)
    assert facts["inits"] == 1
    assert [len(snapshot["unread"]) for snapshot in facts["snapshots"]] == [0, 1, 1, 1, 1, 1]


def test_a_driver_that_is_unloaded_says_so(read: Read) -> None:
    _, after = read("unloaded_midway", reads=2)["snapshots"]
    assert (after["gpus"], after["why"]) == ([], Reason.NOT_LOADED)


# --- one reader for all ---


def test_many_threads_share_one_opening(read: Read) -> None:
    facts = read("slow", reads=5, threads=8)
    assert len(facts["snapshots"]) == 40
    assert all([gpu["total_bytes"] for gpu in snapshot["gpus"]] == [15 * GIB] for snapshot in facts["snapshots"])
    assert (facts["inits"], facts["opened"]) == (1, 0)


def test_threads_and_a_lost_card_leave_nothing_open(read: Read) -> None:
    facts = read("lost", reads=5, threads=8)
    assert facts["snapshots"][-1]["unread"] == []
    assert (facts["inits"], facts["opened"]) == (2, 0)


def test_a_forked_child_opens_the_driver_itself(read: Read) -> None:
    facts = read("t4", fork=True, retry_s=3600)
    assert (facts["child"], facts["inits"], facts["opened"]) == ("Tesla T4", 2, 0)


# --- which card is cuda:0 ---


def card(index: int, name: str = "Tesla T4", bus: int | None = None, **more: Any) -> Gpu:
    """A card whose UUID begins with GPU-a<index>."""
    memory = {"total_bytes": 15 * GIB, "free_bytes": 11 * GIB} | more
    slot = index if bus is None else bus
    return Gpu(index=index, uuid=f"GPU-a{index}345678", name=name, pci_bus_id=f"00000000:{slot:02X}:00.0", **memory)


ALIKE = (card(0), card(1), card(2))
UNEQUAL = (card(0), card(1, "NVIDIA GeForce RTX 4090", total_bytes=24 * GIB))


def indices(gpus: tuple[Gpu, ...], listed: str | None = None, order: str | None = None) -> list[int | None]:
    """CUDA's index of each card."""
    given = {"CUDA_VISIBLE_DEVICES": listed, "CUDA_DEVICE_ORDER": order}
    environ = {name: value for name, value in given.items() if value is not None}
    return [gpu.cuda_index for gpu in numbered(gpus, environ)]


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (None, [0, 1, 2]),
        ("2,0", [1, None, 0]),
        (" 1 ", [None, 0, None]),
        ("", [None] * 3),
        ("-1", [None] * 3),
        ("0,-1,1", [0, None, None]),
        ("0,0", [None] * 3),
        ("1gpu2", [None, 0, None]),
        ("2,words,0", [None, None, 0]),
        ("words", [None] * 3),
        ("1,7,0", [None, 0, None]),
        ("GPU-a2345678,GPU-a0345678", [1, None, 0]),
        ("GPU-a1", [None, 0, None]),
        ("GPU-a", [None] * 3),
        ("GPU-a1,GPU-a", [None, 0, None]),
        ("GPU-a1,GPU-a13", [None] * 3),
        ("GPU-b,GPU-a1", [None] * 3),
        ("gpu-a1", [None] * 3),
        ("MIG-a1", [None] * 3),
    ],
)
def test_visible_devices_are_read_as_cuda_reads_them(listed: str | None, expected: list[int | None]) -> None:
    assert indices(ALIKE, listed) == expected
    environ = {} if listed is None else {"CUDA_VISIBLE_DEVICES": listed}
    assert [gpu.is_visible for gpu in numbered(ALIKE, environ)] == [number is not None for number in expected]


def test_of_unequal_cards_only_cuda_knows_the_fastest() -> None:
    assert indices(UNEQUAL) == [None, None]
    assert [gpu.is_visible for gpu in numbered(UNEQUAL, {})] == [True, True]
    assert [gpu.is_visible for gpu in numbered(UNEQUAL, {"CUDA_VISIBLE_DEVICES": "0"})] == [None, None]


def test_what_hides_every_card_hides_unequal_ones_too() -> None:
    for listed in ("", "-1", "0,0", "7"):
        assert [gpu.is_visible for gpu in numbered(UNEQUAL, {"CUDA_VISIBLE_DEVICES": listed})] == [False, False]


def test_by_slot_the_order_is_known() -> None:
    assert indices(UNEQUAL, order="PCI_BUS_ID") == [0, 1]
    assert indices(UNEQUAL, "1", "PCI_BUS_ID") == [None, 0]
    assert indices(UNEQUAL, order="FASTEST_FIRST") == [None, None]


def test_the_slot_decides_and_not_the_drivers_own_index() -> None:
    assert indices((card(0, bus=0x3B), card(1, bus=0x1A)), order="PCI_BUS_ID") == [1, 0]


def test_a_uuid_names_one_of_unequal_cards() -> None:
    assert indices(UNEQUAL, "GPU-a1345678,GPU-a0345678") == [1, 0]


def test_of_indices_and_uuids_mixed_nothing_is_said() -> None:
    gpus = numbered(ALIKE, {"CUDA_VISIBLE_DEVICES": "0,GPU-a1"})
    assert {(gpu.cuda_index, gpu.is_visible) for gpu in gpus} == {(None, None)}


def test_a_part_is_named_in_the_old_form_too() -> None:
    parts = tuple(MigPart(i, f"MIG-b{i}", None, GIB, GIB, old_id=f"MIG-GPU-a0345678/{i}/0") for i in range(2))
    divided = (card(0, is_mig=True, parts=parts),)
    for listed, expected in {
        "MIG-GPU-a0345678/1/0": [None, 0],
        "MIG-b1,MIG-b0": [None, 0],
        "GPU-a0": [0, None],
        "0": [0, None],
        "MIG-b": [None, None],
    }.items():
        (gpu,) = numbered(divided, {"CUDA_VISIBLE_DEVICES": listed})
        assert [part.cuda_index for part in gpu.parts] == expected, listed
        assert gpu.cuda_index is None
        assert gpu.is_visible is any(part.is_visible for part in gpu.parts)


def test_a_divided_card_without_parts_takes_no_work() -> None:
    (gpu,) = numbered((card(0, is_mig=True),), {})
    assert (gpu.cuda_index, gpu.is_visible) == (None, False)


def test_beside_a_divided_card_the_order_is_not_known() -> None:
    part = MigPart(0, "MIG-b0", None, GIB, GIB)
    gpus = (card(0, is_mig=True, parts=(part,)), card(1))
    assert indices(gpus, order="PCI_BUS_ID") == [None, None]
    assert indices(gpus, "GPU-a1") == [None, 0]
    assert indices(gpus, "GPU-a1,GPU-a0") == [None, None]


def test_the_reader_joins_real_answers_with_the_environment(read: Read) -> None:
    by_slot = read("two_unequal", environ={"CUDA_DEVICE_ORDER": "PCI_BUS_ID"})["snapshots"][0]
    assert [gpu["cuda_index"] for gpu in by_slot["gpus"]] == [1, 0]
    assert by_slot["order_why"] is None
    fastest = read("two_unequal")["snapshots"][0]
    assert [gpu["cuda_index"] for gpu in fastest["gpus"]] == [None, None]
    assert fastest["order_why"] == Reason.ORDER_UNKNOWN
    alike = read("two_alike", environ={"CUDA_VISIBLE_DEVICES": "GPU-a0"})["snapshots"][0]
    assert [(gpu["cuda_index"], gpu["is_visible"]) for gpu in alike["gpus"]] == [(0, True), (None, False)]


# --- the machine ---


def test_the_machine_is_read(tmp_path: Path) -> None:
    machine = host.read_host(tmp_path)
    assert machine.total_bytes == psutil.virtual_memory().total
    assert machine.own_bytes == budget.total_bytes()
    assert 0 < machine.available_bytes <= machine.total_bytes
    assert 1 <= machine.cores <= (os.cpu_count() or math.inf)
    assert machine.disk_free_bytes is not None
    assert machine.disk_free_bytes > 0


def test_available_is_what_the_process_may_use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(budget, "free_bytes", lambda: 7)
    assert host.read_host(tmp_path).available_bytes == 7


def test_a_folder_that_is_not_there_yet_is_on_its_parents_disk(tmp_path: Path) -> None:
    machine = host.read_host(tmp_path / "later" / "still")
    assert machine.disk_free_bytes is not None
    assert machine.folder == tmp_path / "later" / "still"


def test_wsl_is_told_from_linux(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("platform.release", lambda: "6.6.87.2-microsoft-standard-WSL2")
    host._platform.cache_clear()
    try:
        assert host.read_host(tmp_path).platform == host.Platform.WSL
    finally:
        host._platform.cache_clear()


def test_a_container_is_told_by_its_process_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "readlink", lambda path: "pid:[4026532201]")
    assert not host.sees_all_processes()
    monkeypatch.setattr(os, "readlink", lambda path: "pid:[4026531836]")
    assert host.sees_all_processes()


def test_making_a_reader_touches_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr("subprocess.Popen", refuse)
    Reader(tmp_path).close()
