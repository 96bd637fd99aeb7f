"""A driver that never answers, and disks that are gone: real processes throughout.

The library that plays the driver hangs for five minutes, longer than any test may take.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from advisor.device import Reader
from advisor.device.compute_target import Kind, cards_for_workers, place_of
from advisor.device.deadline import within
from advisor.driver.reasons import Reason
from tests.support import ROOT
from tests.support.command import at_once, run
from tests.support.fake_nvml import build
from tests.support.fixtures.nvml import Driver
from tests.support.waiting import until

HANGS = 60.0  # a process that is not through by then hangs, too
FUNCTIONS = re.findall(r"^int (nvml\w+)\(", build.SOURCE.read_text(), re.MULTILINE)
# What is asked of some drivers and cards alone, and which they are.
ELSEWHERE = {
    "nvmlDeviceGetMemoryInfo": ("wsl", "new"),
    "nvmlDeviceGetCurrentClocksThrottleReasons": ("t4", "old"),
    "nvmlDeviceGetComputeRunningProcesses_v2": ("t4", "old"),
    "nvmlDeviceGetGraphicsRunningProcesses_v2": ("t4", "old"),
    "nvmlDeviceGetMaxMigDeviceCount": ("a100_mig", "new"),
    "nvmlDeviceGetMigDeviceHandleByIndex": ("a100_mig", "new"),
    "nvmlDeviceGetGpuInstanceId": ("a100_mig", "new"),
    "nvmlDeviceGetComputeInstanceId": ("a100_mig", "new"),
}


@pytest.fixture
def hasty(tmp_path: Path) -> Iterator[Reader]:
    """One that gives the driver next to no time, for drivers that never answer."""
    with Reader(tmp_path, retry_s=0, answer_s=0.1, again_s=3600) as one:
        yield one


def noted(folder: Path) -> list[str]:
    """What the library has noted; nothing before it is loaded."""
    file = folder / "noted"
    return file.read_text().split() if file.exists() else []


def asking() -> list[psutil.Process]:
    """The processes of ours that ask a driver."""
    return [each for each in psutil.Process().children() if "advisor.driver.probe" in each.cmdline()]


# --- a driver that hangs ---


@pytest.mark.parametrize("function", ["constructor", *(each for each in FUNCTIONS if each != "nvmlShutdown")])
def test_whatever_hangs_the_reading_ends_and_says_so(
    driver: Driver, nvml_library: Path, monkeypatch: pytest.MonkeyPatch, hasty: Reader, tmp_path: Path, function: str
) -> None:
    profile, variant = ELSEWHERE.get(function, ("t4", "new"))
    monkeypatch.setenv("LD_LIBRARY_PATH", str(nvml_library.parent.parent / variant))
    driver(profile, hang=function)
    snapshot = hasty.read()
    assert (snapshot.gpus, snapshot.why) == ((), Reason.NO_ANSWER)
    assert snapshot.host.total_bytes > 0
    until(lambda: "hang" in noted(tmp_path))  # it was asked at all
    assert hasty.read().why == Reason.NO_ANSWER
    assert noted(tmp_path).count("hang") == 1
    assert place_of(snapshot, torch_cuda=True).kind == Kind.CPU
    assert cards_for_workers(snapshot) == ()
    hasty.close()
    assert not asking()


def test_a_driver_that_does_not_let_itself_be_closed_is_left(driver: Driver, reader: Reader) -> None:
    driver("t4", hang="nvmlShutdown")
    assert reader.read().gpus
    reader.close()
    assert not asking()


def test_while_it_hangs_nobody_else_is_sent_and_it_comes_back_by_itself(driver: Driver, hasty: Reader) -> None:
    driver("t4", hang="nvmlDeviceGetPowerUsage")
    first = hasty.read()
    (process,) = asking()
    later = [hasty.read() for _ in range(20)]
    assert {each.why for each in (first, *later)} == {Reason.NO_ANSWER}
    assert asking() == [process]
    driver("t4", hang="nobody")
    until(lambda: bool(hasty.read().gpus))
    assert asking() == [process]


def test_one_that_stays_silent_is_ended_and_another_is_asked(driver: Driver, tmp_path: Path) -> None:
    driver("t4", hang="nvmlInitWithFlags")
    with Reader(tmp_path, retry_s=0, answer_s=0.5, again_s=1.0) as reader:
        assert reader.read().why == Reason.NO_ANSWER
        (process,) = asking()

        def is_another() -> bool:
            assert reader.read().why == Reason.NO_ANSWER
            assert len(asking()) <= 1
            return bool(asking()) and asking() != [process]

        until(is_another)


def test_a_card_that_hangs_later_is_gone_then(driver: Driver, tmp_path: Path) -> None:
    driver("t4")
    with Reader(tmp_path, retry_s=0, answer_s=3.0, again_s=3600) as patient:  # a driver that answers shall be in time
        until(lambda: patient.read().gpus)
        driver("t4", hang="nvmlDeviceGetTemperature")
        assert patient.read().why == Reason.NO_ANSWER


def test_a_driver_that_ends_its_process_is_no_end_of_ours(driver: Driver, reader: Reader) -> None:
    driver("crash")
    assert [reader.read().why for _ in range(3)] == [Reason.UNEXPLAINED] * 3
    assert not asking()


def test_who_asks_goes_with_who_wanted_to_know(driver: Driver) -> None:
    """Also while the driver holds it, and though its parent was killed."""
    driver("t4", hang="nvmlInitWithFlags")
    script = (
        "import os, signal, psutil; from pathlib import Path; from advisor.device import Reader\n"
        "reader = Reader(Path(), answer_s=0.5); reader.read()\n"
        "print(psutil.Process().children()[0].pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    until(lambda: not psutil.pid_exists(int(done.stdout)))


@pytest.mark.parametrize("function", ["nvmlInitWithFlags", "nvmlDeviceGetPowerUsage"])
def test_commands_answer_though_the_driver_does_not(
    driver: Driver, sample_files: tuple[Path, Path], function: str
) -> None:
    driver("t4", hang=function)
    words = {"devices": (), "doctor": (), "recommend": sample_files}
    done = at_once({name: ("advisor", name, *rest) for name, rest in words.items()}, timeout=HANGS)
    assert {name: (each.returncode, each.stderr) for name, each in done.items()} == dict.fromkeys(words, (0, ""))
    assert "The NVIDIA driver does not answer." in done["devices"].stdout
    assert "The NVIDIA driver does not answer." in done["doctor"].stdout
    assert " on cpu" in done["recommend"].stdout


# --- what else may never answer ---


def test_a_question_that_hangs_is_put_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    asked: list[int] = []

    def ask() -> str:
        asked.append(1)
        return pipe.read_text()

    for _ in range(3):
        with pytest.raises(TimeoutError):
            within(0.1, pipe, ask)
    assert asked == [1]
    pipe.write_text("here")  # the thread reads it, and ends
    until(lambda: within(HANGS, "another", lambda: 7) == 7)

    def refuse() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        within(HANGS, "refused", refuse)


def test_commands_answer_though_the_data_folders_share_is_gone(
    nvml_library: Path, sample_files: tuple[Path, Path], tmp_path: Path
) -> None:
    shares = tmp_path / "gone_share"
    shares.mkdir()
    environ = {
        "LD_PRELOAD": str(nvml_library.parent.parent / build.SHARE),
        "FAKE_SHARE": shares.name,
        "FUSEWISE_DATA": str(shares / "data"),
    }
    words = {"recommend": sample_files, "devices": ("--folder", tmp_path), "doctor": ()}
    done = at_once({name: ("advisor", name, *rest) for name, rest in words.items()}, environ, HANGS)
    assert {name: each.returncode for name, each in done.items()} == dict.fromkeys(words, 0), done
    assert "The disk of the data folder does not answer" in done["doctor"].stdout
    assert "does not answer: what was measured here is not counted" in done["recommend"].stderr


def test_the_doctor_says_that_processes_are_not_listed(nvml_library: Path) -> None:
    environ = {"LD_PRELOAD": str(nvml_library.parent.parent / build.SHARE), "FAKE_SHARE": "/cmdline"}
    done = run(["advisor", "doctor"], environ, HANGS)
    assert done.returncode == 0, done.stderr
    assert "does not finish its list of processes" in done.stdout
