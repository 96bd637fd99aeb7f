"""Machines that the doctor looks at, and processes that wait."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from advisor.health import Environment
from tests.support.fixtures.environment import Hand, seen
from tests.support.fixtures.nvml import Driver
from tests.support.fixtures.processes import Start, starting

COOL = 0  # bits of throttles
CARD, FREE = "Tesla T4", "12.4"


@pytest.fixture
def start() -> Iterator[Start]:
    """As `starting`."""
    with starting() as run:
        yield run


@pytest.fixture
def t4(driver: Driver, tmp_path: Path) -> Environment:
    """A web app with one worker on a card of 15 GiB, 3 of which it holds; a stranger holds 1."""
    driver("t4", throttles=COOL)
    return seen(tmp_path, [Hand(device=CARD, pid=os.getpid())], torch_cuda=FREE)


@pytest.fixture
def bare(tmp_path: Path) -> Environment:
    """A web app without a card."""
    return seen(tmp_path, [Hand(pid=os.getpid())])
