"""What an error says of the process that it came from: memory ran out, the card is lost, or neither."""

from __future__ import annotations

import errno
import subprocess
import sys
import textwrap

import cv2
import numpy as np
import pytest
import torch

from fusion.errors import NoFace, OutOfMemory, Reason
from fusion.memory import HOST, Fault, is_out_of_memory
from fusion.memory.faults import classify, explained, is_of_host

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


# In the words of cudaGetErrorString and of torch around them.
LOST = (
    "CUDA error: an illegal memory access was encountered",
    "CUDA error: device-side assert triggered\nCompile with `TORCH_USE_CUDA_DSA` to enable device-side assertions.",
    "CUDA error: unspecified launch failure",
    "CUDA error: uncorrectable ECC error encountered",
    "CUDA error: the launch timed out and was terminated",
    "CUDA error: an illegal instruction was encountered",
    "CUDA error: misaligned address",
    "CUDA error: invalid program counter",
    "CUDA error: hardware stack error",
    "CUDA error: unknown error",
    "CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm(handle, opa, opb, m, n, k, &alpha)`",
    "cuDNN error: CUDNN_STATUS_EXECUTION_FAILED",
    "cuDNN error: CUDNN_STATUS_MAPPING_ERROR",
)


NO_CODE = (
    "CUDA error: no kernel image is available for execution on the device\nCUDA kernel errors might be reported later",
    "CUDA error: invalid device function",
    "CUDA error: device kernel image is invalid",
    "CUDA error: the provided PTX was compiled with an unsupported toolchain.",
    "CUDA error: CUBLAS_STATUS_ARCH_MISMATCH when calling `cublasGemmEx`",
    "cuDNN error: CUDNN_STATUS_ARCH_MISMATCH",
)


@pytest.mark.parametrize("text", NO_CODE)
def test_a_card_that_torch_has_no_code_for_is_named_with_what_mends_it(text: str) -> None:
    assert classify(RuntimeError(text)) == Fault.NO_CODE
    told = explained(RuntimeError(text), "GTX 1060")
    assert told is not None
    assert (told.reason, told.details) == ("card_without_code", {"device": "GTX 1060"})
    assert "advisor doctor" in told.remedy
    assert classify(told) == Fault.NO_CODE


@pytest.mark.parametrize("number", [98, 200, 209, 222])
def test_it_is_known_by_its_number_too(number: int) -> None:
    error = torch.AcceleratorError("a failure without words")
    error.error_code = number  # type: ignore[attr-defined]
    assert classify(error) == Fault.NO_CODE


@pytest.mark.parametrize("text", SAID)
def test_what_libraries_say_is_understood(text: str) -> None:
    assert is_out_of_memory(RuntimeError(text))


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        np._core._exceptions._ArrayMemoryError((1,), np.dtype(np.uint8)),  # type: ignore[attr-defined]
        torch.OutOfMemoryError("CUDA out of memory."),
        OutOfMemory(Reason.OUT_OF_MEMORY, device="cuda:0"),
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
        NoFace(Reason.NO_FACE, role="source"),
    ],
    ids=str,
)
def test_anything_else_is_no_shortage(error: BaseException) -> None:
    assert not is_out_of_memory(error)


def test_a_real_shortage_of_torch_and_opencv_is_understood() -> None:
    """In a process with an address-space limit, where neither can allocate."""
    script = """
        import resource, cv2, numpy as np, torch
        from fusion.memory.faults import is_out_of_memory
        from fusion.memory.budget import free_bytes
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


@pytest.mark.parametrize("text", LOST)
def test_a_card_that_is_lost_is_known_by_what_is_said(text: str) -> None:
    error = RuntimeError(text)
    assert classify(error) == Fault.DEVICE_FAILED
    told = explained(error, "A card")
    assert told is not None
    assert told.reason == "device_failed"
    assert told.details["device"] == "A card"
    assert classify(told) == Fault.DEVICE_FAILED


@pytest.mark.parametrize("code", [214, 700, 702, 710, 716, 719, 999])
def test_a_card_that_is_lost_is_known_by_its_number(code: int) -> None:
    error = torch.AcceleratorError("a failure without words")
    error.error_code = code  # type: ignore[attr-defined]
    assert classify(error) == Fault.DEVICE_FAILED


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("CUDA error: invalid argument"),
        RuntimeError("invalid device function of somebody else"),
        RuntimeError("an unknown error of somebody else"),
        ValueError("CUDA error: unspecified launch failure"),
        OSError(errno.ENOSPC, "No space left on device"),
        NoFace(Reason.NO_FACE, role="source"),
    ],
    ids=str,
)
def test_a_card_that_only_refused_is_not_lost(error: Exception) -> None:
    assert classify(error) == Fault.OTHER
    assert explained(error, "A card") is (error if isinstance(error, NoFace) else None)


def test_whose_memory_ran_out_is_told() -> None:
    host = (MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory"), OSError(errno.ENOMEM, "none"))
    for error in host:
        told = explained(error, "A card")
        assert told is not None
        assert told.details == {"device": HOST}
        assert is_of_host(error)
        assert is_of_host(told)
    cards = (torch.OutOfMemoryError("CUDA out of memory."), RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED"))
    for card in cards:
        told = explained(card, "A card")
        assert told is not None
        assert told.details == {"device": "A card"}
        assert not is_of_host(card)
        assert not is_of_host(told)
