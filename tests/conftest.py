"""What every test shares: a data folder of its own, and two photos in the public domain."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings as hypothesis_settings

from fusion.photos import Photo, decode, samples
from fusion.types import Role

pytest_plugins = ["tests.support.fixtures.disks", "tests.support.fixtures.nvml"]
pytest.register_assert_rewrite("tests.support")

# How long an example takes depends on what else the machine does: no test is about that.
hypothesis_settings.register_profile("patient", deadline=None)
hypothesis_settings.load_profile("patient")

SHARED = "TESTS_SHARED"  # names the folder that all processes of a run share

# Files that take longest, first: `make test` hands files to processes, which then end at about the same time.
LONGEST = (
    "test_unet.py",
    "test_fuse_in_a_browser.py",
    "test_streams.py",
    "test_memory_in_a_browser.py",
    "test_leftover_frames.py",
    "test_door_in_a_browser.py",
    "test_history_in_a_browser.py",
    "test_app.py",
    "test_resolution_in_a_browser.py",
    "test_networks.py",
    "test_page_diagnostics.py",
    "test_mute_driver.py",
    "test_batch.py",
    "test_worker_slot.py",
    "test_page_weights.py",
    "test_page_fusion.py",
    "test_measured_run.py",
    "test_two_stage.py",
    "test_finder.py",
    "test_diagnosis_in_a_browser.py",
    "test_advice_in_a_browser.py",
    "test_queue_workers.py",
    "test_page_gpu_worker.py",
    "test_admission.py",
    "test_page_history.py",
    "test_page_resolution.py",
    "test_batch_outputs.py",
    "test_page_gpu.py",
    "test_disk_reserve.py",
    "test_faulty_queue.py",
    "test_pipeline.py",
    "test_upscale.py",
    "test_page_history_retention.py",
    "test_pages.py",
    "test_page_statements.py",
    "test_app_outputs.py",
    "test_deleting.py",
    "test_face_choice.py",
    "test_spandrel_model.py",
    "test_tone.py",
    "test_login.py",
    "test_supervisor.py",
    "test_identity.py",
)


def pytest_configure(config: pytest.Config) -> None:
    """The first process of the run makes a folder for all of them, and removes it when all of them are through."""
    # Hundreds of processes would compile the same modules each, and every run all of its tests.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    if SHARED not in os.environ:
        os.environ[SHARED] = tempfile.mkdtemp(prefix="fusewise-tests-")
        config.add_cleanup(lambda: shutil.rmtree(os.environ.pop(SHARED)))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Longest first; otherwise as they were collected."""
    order = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.name, len(order)))


@pytest.fixture(scope="session", autouse=True)
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """FUSEWISE_DATA points to a folder that this run alone uses; no other FUSEWISE_* variable is inherited."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("FUSEWISE_")]:
            patch.delenv(name)
        patch.setenv("FUSEWISE_DATA", str(folder))
        patch.setenv("FUSEWISE_OTHERS_CORES", "0")  # they share the machine: no forecast shall depend on that
        yield folder


@pytest.fixture(scope="session")
def sample_pair() -> tuple[bytes, bytes]:
    """Target and source as files: the astronaut and the admiral."""
    return samples.sample_pair()


@pytest.fixture(scope="session")
def target(sample_pair: tuple[bytes, bytes]) -> Photo:
    """The sample target."""
    return decode.read(sample_pair[0], Role.TARGET)


@pytest.fixture(scope="session")
def source(sample_pair: tuple[bytes, bytes]) -> Photo:
    """The sample source."""
    return decode.read(sample_pair[1], Role.SOURCE)


@pytest.fixture(scope="session")
def sample_files(sample_pair: tuple[bytes, bytes], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Paths of the sample target and the sample source."""
    folder = tmp_path_factory.mktemp("samples")
    target, source = folder / "target.png", folder / "source.jpg"
    target.write_bytes(sample_pair[0])
    source.write_bytes(sample_pair[1])
    return target, source


@pytest.fixture(scope="session")
def model_folder() -> Path:
    """The unet model's files with random weights: 1.7 GB, made once for all processes of the run.

    Not made where RANDOM_WEIGHTS names a folder that `benchmarks.synthetic_weights` has filled.
    """
    if made := os.environ.get("RANDOM_WEIGHTS"):
        return Path(made)
    from benchmarks.synthetic_weights import make  # late: it loads torch and modelscope, which most tests do without

    folder = Path(os.environ[SHARED]) / "model"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            make(folder.with_name("in-the-making")).rename(folder)
    return folder
