"""Drivers, builds and cards that are not what they could be are found, and heat that holds one back."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from advisor.diagnosis import Action, Cause, Level
from advisor.health import Environment, doctor
from tests.support.fixtures.environment import Hand, causes, only, seen
from tests.support.fixtures.nvml import Driver

COOL = 0  # bits of throttles
CARD, FREE = "Tesla T4", "12.4"


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
