"""The advisor's command line: real processes, over a library that plays drivers and cards."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from advisor.device import SENTENCES, Reason
from tests.fake_nvml import build

ROOT = Path(__file__).resolve().parent.parent
GIB = 1 << 30
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """`python -m advisor` in a process of its own, with the cards of a profile."""
    if not build.can_build():
        pytest.skip("needs gcc, on a system with .so libraries")
    libraries = build.build(tmp_path_factory.mktemp("nvml"))

    def start(*arguments: object, profile: str = "t4", variant: str = "new") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-W", "error", "-m", "advisor", *map(str, arguments)]
        environ = build.environment(libraries, profile, variant, {})
        return subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, check=False)

    return start


def test_a_card_is_shown(run: Run) -> None:
    done = run("devices")
    assert (done.returncode, done.stderr) == (0, "")
    for part in ("cuda:0", "Tesla T4", "10.6 of 15.0 GiB free", "35% busy", "52 °C", "30 W of 70", "driver 550.54.15"):
        assert part in done.stdout
    assert "held back by: power cap, software heat" in done.stdout
    assert "3.0 GiB" in done.stdout
    assert "machine " in done.stdout


def test_json_is_one_object_of_a_fixed_form(run: Run) -> None:
    done = run("devices", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    facts = json.loads(done.stdout)
    assert set(facts) == {"gpus", "why", "order_why", "unread", "host", "taken_s", "sentences"}
    assert (facts["why"], facts["sentences"]) == (None, {})
    assert facts["gpus"][0]["total_bytes"] == 15 * GIB
    host = {"platform", "total_bytes", "available_bytes", "cores", "folder", "disk_free_bytes"}
    assert set(facts["host"]) == host


def test_no_card_is_no_failure_and_says_why(run: Run) -> None:
    done = run("devices", profile="mismatch")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "no graphics card: " + " ".join(SENTENCES[Reason.MISMATCH])


def test_json_without_a_card_carries_the_reason_in_words(run: Run) -> None:
    facts = json.loads(run("devices", "--json", variant="none").stdout)
    assert facts["why"] == "gpu_no_driver"
    assert facts["sentences"] == {"gpu_no_driver": " ".join(SENTENCES[Reason.NO_DRIVER])}


def test_what_only_cuda_knows_is_marked_with_what_to_do(run: Run) -> None:
    done = run("devices", profile="two_unequal")
    assert done.stdout.count("cuda:?") == 2
    assert "CUDA_DEVICE_ORDER=PCI_BUS_ID" in done.stdout.splitlines()[-1]


def test_a_divided_card_is_shown_with_its_parts(run: Run) -> None:
    lines = run("devices", profile="a100_mig").stdout.splitlines()
    assert lines[0].startswith("divided NVIDIA A100-SXM4-40GB  ? of ? GiB free")
    assert any("cuda:0" in line and "MIG 3g.20gb" in line and "19.0 of 20.0 GiB" in line for line in lines)
    assert any("hidden" in line and "17.0 of 20.0 GiB" in line for line in lines)


def test_what_a_card_does_not_say_is_left_out(run: Run) -> None:
    done = run("devices", profile="wsl")
    assert "busy" not in done.stdout
    assert "pid" not in done.stdout


def test_a_card_that_may_not_be_read_is_told(run: Run) -> None:
    done = run("devices", profile="no_permission")
    assert (done.returncode, done.stderr) == (0, "")
    assert " ".join(SENTENCES[Reason.NO_PERMISSION]) in done.stdout


@pytest.mark.parametrize("arguments", [(), ("cards",), ("devices", "--folder", "no/such/folder"), ("devices", "x")])
def test_bad_input_is_one_line_and_code_2(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("fusewise: ")
    assert done.stderr.count("\n") == 1


def test_the_help_is_no_failure(run: Run) -> None:
    done = run("devices", "--help")
    assert done.returncode == 0
    assert "--json" in done.stdout
