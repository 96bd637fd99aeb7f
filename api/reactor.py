"""`/reactor/…`: what clients of ReActor for the WebUI ask, so that they need another address and nothing else.

Of ReActor's fields those are honoured that mean something here: the two pictures and the faces in them. What names its
models, restorers and upscalers does not; what was left out is told in `info`. The answer comes when the job has ended.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api import bodies, predictions, results, waiting
from api.calls import Call, json
from api.wanted import Wanted, wanted
from fusion import config
from fusion.errors import FusionError, PhraseCode, Reason
from fusion.photos import Format
from fusion.types import ENDED, State

WAIT_S = 600.0
_MOST_INDEX = 99
# Its fields that mean nothing here, and what each says where nothing is asked for.
WITHOUT: Mapping[str, tuple[Any, ...]] = MappingProxyType(
    {
        "upscaler": ("None", "", None),
        "scale": (1, 1.0, None),
        "upscale_visibility": (1, 1.0, None),
        "face_restorer": ("None", "", None),
        "restorer_visibility": (1, 1.0, None),
        "codeformer_weight": (0.5, None),
        "restore_first": (1, 0, None),
        "model": ("inswapper_128.onnx", "", None),
        "gender_source": (0, None),
        "gender_target": (0, None),
        "save_to_file": (0, None),
        "result_file_path": ("", None),
        "device": ("CPU", "CUDA", None),
        "mask_face": (0, 1, None),
        "select_source": (0, None),
        "face_model": ("None", "", None),
        "source_folder": ("", None),
        "random_image": (0, None),
        "upscale_force": (0, None),
        "det_thresh": (0.5, None),
        "det_maxnum": (0, None),
    }
)
_KNOWN = ("source_image", "target_image", "source_faces_index", "face_index", "consent", *WITHOUT)


async def image(call: Call) -> Response:
    """A fused picture for two, in one answer."""
    with call.turn(predictions.UPLOADS):
        async with bodies.fields(call.request, call.owner) as given:
            asked, left_out = await run_in_threadpool(_asked, call, given)
            id, _ = await run_in_threadpool(predictions.submit, call, asked, None)
    with call.turn(predictions.WAITS):
        view = await waiting.until_end(call, id, WAIT_S)
    if view.progress.state not in ENDED:
        raise FusionError(Reason.JOB_TIMEOUT, seconds=WAIT_S)
    if view.progress.state != State.DONE:
        raise view.error or FusionError(Reason.NOT_DONE)
    parcel = await run_in_threadpool(results.packed, call, view, Format.PNG)
    data = await run_in_threadpool(parcel.whole)
    return json({"image": base64.b64encode(data).decode(), "info": {"id": id, "not_honoured": left_out}})


async def models(call: Call) -> Response:
    """The models: there is one."""
    del call
    return json({"models": ["fusewise"]})


async def upscalers(call: Call) -> Response:
    """The upscalers: what enlarges is chosen by itself."""
    del call
    return json({"upscalers": ["None"]})


def _asked(call: Call, given: bodies.Fields) -> tuple[Wanted, list[str]]:
    """What is wanted, and the names of the fields that ask for what is left out."""
    for name in given:
        if name not in _KNOWN:
            raise FusionError(Reason.REQUEST_FIELD_UNKNOWN, name=name[:80], known=", ".join(_KNOWN))
    consent = given.get("consent", not call.asker.is_served and config.load().api_consent == "given")
    photos = {name: given[name] for name in ("target_image", "source_image") if name in given}
    made = wanted({**photos, "consent": consent, "settings": _faces(given)})
    return made, [name for name, plain in WITHOUT.items() if given.get(name) not in plain]


def _faces(given: bodies.Fields) -> dict[str, Any]:
    """Which faces, as settings have it: both count them from left to right. Of several each gets its own."""
    ours, theirs = _indexes(given, "face_index"), _indexes(given, "source_faces_index")
    if len(ours) == 1:
        return {"faces": {"target": ours[0], "source": theirs[0]}}
    pairs = zip(ours, [*theirs, *[theirs[-1]] * len(ours)], strict=False)
    return {"map": [{"face": face, "photo": 0, "source": source} for face, source in pairs]}


def _indexes(given: bodies.Fields, name: str) -> list[int]:
    """The faces that are meant; the first where none is named.

    Raises:
        FusionError: "request_field".
    """
    value = given.get(name)
    numbers = value if isinstance(value, list) else [] if value is None else [value]
    for one in numbers:
        if isinstance(one, bool) or not isinstance(one, int) or not 0 <= one <= _MOST_INDEX:
            raise bodies.wrong(name, PhraseCode.RANGE, low=0, high=_MOST_INDEX)
    return numbers or [0]
