"""What slows a machine down is found, with its numbers and what to do; a machine on which all is well is left alone.

Drivers are played by tests/support/fake_nvml; processes, files and databases are real.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from advisor.cli.doctor import to_json
from advisor.device.host import core_shares
from advisor.device.host_limits import Limits
from advisor.device.processes import Holder, Running, look_around
from advisor.diagnosis import Action, Cause, Finding, Level, Symptom
from advisor.health import LOOKED_FOR, Environment, doctor, examine_environment
from advisor.health.environment import Disk, read_disks
from advisor.health.job_history import LATELY, WINDOW_S, Line, Past, read_past
from fusion.config import Config
from fusion.errors import FusionError, JobTimeout, NoFace, OutOfMemory, Reason, WorkerDied
from fusion.memory import Rung, Step, budget
from fusion.storage import FILE, App, Priority, Roster, Store
from fusion.worker import WorkerView
from tests.support.fixtures.environment import GIB, Hand, ended, job, records_in, seen
from tests.support.fixtures.nvml import STRANGER, Driver

SLEEP = "import time; print(1, flush=True); time.sleep(60)"
DEAD = App(2**22 - 1, 1.0)
COOL = 0  # bits of throttles
CARD, FREE = "Tesla T4", "12.4"
Start = Callable[..., psutil.Process]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a process that waits; all are gone afterwards."""
    begun: list[subprocess.Popen[bytes]] = []

    def run(*words: object, folder: Path | None = None) -> psutil.Process:
        command = [sys.executable, *map(str, words or ("-c", SLEEP))]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=folder)
        begun.append(process)
        assert process.stdout is not None
        process.stdout.readline()
        return psutil.Process(process.pid)

    yield run
    for process in begun:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
def t4(driver: Driver, tmp_path: Path) -> Environment:
    """A web app with one worker on a card of 15 GiB, 3 of which it holds; a stranger holds 1."""
    driver("t4", throttles=COOL)
    return seen(tmp_path, [Hand(device=CARD, pid=os.getpid())], torch_cuda=FREE)


@pytest.fixture
def bare(tmp_path: Path) -> Environment:
    """A web app without a card."""
    return seen(tmp_path, [Hand(pid=os.getpid())])


def causes(environment: Environment) -> list[Cause]:
    return [finding.cause for finding in doctor(environment)]


def only(environment: Environment) -> Finding:
    """The one finding that there is."""
    (found,) = doctor(environment)
    assert found.symptom == Symptom.SLOW
    assert found.cause in LOOKED_FOR
    assert found.text
    assert found.remedy.text
    return found


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


# memory


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


# cards, drivers, builds


def test_a_processors_build_of_torch_beside_a_card_is_serious(t4: Environment) -> None:
    found = only(replace(t4, torch_cuda=None))
    assert (found.cause, found.level, found.remedy.action) == (
        Cause.TORCH_WITHOUT_CUDA,
        Level.SERIOUS,
        Action.INSTALL_TORCH,
    )
    assert CARD in found.text


@pytest.mark.parametrize(("built_for", "is_fine"), [("11.8", True), ("12.8", True), ("13.0", False)])
def test_a_driver_of_an_older_major_cuda_is_too_old(t4: Environment, built_for: str, is_fine: bool) -> None:
    found = doctor(replace(t4, torch_cuda=built_for))
    assert [each.cause for each in found] == ([] if is_fine else [Cause.DRIVER_OLD])
    assert all("550.54.15" in each.text and "12.4" in each.text for each in found)


@pytest.mark.parametrize("profile", ["not_loaded", "mismatch", "no_permission", "unexplained"])
def test_a_driver_that_does_not_work_is_named(driver: Driver, tmp_path: Path, profile: str) -> None:
    driver(profile)
    found = only(seen(tmp_path, torch_cuda=FREE))
    assert (found.cause, found.level, found.evidence["reason"]) == (
        Cause.DRIVER_BROKEN,
        Level.SERIOUS,
        f"gpu_{profile}",
    )


def test_a_driver_that_nobody_would_use_is_a_minor_matter(driver: Driver, tmp_path: Path) -> None:
    driver("not_loaded")
    assert only(seen(tmp_path, torch_cuda=None)).level == Level.MINOR


def test_a_worker_on_the_processor_beside_a_card_that_works_is_serious(t4: Environment) -> None:
    assert t4.crew is not None
    found = only(replace(t4, crew=(replace(t4.crew[0], device="cpu"),)))
    assert (found.cause, found.level, found.remedy.action) == (
        Cause.ON_PROCESSOR,
        Level.SERIOUS,
        Action.RESTART_WORKER,
    )


def test_a_command_line_takes_the_last_jobs_device_for_the_workers(t4: Environment) -> None:
    outside = replace(t4, crew=None, past=replace(t4.past, device="cpu"))
    assert causes(outside) == [Cause.ON_PROCESSOR]
    assert causes(replace(outside, past=replace(t4.past, device=CARD))) == []


def test_a_hidden_card_is_a_minor_matter(driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver("t4", throttles=COOL)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    found = only(seen(tmp_path, [Hand()], torch_cuda=FREE))
    assert (found.cause, found.level) == (Cause.ON_PROCESSOR, Level.MINOR)
    assert "CUDA_VISIBLE_DEVICES" in found.text


@pytest.mark.parametrize(("bits", "is_held"), [(0x20, True), (0x40, True), (0x80, True), (0x4, False), (0x21, False)])
def test_heat_and_a_failing_supply_hold_a_card_back_and_its_own_cap_does_not(
    driver: Driver, tmp_path: Path, bits: int, is_held: bool
) -> None:
    driver("t4", throttles=bits)
    found = doctor(seen(tmp_path, [Hand(device=CARD, pid=os.getpid())], torch_cuda=FREE))
    assert [each.cause for each in found] == ([Cause.CARD_HELD_BACK] if is_held else [])
    assert all("585 of 1590 MHz" in each.text for each in found)


# workers and apps


def test_a_worker_that_outlived_its_app_is_found_with_its_number(start: Start, tmp_path: Path) -> None:
    worker = start()
    Roster(Store(tmp_path / FILE), DEAD).add(worker.pid, "")
    found = only(seen(tmp_path))
    assert (found.cause, found.remedy.action) == (Cause.LEFTOVER_WORKER, Action.END_LEFTOVER)
    assert found.evidence["pid"] == worker.pid
    assert worker.is_running(), "the doctor ends nobody"


def test_a_second_app_of_the_same_data_folder_is_found(start: Start, tmp_path: Path) -> None:
    other, worker = start(), start()
    app = App(other.pid, other.create_time())
    Roster(Store(tmp_path / FILE), app).add(worker.pid, "")
    around = examine_environment(Config(data=tmp_path), workers=[Hand(pid=os.getpid())])
    found = [each for each in doctor(around) if each.cause == Cause.SECOND_APP and each.evidence["pid"] == other.pid]
    assert [each.remedy.action for each in found] == [Action.CLOSE_PROGRAM]
    assert found[0].evidence["shares_data"] == "true"
    assert Cause.LEFTOVER_WORKER not in causes(around)


def test_one_app_alone_is_no_second_one_for_a_command_line(bare: Environment) -> None:
    app = Running(7, 1.0, "streamlit", GIB, True)
    assert causes(replace(bare, crew=None, apps=(app,))) == []
    assert causes(replace(bare, crew=None, apps=(app, replace(app, pid=8)))) == [Cause.SECOND_APP]


def served(folder: Path, *, is_ours: bool) -> Path:
    """A folder with a web app that waits, as `streamlit run streamlit_app.py` would run it."""
    folder.mkdir()
    (folder / "streamlit").write_text(SLEEP)
    (folder / "streamlit_app.py").touch()
    if is_ours:
        (folder / "pages" / "studio").mkdir(parents=True)
        (folder / "pages" / "studio" / "fuse.py").touch()
    return folder


def test_a_fusewise_that_runs_from_another_folder_is_found_by_its_command_line(start: Start, tmp_path: Path) -> None:
    ours, foreign = served(tmp_path / "a", is_ours=True), served(tmp_path / "b", is_ours=False)
    mine = start("streamlit", "run", "streamlit_app.py", "--server.port=1", folder=ours)
    others = start("streamlit", "run", "streamlit_app.py", folder=foreign)
    named = start("-c", SLEEP, "see streamlit run streamlit_app.py", folder=ours)
    found = {app.pid: app for app in look_around((), ()).apps}
    assert found[mine.pid].shares_data is None
    assert others.pid not in found, "many a project has a file of that name"
    assert named.pid not in found


def test_who_starts_an_app_with_its_own_words_is_not_counted_beside_it(start: Start, tmp_path: Path) -> None:
    folder = served(tmp_path / "a", is_ours=True)
    (folder / "uv").write_text(
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, *sys.argv[1:]], stdout=subprocess.PIPE)\n"
        "child.stdout.readline(); print(1, flush=True)\n"
        "try:\n    child.wait()\nfinally:\n    child.kill()\n"
    )
    wrapper = start("uv", "streamlit", "run", "streamlit_app.py", folder=folder)
    (child,) = wrapper.children()
    found = {app.pid for app in look_around((), ()).apps}
    child.kill()
    assert (child.pid in found, wrapper.pid in found) == (True, False)


@pytest.mark.parametrize(
    ("state", "cause", "level"),
    [("dead", Cause.WORKER_DEAD, Level.SERIOUS), ("starting", Cause.WORKER_COLD, Level.MINOR)],
)
def test_a_worker_that_does_not_work_is_found(tmp_path: Path, state: str, cause: Cause, level: Level) -> None:
    view = WorkerView(
        state, error=WorkerDied(Reason.WORKER_START, why="no torch in /somewhere") if state == "dead" else None
    )
    found = only(seen(tmp_path, [view]))
    assert (found.cause, found.level) == (cause, level)
    assert "/somewhere" not in json.dumps(found.to_json())


def test_jobs_that_wait_for_nobody_are_found_by_a_command_line(tmp_path: Path) -> None:
    records_in(tmp_path, DEAD).add(job())
    found = only(seen(tmp_path))
    assert (found.cause, found.evidence["waiting"], found.evidence["reason"]) == (Cause.WORKER_DEAD, 1, "no_app")


# the queue and what went wrong


def test_a_long_line_of_people_is_found_and_a_batch_is_none(tmp_path: Path) -> None:
    records = records_in(tmp_path)
    for _ in range(6):
        records.add(job(priority=Priority.BATCH))
    assert causes(seen(tmp_path)) == []
    for _ in range(6):
        records.add(job(expected_s=3.0))
    found = only(seen(tmp_path))
    assert (found.cause, found.remedy.action) == (Cause.QUEUE_LONG, Action.WAIT)
    assert {"waiting": 6, "batched": 6, "needed_s": 18.0}.items() <= found.evidence.items()


def test_a_few_long_jobs_are_a_long_line_too(bare: Environment) -> None:
    assert causes(replace(bare, past=Past(line=Line(waiting=2, needed_s=300)))) == [Cause.QUEUE_LONG]
    assert causes(replace(bare, past=Past(line=Line(waiting=2, needed_s=30)))) == []


TILE, TO_CPU = Step(Rung.TILE, "1024", "512"), Step(Rung.CPU, "cuda", "cpu")


@pytest.mark.parametrize(
    ("error", "steps", "deaths", "cause", "level"),
    [
        (None, (TILE,), 0, Cause.OUT_OF_MEMORY, Level.MINOR),
        (None, (TILE, TO_CPU), 0, Cause.OUT_OF_MEMORY, Level.SERIOUS),
        (OutOfMemory(Reason.OUT_OF_MEMORY, device="cpu"), (), 0, Cause.OUT_OF_MEMORY, Level.SERIOUS),
        (JobTimeout(Reason.JOB_TIMEOUT, seconds=60.0), (), 0, Cause.TIMED_OUT, Level.SERIOUS),
        (WorkerDied(Reason.WORKER_DIED, code=-9), (), 3, Cause.WORKER_DIED, Level.SERIOUS),
        (None, (), 1, Cause.WORKER_DIED, Level.MINOR),
        (
            FusionError(Reason.DEVICE_FAILED, device="cuda", why="an illegal access"),
            (),
            0,
            Cause.WORKER_DIED,
            Level.SERIOUS,
        ),
    ],
)
def test_a_job_that_went_wrong_is_found_and_counts_less_when_another_comes_through(
    tmp_path: Path, error: FusionError | None, steps: tuple[Step, ...], deaths: int, cause: Cause, level: Level
) -> None:
    records = records_in(tmp_path)
    ended(records, error, steps, deaths)
    found = only(seen(tmp_path))
    assert (found.cause, found.level, found.evidence["number"], found.evidence["count"]) == (cause, level, 1, 1)
    ended(records)
    assert only(seen(tmp_path)).level == Level.MINOR


def test_what_went_wrong_is_over_when_many_have_come_through_since(tmp_path: Path) -> None:
    records = records_in(tmp_path)
    ended(records, OutOfMemory(Reason.OUT_OF_MEMORY, device="cpu"))
    for _ in range(LATELY):
        ended(records)
    assert causes(seen(tmp_path)) == []


def test_the_events_of_memory_are_counted(tmp_path: Path) -> None:
    records = records_in(tmp_path)
    ended(records, None, (TILE,))
    ended(records, None, (TILE, TO_CPU))
    ended(records, OutOfMemory(Reason.OUT_OF_MEMORY, device="cpu"))
    found = only(seen(tmp_path))
    assert {"count": 3, "stepped": 2, "on_processor": 1, "failed": 1, "number": 3}.items() <= found.evidence.items()


def test_what_a_person_can_mend_at_the_photo_is_no_matter_of_the_machine(tmp_path: Path) -> None:
    ended(records_in(tmp_path), NoFace(Reason.NO_FACE, role="source"))
    assert causes(seen(tmp_path)) == []


def test_what_went_wrong_the_day_before_is_over(tmp_path: Path) -> None:
    ended(records_in(tmp_path), OutOfMemory(Reason.OUT_OF_MEMORY, device="cpu"), made=time.time() - WINDOW_S - 60)
    assert causes(seen(tmp_path)) == []


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
    assert sorted(core_shares(listed, tmp_path)) == [1.5, 4.0]
    assert 3 * GIB in budget.limits(listed, tmp_path)
    assert core_shares(tmp_path / "none", tmp_path) == ()


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


# the order


def test_the_serious_come_first(t4: Environment) -> None:
    worse = replace(t4, torch_cuda=None, disks=(Disk(GIB, 100 * GIB),))
    assert causes(worse) == [Cause.TORCH_WITHOUT_CUDA, Cause.DISK_FULL]
