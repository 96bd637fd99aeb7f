"""The memory of a container: the least limit of all its control groups, of both versions."""

from __future__ import annotations

from pathlib import Path

import psutil

from fusion.memory import budget

GIB = 1 << 30


def group(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def test_the_least_limit_of_all_groups_is_the_memory_that_there_is(tmp_path: Path) -> None:
    listed = tmp_path / "cgroup"
    listed.write_text("0::/app/worker\n")
    large = str(1 << 55)
    group(tmp_path, memory__max="max", memory__high="max", memory__current="5", memory__stat="anon 1\n")
    group(tmp_path / "app", memory__max=large, memory__current="5", memory__stat="anon 1\n")
    assert budget.total_bytes(listed, tmp_path) == psutil.virtual_memory().total, "a limit beyond what there is"
    group(tmp_path / "app/worker", memory__max=str(GIB), memory__high=str(GIB // 2), memory__current=str(GIB // 4))
    assert budget.total_bytes(listed, tmp_path) == GIB // 2
    group(tmp_path / "app/worker", memory__stat=f"active_file {GIB // 8}\ninactive_file 0\nfile_mapped {GIB // 16}\n")
    assert budget.left_bytes(listed, tmp_path) == GIB // 2 - GIB // 4 + GIB // 16


def test_groups_of_version_2_beside_those_of_version_1_are_found(tmp_path: Path) -> None:
    listed = tmp_path / "cgroup"
    listed.write_text("0::/app\n")
    group(tmp_path / "unified/app", memory__max=str(GIB))
    assert budget.total_bytes(listed, tmp_path) == GIB
