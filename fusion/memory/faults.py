"""What an error says about the process that it came from: memory ran out, the card is lost, unknown to torch, or none.

Never imports torch: errors are known by their type's name, their number or their text.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from enum import StrEnum

from fusion.errors import FusionError, OutOfMemory, Phrase, PhraseCode, Reason, Value

HOST = Phrase(PhraseCode.THIS_COMPUTER)  # where memory ran out, when it was not the card's


class Fault(StrEnum):
    """What is to be done about an error differs by these."""

    OUT_OF_MEMORY = "out_of_memory"  # something smaller may fit
    DEVICE_FAILED = "device_failed"  # CUDA answers every call of this process with the same error from now on
    NO_CODE = "no_code"  # torch was built without code for the card: the processor can compute instead
    OTHER = "other"  # another try would fail too


# What libraries say when memory runs out, besides those that have an exception of its own for it. Those of cuDNN and
# cuBLAS are what a card that is nearly full makes of asking for a plan or a workspace; NVML's is torch's allocator
# failing while it writes its report (pytorch #112377).
_CARD_TEXTS = (
    "out of memory",
    "CUDNN_STATUS_ALLOC_FAILED",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUBLAS_STATUS_NOT_INITIALIZED",
    "CUDNN_STATUS_NOT_SUPPORTED",
    "NVML_SUCCESS == r INTERNAL ASSERT",
    "Failed to allocate memory",  # ONNX Runtime
)
_HOST_TEXTS = (
    "DefaultCPUAllocator",
    "std::bad_alloc",
    "Insufficient memory",  # OpenCV
    "Cannot allocate memory",  # the system, through a library that keeps no number
)
_NAMES = ("OutOfMemoryError",)  # torch's, in each of the places where it has lived
_CUDA_OUT_OF_MEMORY = 2  # cudaErrorMemoryAllocation
_OPENCV_OUT_OF_MEMORY = -4  # cv::Error::StsNoMem

# Errors after which "the process must be terminated and relaunched", as the CUDA runtime's reference says of them, in
# the words of cudaGetErrorString; and what cuBLAS and cuDNN say when they are the first to meet one.
_LOST_TEXTS = (
    "illegal memory access",
    "device-side assert",
    "unspecified launch failure",
    "the launch timed out",
    "illegal instruction",
    "misaligned address",
    "hardware stack error",
    "invalid program counter",
    "operation not supported on global/shared address space",
    "uncorrectable ECC error",
    "uncorrectable NVLink error",
    "context is destroyed",
    "unknown error",
    "GPU is lost",
    "fallen off the bus",
    "CUBLAS_STATUS_EXECUTION_FAILED",
    "CUDNN_STATUS_EXECUTION_FAILED",
    "CUDNN_STATUS_MAPPING_ERROR",
)
_LOST_CODES = frozenset({214, 220, 226, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 999})
# Errors of a card that the build has no code for, and after which the process is well. What set-up and the check before
# the first job know, a library may learn at its first call.
_NO_CODE_TEXTS = (
    "no kernel image is available",
    "invalid device function",
    "device kernel image is invalid",
    "PTX was compiled with an unsupported toolchain",
    "CUBLAS_STATUS_ARCH_MISMATCH",
    "CUDNN_STATUS_ARCH_MISMATCH",
)
_NO_CODE_CODES = frozenset({98, 200, 209, 222})
_SPEAKERS = ("cuda", "cudnn", "cublas", "nvml", "gpu")  # one of them must be named: "unknown error" is anybody's


def classify(error: BaseException) -> Fault:
    """What an error means for the job and for the process."""
    if _is_out_of_memory(error):
        return Fault.OUT_OF_MEMORY
    if _is_without_code(error):
        return Fault.NO_CODE
    return Fault.DEVICE_FAILED if _is_lost(error) else Fault.OTHER


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the device or the host had too little memory. Anything else is not worth a retry."""
    return classify(error) == Fault.OUT_OF_MEMORY


def is_of_host(error: BaseException) -> bool:
    """Whether memory ran out on the host, whatever the job computed on."""
    if isinstance(error, FusionError):
        return error.details.get("device") == HOST
    if isinstance(error, RuntimeError) and not any(text in str(error) for text in _HOST_TEXTS):
        return False
    return is_out_of_memory(error)


def explained(error: Exception, device: Value) -> FusionError | None:
    """The error that people are told of; None for one that is neither ours nor of a kind that is known here.

    Args:
        device: what the job computed on, as the pipeline names it.
    """
    if isinstance(error, FusionError):
        return error
    fault = classify(error)
    if fault == Fault.OUT_OF_MEMORY:
        return OutOfMemory(Reason.OUT_OF_MEMORY, device=HOST if is_of_host(error) else device)
    if fault == Fault.DEVICE_FAILED:
        return FusionError(Reason.DEVICE_FAILED, device=device, why=_first_line(error))
    if fault == Fault.NO_CODE:
        return FusionError(Reason.CARD_WITHOUT_CODE, device=device)
    return None


def _is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, (MemoryError, OutOfMemory)) or type(error).__name__ in _NAMES:
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    if _code(error) == _CUDA_OUT_OF_MEMORY:
        return True
    is_opencv = type(error).__module__.partition(".")[0] == "cv2"
    if is_opencv and getattr(error, "code", None) == _OPENCV_OUT_OF_MEMORY:
        return True
    # Other kinds (a ValueError that names a file, our own errors) may say such words without meaning them.
    speaks = isinstance(error, RuntimeError) or is_opencv
    return speaks and any(text in str(error) for text in (*_CARD_TEXTS, *_HOST_TEXTS))


def _is_lost(error: BaseException) -> bool:
    if isinstance(error, FusionError):
        return error.reason == Reason.DEVICE_FAILED
    return _code(error) in _LOST_CODES or _is_said_of_card(error, _LOST_TEXTS)


def _is_without_code(error: BaseException) -> bool:
    if isinstance(error, FusionError):
        return error.reason == Reason.CARD_WITHOUT_CODE
    return _code(error) in _NO_CODE_CODES or _is_said_of_card(error, _NO_CODE_TEXTS)


def _is_said_of_card(error: BaseException, texts: Iterable[str]) -> bool:
    said = str(error)
    if not isinstance(error, RuntimeError) or not any(speaker in said.lower() for speaker in _SPEAKERS):
        return False
    return any(text in said for text in texts)


def _code(error: BaseException) -> int | None:
    """The number that CUDA gave an error, where torch passes it on."""
    return getattr(error, "error_code", None) if type(error).__name__ == "AcceleratorError" else None


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__
