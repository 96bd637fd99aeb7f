"""What the advisor gives as a reason or warns of: code → sentence. Pages translate by the codes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        # memory
        "too_big": "Needs up to {need:.1f} GiB of {free:.1f} GiB that may be used.",
        "too_big_held": "Needs up to {need:.1f} GiB of {free:.1f} GiB that may be used: "
        "`{name}` (pid {pid}) holds {held:.1f} GiB.",
        "too_big_held_unnamed": "Needs up to {need:.1f} GiB of {free:.1f} GiB that may be used: "
        "process {pid} holds {held:.1f} GiB.",
        "may_fit": "Usually needs about {likely:.1f} GiB, but up to {need:.1f} GiB of {free:.1f} GiB that may be used: "
        "it may run out of memory.",
        "tight": "Takes up to {need:.1f} GiB of {free:.1f} GiB, {percent:.0f} %: expect it to be slower.",
        "takes": "Takes up to {need:.1f} GiB of {free:.1f} GiB, {percent:.0f} %.",
        "in_strips": "In strips: the unet engine restores detail {rows} rows at a time, since all at once would need "
        "up to {whole:.1f} GiB. A little slower, the same picture.",
        "lent": "Lent weights: they stay on the host, and the card has each part only while it computes; with all at "
        "once it would need up to {whole:.1f} GiB. Slower, the same picture.",
        # detail
        "source_enlarged": "The source's face is {native_px:.0f} px wide; at {size} it is enlarged {ratio:.1f}×: soft.",
        "source_enlarged_one": "The source's face is {native_px:.0f} px wide; at {size} it is enlarged {ratio:.1f}×: "
        "soft unless two-stage.",
        "source_refined": "The source's face is {native_px:.0f} px wide; at {size} it is enlarged {ratio:.1f}×: "
        "the second stage makes that less soft.",
        "model_enlarged": "The model draws the face {native_px:.0f} px wide; at {size} it is enlarged {ratio:.1f}×: "
        "soft.",
        "model_enlarged_one": "The model draws the face {native_px:.0f} px wide; at {size} it is enlarged "
        "{ratio:.1f}×: soft unless two-stage.",
        "model_refined": "The model draws the face {native_px:.0f} px wide; at {size} it is enlarged {ratio:.1f}×: "
        "the second stage makes that less soft.",
        "photo_enlarged": "{scale:.1f}× the photo itself: hair and background come out soft.",
        "over_intent": "More than is asked for: {tier} would do.",
        "smallest": "No size holds the detail that it has pixels for: this is the smallest.",
        "sharp_source": "The face comes out {face_px:.0f} px wide, and the source photo shows it {native_px:.0f} px "
        "wide: sharp.",
        "sharp_model": "The face comes out {face_px:.0f} px wide, and the model draws it {native_px:.0f} px wide: "
        "sharp.",
        # the chosen one: its size and its shape
        "largest_fitting": "The largest output that fits.",
        "next_too_big": "{size} would need up to {need:.1f} GiB of {free:.1f} GiB that may be used.",
        "next_empty": "{size} fits too, but the face would be blown up: soft.",
        "next_empty_too_big": "{size} does not fit, and the face would be blown up: soft.",
        "next_empty_may_fit": "{size} may not fit, and the face would be blown up: soft.",
        "next_enlarged": "{size} is more than the target photo holds: it would only be blown up.",
        "next_over_intent": "{size} is more than is asked for.",
        "shape": "The shape is the target's.",
        # one or two stages
        "stages_save": "Two stages: {two:.1f} GiB instead of {one:.1f} GiB.",
        "stages_large": "Two stages: past 2048×2048 the face is fused small and refined apart.",
        "stages_needed": "Two stages: one would need up to {one:.1f} GiB.",
        "stages_slow": "One stage: two would take {factor:.1f}× as long, and the face is sharp anyway.",
        "stages_long": "One stage: two would take {factor:.1f}× as long.",
        "stages_untimed": "One stage: how long two would take with this engine is not known here.",
        "stages_one": "One stage: it fits, and up to 2048×2048 that is enough.",
        # the engine
        "engine_unet": "The unet engine: its weights are on this machine.",
        "engine_weights": "The landmark engine: the unet engine's weights are not on this machine.",
        "engine_detail": "The landmark engine: at this size it holds more detail than unet.",
        "engine_memory": "The landmark engine: nothing of unet that is worth having fits.",
        # what the forecast rests on
        "basis_here": "The forecast rests on measurements on this machine ({points}).",
        "basis_elsewhere": "The forecast rests on measurements on another machine ({points}).",
        "basis_traced": "Memory is computed from the networks' own allocations ({points} traced runs), not measured "
        "on a card.",
        "basis_estimated": "No such device was ever measured: memory is a rough estimate, and time is unknown.",
        # warnings of the photos
        "light_differs": "The light falls from opposite sides on the two faces: the fused one will look flat or pasted "
        "on. Mode overlay keeps the target's light.",
        "photo_side": "The {role} photo is {width}×{height}: an output's longest side is {limit} px.",
        "shape_kept": "{width}×{height} is not of the target's shape: keep makes {size} of it.",
        "shape_padded": "{width}×{height} is not of the target's shape: pad fills {percent:.0f} % of the output.",
        "shape_cropped": "{width}×{height} is not of the target's shape: crop cuts {percent:.0f} % of the photo off.",
        # warnings of the machine
        "weights_missing": "The unet engine's weights are not on this machine: download them first.",
        "precision_unfit": "{precision} is not for this device: float32 will be used.",
        "card": "{message} {remedy}",
        "cores_taken": "Other programs keep this machine's processor busy: all takes about {times:.1f}× as long.",
        "not_measured": "Nothing was ever measured on this machine: forecasts rest on others. "
        "`python -m advisor calibrate` takes under two minutes.",
    }
)
