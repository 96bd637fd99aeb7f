"""Networks in ONNX files, run by onnxruntime on the processor: told not to report its use, and held to few threads."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from fusion import lazy_imports


def session(model: bytes, threads: int, *, sizes_differ: bool = False) -> Any:
    """An `onnxruntime.InferenceSession` of the network in `model`, the bytes of its file.

    It keeps no more memory than a run needs. Quantised weights are unpacked once and computed with in float32, which
    halves the time of a run. Its threads do not spin while they wait. May be run from several threads at
    once, which onnxruntime allows.

    Args:
        sizes_differ: of the pictures that it is run on. Block by block, without an arena, the first run on each size
            took 20 MiB more than those that followed, whose blocks had been planned, and left holes in the heap. Such
            a session takes its memory from an arena, which each run with `giving_back` empties.
    """
    onnxruntime = library()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if sizes_differ:
        _register_arena()
        options.enable_mem_pattern = False
        options.add_session_config_entry("session.use_env_allocators", "1")
    else:
        options.enable_cpu_mem_arena = False  # the arena keeps the largest picture's memory for good
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def giving_back() -> Any:
    """`onnxruntime.RunOptions` of a run that leaves nothing in the arena. May be used from several threads at once."""
    options = library().RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


@cache
def _register_arena() -> None:
    """Let sessions share an arena that asks the system for as much as is wanted, and not for the next power of two."""
    onnxruntime = library()
    ask_for_as_much = {
        "max_mem": 0,
        "arena_extend_strategy": 1,
        "initial_chunk_size_bytes": -1,
        "max_dead_bytes_per_chunk": -1,
    }
    where = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    onnxruntime.create_and_register_allocator(where, onnxruntime.OrtArenaCfg(ask_for_as_much))


def library() -> Any:
    """onnxruntime, told not to report its use to its maker.

    It asks the environment while it is loaded, and once; on Windows it does not, and what may be called comes after
    the first report.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    onnxruntime: Any = lazy_imports.load("onnxruntime")
    onnxruntime.disable_telemetry_events()
    return onnxruntime
