"""A job as a program is told of it: in the words of Replicate's clients, and all that our command lines tell beside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from api import problems
from api.calls import Call
from fusion import __version__
from fusion.jobs import JobView
from fusion.types import State

PATH = "/v1/predictions"
STATUS: Mapping[State, str] = MappingProxyType(
    {
        State.QUEUED: "starting",
        State.RUNNING: "processing",
        State.DONE: "succeeded",
        State.FAILED: "failed",
        State.INTERRUPTED: "failed",
        State.CANCELLED: "canceled",
    }
)


def prediction(call: Call, view: JobView) -> dict[str, Any]:
    """The job as it is now."""
    error, urls = view.error, _urls(call, view)
    return {
        "id": view.id,
        "model": "fusewise",
        "version": __version__,
        "status": STATUS[view.progress.state],
        "created_at": _moment(view.made),
        "started_at": _moment(view.started),
        "completed_at": _moment(view.ended),
        "input": {"settings": view.settings.to_json()},
        "output": urls["output"] if view.outcome else None,
        "error": error and " ".join(call.say.error(error)),
        "problem": error and problems.detailed(call.say, error),
        "logs": "\n".join(map(call.say.notice, view.outcome.facts.notices)) if view.outcome else "",
        "progress": progress(view),
        "metrics": _metrics(view),
        "urls": urls,
        "job": view.to_json(),
    }


def progress(view: JobView) -> dict[str, Any]:
    """How far it is."""
    now = view.progress
    left = None if now.seconds_left is None else round(now.seconds_left, 2)
    return {"stage": now.stage and str(now.stage), "fraction": round(now.fraction, 4), "seconds_left": left}


def _metrics(view: JobView) -> dict[str, Any]:
    cost = view.measurement
    return {
        "predict_time": cost and round(cost.seconds, 4),
        "queue_time": view.started and round(max(0.0, view.started - view.made), 4),
        "peak_bytes": cost and cost.peak_bytes,
        "expected_seconds": view.expected_s,
    }


def _urls(call: Call, view: JobView) -> dict[str, str]:
    own = f"{root(call)}{PATH}/{view.id}"
    inner = {name: f"{own}/{name}" for name in ("cancel", "output", "recipe", "diagnosis")}
    return {"get": own, "stream": f"{own}/events", **inner}


def root(call: Call) -> str:
    """What every address begins with, as whoever asks has written it, to this server or to a proxy before it."""
    url, passed_on = call.request.url, call.request.headers.get("x-forwarded-proto", "").partition(",")[0].strip()
    scheme = "https" if passed_on.lower() == "https" else url.scheme
    return f"{scheme}://{url.netloc}{call.host.base}"


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
