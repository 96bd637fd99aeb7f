"""Cards of this machine: the real reader and the real bindings over a library that plays drivers and cards.

The library is compiled from tests/support/fake_nvml/nvml.c. Pitfalls that only exist on Windows or on a card are not
here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from advisor.device import Reader
from advisor.driver.reasons import SENTENCES, Reason
from tests.support.fixtures.cards import card

GIB = 1 << 30
Facts = dict[str, Any]
Read = Callable[..., Facts]


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


# --- the machine ---


def test_making_a_reader_touches_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr("subprocess.Popen", refuse)
    Reader(tmp_path).close()
