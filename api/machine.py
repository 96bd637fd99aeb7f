"""What a program asks about the server: the machine, whether it works, what it can do."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from advisor.driver import SENTENCES
from api import bodies, told, waiting
from api.calls import Call, json
from fusion import __version__, config, refusal
from fusion.declared import CONSENT_WORDING
from fusion.errors import FusionError
from fusion.jobs import Jobs
from fusion.photos import Format
from fusion.settings import CHOICES, MAX_SIDE, MAX_SOURCES, MIN_SIDE, RANGES, Preset, Settings
from fusion.types import Aspect, Tier

LIVE, READY = "/v1/health/live", "/v1/health/ready"


async def live(call: Call) -> Response:
    """The server answers."""
    del call
    return json({"status": "live"})


async def ready(call: Call) -> Response:
    """Whether a job that comes now would be taken up: 503 where it would not. Says nothing of anybody's."""
    status = await run_in_threadpool(_standing, call)
    return json({"status": status}, 200 if status == "ready" else 503)


async def devices(call: Call) -> Response:
    """The graphics cards and the machine around them; as `python -m advisor devices --json`."""
    snapshot = await run_in_threadpool(call.host.snapshot)
    reasons = {card.why for card in snapshot.unread} | {snapshot.why, snapshot.order_why}
    words = {str(code): " ".join(SENTENCES[code]) for code in sorted(reasons - {None}, key=str) if code}
    data = snapshot.to_json() | {"sentences": words}
    if call.jobs.is_clustered:
        data["nodes"] = nodes_of(call.jobs)
    if not call.asker.is_administrator:
        _conceal(data)
    return json(data)


async def capabilities(call: Call) -> Response:
    """What can be asked for here, and the limits."""
    return json(await run_in_threadpool(_capabilities, call))


def nodes_of(jobs: Jobs) -> list[dict[str, Any]]:
    """The places of a cluster's other machines, and their workers."""
    return [
        {
            "name": view.node,
            "state": view.state,
            "device": view.device,
            "weights": view.weights,
            "reserved_bytes": view.reserved_bytes,
            "why": None if view.error is None else str(view.error.reason),
        }
        for view in jobs.workers()
        if view.node is not None
    ]


def _standing(call: Call) -> str:
    try:
        if call.jobs.paused is not None:
            return "paused"
        states = {view.state for view in call.jobs.workers()}
    except FusionError:
        return "paused"
    if states & {"ready", "busy"}:
        return "ready"
    return "starting" if "starting" in states else "dead"


def _conceal(data: dict[str, Any]) -> None:
    """Takes out what is the administrator's alone: other people's processes, and where things lie."""
    data["host"]["folder"] = ""
    for gpu in data["gpus"]:
        gpu["processes"] = None


def _capabilities(call: Call) -> dict[str, Any]:
    machine, set_to = call.host.look(), config.load()
    is_served = call.asker.is_served
    return {
        "version": __version__,
        "engines": [str(each) for each in machine.ways.engines],
        "precision": str(machine.ways.precision),
        "enlarger": machine.ways.enlarger,
        "device": machine.place.to_json(),
        "settings": {
            "defaults": Settings().to_json(),
            "choices": {name: list(map(str, kind)) for name, kind in CHOICES.items()}
            | {"output": list(map(str, Tier)), "aspect": list(map(str, Aspect))},
            "ranges": {name: list(bounds) for name, bounds in RANGES.items()},
            "side_px": [MIN_SIDE, MAX_SIDE],
            "presets": list(map(str, Preset)),
        },
        "formats": list(map(str, Format)),
        "statuses": list(dict.fromkeys(told.STATUS.values())),
        "limits": {
            "photo_bytes": set_to.max_upload_bytes,
            "body_bytes": bodies.most_bytes(),
            "sources": MAX_SOURCES,
            "wait_seconds": waiting.MOST_S,
        },
        "consent": {"is_required": True, "wording": CONSENT_WORDING},
        "label": _label(call, is_served),
        "refusal": str(refusal.standing(is_served=is_served)),
        "url_inputs": False,
    }


def _label(call: Call, is_served: bool) -> str | None:
    """What the label says that is drawn into pictures now; None where none is."""
    label = call.jobs.label(call.say.language, is_served=is_served).label
    return None if label is None else label.text
