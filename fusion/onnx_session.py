"""Networks in ONNX files, run by onnxruntime on the processor: told not to report its use, and held to few threads."""

from __future__ import annotations

import os
from typing import Any

from fusion import lazy_imports


def session(model: bytes, threads: int) -> Any:
    """An `onnxruntime.InferenceSession` of the network in `model`, the bytes of its file.

    It keeps no more memory than a run needs. Quantised weights are unpacked once and computed with in float32, which
    halves the time of a run. Its threads do not spin while they wait. May be run from several threads at
    once, which onnxruntime allows.
    """
    onnxruntime = library()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # the arena keeps the largest picture's memory for good
    options.log_severity_level = 3
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def library() -> Any:
    """onnxruntime, told not to report its use to its maker.

    It asks the environment while it is loaded, and once; on Windows it does not, and what may be called comes after
    the first report.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    onnxruntime: Any = lazy_imports.load("onnxruntime")
    onnxruntime.disable_telemetry_events()
    return onnxruntime
