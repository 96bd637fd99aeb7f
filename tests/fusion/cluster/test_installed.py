"""The extra as somebody installs it, beside what is here: then jobs really go to the nodes of a Ray cluster."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.support import ROOT

_UNREACHED = ("No matching distribution found", "Connection", "Temporary failure", "timed out")

# What needs no Ray to go wrong, or goes wrong in the test of sixty jobs too, is left to who has Ray at hand.
_CHOSEN = "not (failure or restarted or node_is_lost)"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that has what this one has, and the extra."""
    if importlib.util.find_spec("ray") is not None:
        pytest.skip("Ray is installed: test_cluster.py runs by itself")
    folder = tmp_path_factory.mktemp("extra")
    venv.create(folder, symlinks=True)
    made = folder / "bin" / "python"
    site = folder / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
    (site / "here.pth").write_text(f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(made),
        "install",
        "--quiet",
        "--retries",
        "1",
        "--timeout",
        "10",
    ]
    ran = subprocess.run([*pip, "-r", "requirements-cluster.txt"], cwd=ROOT, capture_output=True, text=True)
    if ran.returncode and any(sign in ran.stderr for sign in _UNREACHED):
        pytest.skip(f"Ray cannot be had from the index: {ran.stderr.strip().splitlines()[-1]}")
    assert ran.returncode == 0, ran.stderr
    return made


@pytest.mark.timeout(600)
def test_with_the_extra_no_job_is_lost_whatever_becomes_of_the_nodes(python: Path) -> None:
    outer = ("PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST", "PYTEST_ADDOPTS")
    environ = {name: value for name, value in os.environ.items() if name not in outer}
    call = [str(python), "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "tests/fusion/cluster/test_cluster.py"]
    call += ["-k", _CHOSEN]
    ran = subprocess.run(call, cwd=ROOT, env=environ, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout[-4000:]
    assert "passed" in ran.stdout
    assert "skipped" not in ran.stdout
