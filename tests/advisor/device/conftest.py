"""What tests of the reader share: a process that reads a played driver."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import ROOT
from tests.support.fake_nvml import build

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
