"""The environment that a worker computes in."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from fusion.units import MIB
from fusion.worker.supervisor import ROOT, WORKER_ENVIRONMENT

FREED = """
import numpy as np
from fusion.memory import budget
blocks = [np.ones(8 << 20, np.uint8) for _ in range(24)]
held = budget.resident_bytes()
del blocks[::2]
print(held - budget.resident_bytes())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries need not be told")
def test_a_large_block_that_is_freed_between_others_goes_back_to_the_system_at_once() -> None:
    """In glibc's heap it stays, and what comes next fits into it or does not: peaks would be of all jobs before."""
    environment = {**os.environ, **WORKER_ENVIRONMENT}
    said = subprocess.run(
        [sys.executable, "-c", FREED], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert int(said) > 0.9 * 12 * 8 * MIB
