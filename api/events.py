"""`/v1/predictions/{id}/events`: how far a job is, as it goes, in server-sent events.

`queued` with its place in the line, `started`, `stage` with the share done and the seconds left, `step` for what was
given up since memory ran out, and at the end `succeeded`, `failed` or `canceled` with the whole prediction. An event's
id says what has been told: who comes again with the last one (`Last-Event-ID`) is told the rest, and nothing twice.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import Any

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from api import problems, told
from api.calls import Call
from api.server.streaming import Turns
from fusion.errors import FusionError
from fusion.jobs import JobView
from fusion.types import ENDED, State

LOOK_S = 0.1  # between two looks at a job
HEARTBEAT_S = 15.0  # of silence, after which a comment says that the line is still there
RETRY_MS = 2000  # after which a browser whose line broke comes again
STREAMS = Turns(16, 128)
_LAST = re.compile(r"([01])\.([0-9]{1,3})\.([01])")


@dataclass(frozen=True, slots=True)
class _Told:
    """What somebody has been told: that it began, how many steps, that it ended; and what was last said of it."""

    began: bool = False
    steps: int = 0
    ended: bool = False
    last: object = None

    @property
    def id(self) -> str:
        return f"{int(self.began)}.{self.steps}.{int(self.ended)}"

    @classmethod
    def of(cls, id: str | None) -> _Told:
        found = _LAST.fullmatch(id or "")
        return cls() if found is None else cls(found[1] == "1", int(found[2]), found[3] == "1")


async def events(call: Call) -> Response:
    """The job's events until it has ended; 204 for who was told of its end already."""
    view = await run_in_threadpool(call.view)
    so_far = _Told.of(call.request.headers.get("last-event-id"))
    if so_far.ended and view.progress.state in ENDED:
        return Response(status_code=204, headers=problems.STEADY)
    if call.request.method == "HEAD":
        return Response(headers=problems.STEADY, media_type="text/event-stream")
    asks = call.owner
    if not STREAMS.take(asks):
        raise problems.too_many()
    return _Stream(call, replace(so_far, ended=False), asks)


class _Stream(StreamingResponse):
    """The events, whose turn is over with them, however they end."""

    def __init__(self, call: Call, so_far: _Told, asks: str) -> None:
        headers = {**problems.STEADY, "X-Accel-Buffering": "no"}
        super().__init__(_stream(call, so_far), 200, headers, "text/event-stream")
        self._asks = asks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends them, as an ASGI application."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            STREAMS.give(self._asks)


async def _stream(call: Call, so_far: _Told) -> AsyncIterator[str]:
    yield f"retry: {RETRY_MS}\n\n"
    quiet_since = time.monotonic()
    while not so_far.ended:
        try:
            view, ahead = await run_in_threadpool(_look, call)
        except FusionError as error:  # it was deleted meanwhile
            yield _event("deleted", problems.detailed(call.say, error), so_far.id)
            return
        for name, data, now in _news(call, view, ahead, so_far):
            so_far, quiet_since = now, time.monotonic()
            yield _event(name, data, so_far.id)
        if time.monotonic() - quiet_since >= HEARTBEAT_S:
            quiet_since = time.monotonic()
            yield ": heartbeat\n\n"
        if not so_far.ended:
            await anyio.sleep(LOOK_S)


def _look(call: Call) -> tuple[JobView, int]:
    view = call.view()
    return view, call.jobs.ahead_of(view.id) if view.progress.state == State.QUEUED else 0


def _news(call: Call, view: JobView, ahead: int, so_far: _Told) -> Iterator[tuple[str, dict[str, Any], _Told]]:
    """What has happened that was not told yet, and what has been told then."""
    state = view.progress.state
    if state == State.QUEUED:
        place = ("queued", ahead)
        if so_far.last != place:
            yield "queued", {"position": ahead}, replace(so_far, began=False, last=place)
        return
    if not so_far.began and view.started is not None:
        so_far = replace(so_far, began=True)
        yield "started", {"started_at": view.started}, so_far
    for step in view.steps[so_far.steps :]:
        so_far = replace(so_far, steps=so_far.steps + 1)
        yield "step", step.to_json(), so_far
    if state in ENDED:
        yield told.STATUS[state], told.prediction(call, view), replace(so_far, ended=True)
        return
    far = told.progress(view)
    if far != so_far.last:
        yield "stage", far, replace(so_far, last=far)


def _event(name: str, data: dict[str, Any], id: str) -> str:
    return f"id: {id}\nevent: {name}\ndata: {json.dumps(data, ensure_ascii=True)}\n\n"
