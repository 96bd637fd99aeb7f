"""The machine itself: memory, cores, disk, and whether it is WSL or a container."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path

import psutil
import pytest

from advisor.device import host
from fusion.memory import budget


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
    host.system.cache_clear()
    try:
        assert host.read_host(tmp_path).platform == host.Platform.WSL
    finally:
        host.system.cache_clear()


def test_a_container_is_told_by_its_process_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "readlink", lambda path: "pid:[4026532201]")
    assert not host.sees_all_processes()
    monkeypatch.setattr(os, "readlink", lambda path: "pid:[4026531836]")
    assert host.sees_all_processes()
