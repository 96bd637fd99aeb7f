"""How much memory is left, and what the system took."""

from __future__ import annotations

import resource
import subprocess
import sys
import weakref
from pathlib import Path

import psutil
import pytest
import torch

from fusion.memory import budget

MIB = 1024**2


def test_without_limits_what_the_system_has_is_free() -> None:
    if resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY:
        pytest.skip("this run has an address-space limit")
    assert 0 < budget.free_bytes() <= psutil.virtual_memory().total


class _Knot:
    """Held by itself alone."""

    def __init__(self) -> None:
        self.me = self


def test_what_is_there_when_a_process_settles_is_looked_at_no_more_until_it_unsettles() -> None:
    old = _Knot()
    gone = weakref.ref(old)
    try:
        budget.settle()
        del old
        young = weakref.ref(_Knot())
        budget.give_back()
        assert gone() is not None
        assert young() is None
    finally:
        budget.unsettle()
    budget.give_back()
    assert gone() is None


def group(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


def test_the_strictest_control_group_counts(tmp_path: Path) -> None:
    listed = tmp_path / "cgroup"
    listed.write_text("0::/app/worker\n")
    stat = f"anon 1\ninactive_file {30 * MIB}\n"
    group(tmp_path, memory__max="max", memory__current="5", memory__stat=stat)
    group(tmp_path / "app", memory__max=str(500 * MIB), memory__current=str(400 * MIB), memory__stat=stat)
    group(tmp_path / "app/worker", memory__max=str(900 * MIB), memory__current=str(300 * MIB), memory__stat=stat)
    left = list(budget._left_in_groups(listed, tmp_path))
    assert sorted(left) == [130 * MIB, 630 * MIB]


def test_the_older_control_groups_count_too(tmp_path: Path) -> None:
    listed = tmp_path / "cgroup"
    listed.write_text("9:name=systemd:/\n4:memory:/deep/down\n0::/\n")
    group(
        tmp_path / "memory",  # in a container the path is the host's, and only the root is there
        memory__limit_in_bytes=str(200 * MIB),
        memory__usage_in_bytes=str(150 * MIB),
        memory__stat=f"total_inactive_file {20 * MIB}\n",
    )
    assert list(budget._left_in_groups(listed, tmp_path)) == [70 * MIB]


def test_no_limit_is_no_limit(tmp_path: Path) -> None:
    listed = tmp_path / "cgroup"
    listed.write_text("4:memory:/\n")
    group(
        tmp_path / "memory", memory__limit_in_bytes="9223372036854771712", memory__usage_in_bytes="1", memory__stat=""
    )
    assert list(budget._left_in_groups(listed, tmp_path)) == []
    assert list(budget._left_in_groups(tmp_path / "none", tmp_path)) == []


def test_kills_for_want_of_memory_are_counted(tmp_path: Path) -> None:
    listed = tmp_path / "cgroup"
    listed.write_text("0::/app/worker\n")
    group(tmp_path / "app", memory__events="low 0\noom 9\noom_kill 7\n")
    group(tmp_path / "app/worker", memory__events="low 0\noom 4\noom_kill 3\noom_group_kill 0\n")
    assert budget.oom_kills(listed, tmp_path) == 3


def test_the_older_control_groups_count_kills_too(tmp_path: Path) -> None:
    listed = tmp_path / "cgroup"
    listed.write_text("9:name=systemd:/\n4:cpu,memory:/deep/down\n0::/\n")
    group(tmp_path / "memory", memory__oom_control="oom_kill_disable 0\nunder_oom 0\noom_kill 2\n")
    assert budget.oom_kills(listed, tmp_path) == 2


def test_kills_are_unknown_where_nobody_counts_them(tmp_path: Path) -> None:
    listed = tmp_path / "cgroup"
    listed.write_text("4:memory:/\n0::/\n")
    group(tmp_path / "memory", memory__oom_control="oom_kill_disable 0\nunder_oom 0\n")  # before Linux 4.13
    assert budget.oom_kills(listed, tmp_path) is None
    assert budget.oom_kills(tmp_path / "none", tmp_path) is None


def test_memory_can_be_asked_about_without_torch() -> None:
    script = "import sys; from fusion.memory import budget, tiles; budget.free_bytes(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
def test_a_card_says_what_is_free() -> None:
    before = budget.free_bytes("cuda")
    kept = torch.empty(256 * MIB, dtype=torch.uint8, device="cuda")
    assert before - budget.free_bytes("cuda") == pytest.approx(256 * MIB, abs=64 * MIB)
    del kept
    assert budget.free_bytes("cuda") == pytest.approx(
        before, abs=64 * MIB
    )  # torch keeps it, and it is free all the same
    budget.give_back("cuda")
    assert torch.cuda.memory_reserved() < 256 * MIB
