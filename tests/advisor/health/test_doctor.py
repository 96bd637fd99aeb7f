"""What slows a machine down is found, with its numbers and what to do; a machine on which all is well is left alone.

Drivers are played by tests/support/fake_nvml; files and databases are real.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from advisor.cli.doctor import to_json
from advisor.device.host_limits import Limits
from advisor.diagnosis import Cause, Level
from advisor.health import Environment, doctor
from advisor.health.environment import Disk, read_disks
from advisor.health.job_history import Past, read_past
from fusion.memory import budget
from fusion.memory.cores import shares
from fusion.storage import FILE
from tests.support.fixtures.chains import chain
from tests.support.fixtures.environment import GIB, causes, only, seen
from tests.support.fixtures.nvml import Driver
from tests.support.fixtures.unchecked import not_installed

COOL = 0  # bits of throttles
CARD, FREE = "Tesla T4", "12.4"


# all is well


def test_a_machine_with_a_card_on_which_all_is_well_has_no_finding(t4: Environment) -> None:
    assert doctor(t4) == ()


def test_a_machine_without_a_card_on_which_all_is_well_has_no_finding(bare: Environment) -> None:
    assert doctor(bare) == ()


@pytest.mark.parametrize("profile", ["t4", "two_alike", "two_unequal", "eight", "unified", "wsl", "wddm", "no_card"])
@pytest.mark.parametrize("sees_all", [True, False])
def test_no_card_that_is_well_has_a_finding_whatever_it_does_not_say(
    driver: Driver, tmp_path: Path, profile: str, sees_all: bool
) -> None:
    driver(profile, sees_all=sees_all, throttles=COOL)
    assert doctor(seen(tmp_path, torch_cuda=FREE)) == ()


@pytest.mark.parametrize("profile", ["a100_mig", "mig_refused", "sentinel", "unified_zero", "no_text", "shrinking"])
def test_odd_cards_are_nothing_to_find(driver: Driver, tmp_path: Path, profile: str) -> None:
    driver(profile, throttles=COOL)
    assert doctor(seen(tmp_path, torch_cuda=FREE)) == ()


# disk, limits, database


@pytest.mark.parametrize(("free", "level"), [(0, Level.SERIOUS), (GIB, Level.MINOR), (3 * GIB, None)])
def test_a_disk_without_room_is_found(bare: Environment, free: int, level: Level | None) -> None:
    found = doctor(replace(bare, disks=(Disk(free, 100 * GIB), Disk(80 * GIB, 100 * GIB))))
    assert [(each.cause, each.level) for each in found] == ([] if level is None else [(Cause.DISK_FULL, level)])


def test_a_disk_is_asked_once_though_several_folders_lie_on_it(tmp_path: Path) -> None:
    (disk,) = read_disks((tmp_path, tmp_path / "jobs" / "not yet there"))
    assert 0 < disk.free_bytes <= disk.total_bytes == psutil.disk_usage(str(tmp_path)).total


@pytest.mark.parametrize(
    ("limits", "level"),
    [
        (Limits(8, 64, 16 * GIB, 256 * GIB, 1), None),
        (Limits(1.5, 64, 16 * GIB, 256 * GIB, 1), Level.MINOR),
        (Limits(8, 64, 4 * GIB, 256 * GIB, 1), Level.MINOR),
        (Limits(8, 64, 2 * GIB, 256 * GIB, 1), Level.SERIOUS),
        (Limits(1, 1, 2 * GIB, 2 * GIB, 1), None),  # a small machine is no limit
    ],
)
def test_a_container_that_leaves_too_little_is_found(bare: Environment, limits: Limits, level: Level | None) -> None:
    found = doctor(replace(bare, limits=limits))
    assert [(each.cause, each.level) for each in found] == ([] if level is None else [(Cause.LIMITED, level)])


def test_limits_are_read_from_control_groups_of_both_versions(tmp_path: Path) -> None:
    listed = tmp_path / "cgroup"
    listed.write_text("4:memory:/\n3:cpu,cpuacct:/\n0::/app\n")
    for name, text in {
        "app/cpu.max": "150000 100000",
        "app/memory.max": "max",
        "cpu.max": "max 100000",
        "cpu/cpu.cfs_quota_us": "400000",
        "cpu/cpu.cfs_period_us": "100000",
        "memory/memory.limit_in_bytes": str(3 * GIB),
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text + "\n")
    assert sorted(shares(listed, tmp_path)) == [1.5, 4.0]
    assert 3 * GIB in budget.limits(listed, tmp_path)
    assert shares(tmp_path / "none", tmp_path) == ()


def test_a_database_that_cannot_be_used_is_serious_and_its_path_is_not_told(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database" * 100)
    found = only(seen(tmp_path))
    assert (found.cause, found.level) == (Cause.DATABASE, Level.SERIOUS)
    assert "not a database" in found.text
    assert str(tmp_path) not in json.dumps(to_json(seen(tmp_path), (found,)))


def test_a_look_makes_nothing_where_there_is_nothing_yet(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert read_past(data) == Past()
    assert doctor(seen(data)) == ()
    assert not data.exists()


def test_what_checks_photos_is_missed_where_others_are_served_and_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    not_installed(monkeypatch)
    assert doctor(seen(tmp_path)) == ()
    monkeypatch.setenv("FUSEWISE_SINGLE_USER", "false")
    found = only(seen(tmp_path))
    assert (found.cause, found.level) == (Cause.CHECK_MISSING, Level.SERIOUS)
    assert "make refusal" in found.remedy.text
    monkeypatch.setenv("FUSEWISE_REFUSAL", "off")
    assert doctor(seen(tmp_path)) == ()


def test_results_that_cannot_be_signed_are_told_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cert, key = chain().lay(tmp_path)
    monkeypatch.setenv("FUSEWISE_C2PA_CERT", str(cert))
    found = only(seen(tmp_path))
    assert (found.cause, found.level) == (Cause.UNSIGNED, Level.SERIOUS)
    assert "FUSEWISE_C2PA_KEY is not" in found.text
    monkeypatch.setenv("FUSEWISE_C2PA_KEY", str(key))
    assert doctor(seen(tmp_path)) == ()


# the order


def test_the_serious_come_first(t4: Environment) -> None:
    worse = replace(t4, torch_cuda=None, disks=(Disk(GIB, 100 * GIB),))
    assert causes(worse) == [Cause.TORCH_WITHOUT_CUDA, Cause.DISK_FULL]
