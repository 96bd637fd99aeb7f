"""What counts as memory running out, and how much is left."""

from __future__ import annotations

import errno
import resource
import subprocess
import sys
import textwrap
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest
import torch

from fusion import memory
from fusion.errors import NoFace, OutOfMemory
from fusion.memory import is_out_of_memory

MIB = 1024**2
# As the libraries wrote them; facts of pytorch, cuDNN, cuBLAS, NVML, ONNX Runtime.
SAID = (
    "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.19 GiB",
    "CUDA error: out of memory",
    "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
    "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
    "CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`",
    "cuDNN error: CUDNN_STATUS_NOT_SUPPORTED. This error may appear if you passed in a non-contiguous input.",
    'NVML_SUCCESS == r INTERNAL ASSERT FAILED at "../c10/cuda/CUDACachingAllocator.cpp":830',
    "[enforce fail at alloc_cpu.cpp:121] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate",
    "[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : Failed to allocate memory for requested buffer of size 4294967296",
    "std::bad_alloc",
    "OpenCV(5.0.0) alloc.cpp:73: error: (-4:Insufficient memory) Failed to allocate 8 bytes",
)


@pytest.mark.parametrize("text", SAID)
def test_what_libraries_say_is_understood(text: str) -> None:
    assert is_out_of_memory(RuntimeError(text))


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        np._core._exceptions._ArrayMemoryError((1,), np.dtype(np.uint8)),  # type: ignore[attr-defined]
        torch.OutOfMemoryError("CUDA out of memory."),
        OutOfMemory("out_of_memory", device="cuda:0"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_made_for_it_need_no_text(error: BaseException) -> None:
    assert is_out_of_memory(error)


def test_the_accelerators_error_counts_by_its_number() -> None:
    error = torch.AcceleratorError("a failure without words")
    error.error_code = 2  # type: ignore[attr-defined]
    assert is_out_of_memory(error)
    error.error_code = 700  # type: ignore[attr-defined]  # an illegal address: the process is lost, and no smaller tile will help
    assert not is_out_of_memory(error)


def test_opencvs_error_counts_by_its_number() -> None:
    error = cv2.error("a failure without words")
    error.code = -4
    assert is_out_of_memory(error)
    error.code = -215
    assert not is_out_of_memory(error)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("CUDA error: an illegal memory access was encountered"),
        RuntimeError("mat1 and mat2 shapes cannot be multiplied"),
        ValueError("no such file: out of memory.txt"),
        OSError(errno.ENOSPC, "No space left on device"),
        NoFace("no_face", role="source"),
    ],
    ids=str,
)
def test_anything_else_is_no_shortage(error: BaseException) -> None:
    assert not is_out_of_memory(error)


def test_a_real_shortage_of_torch_and_opencv_is_understood() -> None:
    """In a process with an address-space limit, where neither can allocate."""
    script = """
        import resource, cv2, numpy as np, torch
        from fusion.memory import free_bytes, is_out_of_memory
        used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + (64 << 20), used + (64 << 20)))
        assert free_bytes() <= 64 << 20, free_bytes()
        tiny = np.zeros((8, 8, 3), np.uint8)
        for fails in (
            lambda: torch.empty(1 << 28),
            lambda: np.empty(1 << 28),
            lambda: cv2.resize(tiny, (16384, 16384)),
        ):
            try:
                fails()
            except Exception as error:
                print(type(error).__name__, is_out_of_memory(error))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["RuntimeError True", "MemoryError True", "error True"]


def test_without_limits_what_the_system_has_is_free() -> None:
    if resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY:
        pytest.skip("this run has an address-space limit")
    assert 0 < memory.free_bytes() <= psutil.virtual_memory().total


def group(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


def test_the_strictest_control_group_counts(tmp_path: Path) -> None:
    listed = tmp_path / "cgroup"
    listed.write_text("0::/app/worker\n")
    stat = f"anon 1\ninactive_file {30 * MIB}\n"
    group(tmp_path, memory__max="max", memory__current="5", memory__stat=stat)
    group(tmp_path / "app", memory__max=str(500 * MIB), memory__current=str(400 * MIB), memory__stat=stat)
    group(tmp_path / "app/worker", memory__max=str(900 * MIB), memory__current=str(300 * MIB), memory__stat=stat)
    left = list(memory._left_in_groups(listed, tmp_path))
    assert sorted(left) == [130 * MIB, 630 * MIB]


def test_the_older_control_groups_count_too(tmp_path: Path) -> None:
    listed = tmp_path / "cgroup"
    listed.write_text("9:name=systemd:/\n4:memory:/deep/down\n0::/\n")
    group(
        tmp_path / "memory",  # in a container the path is the host's, and only the root is there
        memory__limit_in_bytes=str(200 * MIB),
        memory__usage_in_bytes=str(150 * MIB),
        memory__stat=f"total_inactive_file {20 * MIB}\n",
    )
    assert list(memory._left_in_groups(listed, tmp_path)) == [70 * MIB]


def test_no_limit_is_no_limit(tmp_path: Path) -> None:
    listed = tmp_path / "cgroup"
    listed.write_text("4:memory:/\n")
    group(
        tmp_path / "memory", memory__limit_in_bytes="9223372036854771712", memory__usage_in_bytes="1", memory__stat=""
    )
    assert list(memory._left_in_groups(listed, tmp_path)) == []
    assert list(memory._left_in_groups(tmp_path / "none", tmp_path)) == []


def test_memory_can_be_asked_about_without_torch() -> None:
    script = "import sys; from fusion import memory, tiles; memory.free_bytes(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
def test_a_card_says_what_is_free() -> None:
    before = memory.free_bytes("cuda")
    kept = torch.empty(256 * MIB, dtype=torch.uint8, device="cuda")
    assert before - memory.free_bytes("cuda") == pytest.approx(256 * MIB, abs=64 * MIB)
    del kept
    assert memory.free_bytes("cuda") == pytest.approx(
        before, abs=64 * MIB
    )  # torch keeps it, and it is free all the same
    memory.give_back("cuda")
    assert torch.cuda.memory_reserved() < 256 * MIB
