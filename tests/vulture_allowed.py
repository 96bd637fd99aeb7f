"""What vulture takes for unused, and who uses it. `make check` has it read this file; nothing imports it."""

from __future__ import annotations

from typing import Any

used: Any = ...

# Python asks a module for the names that it lacks (PEP 562).
used.__getattr__

# Typer calls functions that it was given by a decorator.
used._commands, used._default, used.verify_files, used.fetch_parser, used.switch_on, used.switch_off

# PyTorch calls a module's `forward` where the module is called; `used()` stands for objects that are called themselves.
used.forward, used.__call__

# Starlette's parser of forms reads it of its class: api/server/forms.py.
used.spool_max_size

# Schemathesis takes its hooks by their names: benchmarks/api/real_values.py.
used.map_body, used.map_path_parameters

# A label's texts are read as all fields of its class: fusion/marks/aigc.py.
used.content_propagator, used.propagate_id, used.reserved_code2

# zipfile and io ask what a file can do.
used.seekable, used.writable

# enum takes an attribute of this name for the member's value, and asks the other about a value that it does not know.
used._value_, used._missing_

# libwebp reads the fields of its own structures: fusion/photos/webp_encode.py.
used.colorspace, used.alpha_stride

# pydantic reads its own settings of a class.
used.model_config

# Values of enumerations that come in by their text: from settings files, command lines and the pages' lists.
used.THREE_TO_FOUR, used.FOUR_TO_THREE, used.TWO_TO_THREE, used.THREE_TO_TWO, used.NINE_TO_SIXTEEN, used.SIXTEEN_TO_NINE

# The merits of a photo are taken by the place of the term that each is of: fusion/sources/selection.py.
used.FREEDOM

# Measures that no rule looks at: shown in the table of measures and printed by `diagnose --json`, name by name.
used.clipped_dark, used.clipped_bright, used.sharpness_ratio, used.is_aligned, used.target_enlargement
used.edge_l, used.edge_a, used.edge_b, used.edge_excess
used.skin_l, used.skin_a, used.skin_b, used.rim_l

# What a finding measures is looked up by its name ("result.exposure"): advisor/quality/types.py.
used.exposure

# The lower bound of a forecast, beside the upper one that decides.
used.peak_low_bytes

# What a stage took is stored with its job, field by field.
used.device_bytes, used.host_bytes

# What a signature says of a photo that the picture was made of: for whoever reads signatures from Python.
used.is_signed

# Part of what a cached function remembers its answer by: a changed file has another time.
used.modified_ns

# What an app start took is written into the line of a benchmark, field by field.
(
    used.server_up_s,
    used.first_page_s,
    used.large_beyond_s,
    used.pressed_after_s,
    used.first_picture_s,
    used.next_picture_s,
)

# Faults of a soak run are drawn as names and called by them.
used.kill_worker, used.kill_app, used.end_app

# Settings of libraries: ONNX Runtime's sessions, ncnn's nets, libheif's reader, PyTorch's batch norms.
used.intra_op_num_threads, used.inter_op_num_threads, used.enable_cpu_mem_arena, used.log_severity_level
used.enable_mem_pattern
used.num_threads, used.use_bf16_storage, used.use_fp16_arithmetic, used.use_fp16_packed, used.use_fp16_storage
used.AUX_IMAGES, used.DEPTH_IMAGES, used.THUMBNAILS
used.momentum

# Parts of libraries that are replaced: the model's own code in benchmarks/stock.py, Streamlit's search for this
# machine's addresses and what it keeps of a session that has ended; the frames of an error that is stored.
used.get_f5p, used.FaceAna, used.Compose, used.Normalize, used.ToTensor
used.get_external_ip, used.get_internal_ip, used._fragment_storage, used._session_state
used.__traceback__

# What rules of the diagnosis name as text.
used.worst_look

# Values of Streamlit's session state that are set as attributes and read by `get` and `pop`, since they may be missing.
used.imported, used.import_turn, used.to_purge
used.set_output, used.batch_output, used.batch_imported, used.batch_import_turn

# Keys of what ties a widget to its page: Streamlit is given them as arguments by `**`.
used.on_click, used.on_change

# Why a browser would not take a file comes as text: pages/parts/uploading/refused.py.
used.HEAVY, used.KIND, used.MANY

# What whoever forecasts a card's memory asks of the model of torch's allocator.
used.replay
