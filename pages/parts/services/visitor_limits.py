"""How much visitors may have of the server at once: connections and uploads. ASGI middleware.

Who is refused is told so in a sentence and a status of HTTP; a browser tries again by itself.
"""

from __future__ import annotations

import secrets

import anyio
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fusion.units import MIB
from pages.parts.server import idle_sessions, pending_uploads
from pages.parts.services.services import guard

PIECE_S = 60.0  # so long none of an upload comes before it counts as broken off
DRAINED, DRAINED_S = 64 * MIB, 10.0  # bytes and seconds of a refused upload, which nothing keeps
_UPLOADS = "/_stcore/upload_file/"
_GONE = (1000, 1001)  # codes with which a browser says that it has closed the page; a network that fails says nothing
_FULL = pending_uploads.Refusal(503, "Too many pages are open just now: close some, or try again in a minute.")
_BROKEN_OFF = pending_uploads.Refusal(408, "The file stopped coming.")


class _Cut(Exception):
    """An upload goes no further."""

    def __init__(self, why: pending_uploads.Refusal) -> None:
        super().__init__(why.why)
        self.why = why


class Gate:
    """Lets in what there is room for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers as the app does, or refuses."""
        if scope["type"] == "websocket":
            await self._connect(scope, receive, send)
        elif scope["type"] == "http" and scope["method"] == "PUT" and _UPLOADS in scope["path"]:
            await self._upload(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        here, name = guard(), secrets.token_hex(8)
        others = [header for header in scope["headers"] if header[0] != idle_sessions.CONNECTION.encode()]
        named = {**scope, "headers": [*others, (idle_sessions.CONNECTION.encode(), name.encode())]}
        left: list[str] = []

        async def watched() -> Message:
            message = await receive()
            if message["type"] == "websocket.disconnect" and message.get("code") in _GONE:
                left.extend(filter(None, [here.sessions.at(name)]))
            return message

        with here.connection(HTTPConnection(scope)) as may:
            if not may:
                await _refuse_connection(scope, receive, send)
                return
            try:
                await self._app(named, watched, send)
            finally:
                for session in set(left) & set(here.sessions.left()):
                    here.sessions.close(session)
                here.sweep()
                here.upkeep.soon()

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        here = guard()
        *_, session, file = scope["path"].split("/")
        length = HTTPConnection(scope).headers.get("content-length", "0")
        coming = here.pending.begin(session, file, int(length) if length.isdecimal() else 0)
        if isinstance(coming, pending_uploads.Refusal):
            await _drain(receive)
            await _refuse(coming, scope, receive, send)
            return
        is_begun = False

        async def noted(message: Message) -> None:
            nonlocal is_begun
            is_begun = True
            await send(message)

        try:
            await self._app(scope, _counted(receive, here.pending, coming), noted)
        except _Cut as cut:
            if not is_begun:
                await _drain(receive)
                await _refuse(cut.why, scope, receive, send)
        finally:
            here.pending.end(coming, here.sessions.is_known(session))
            here.upkeep.soon()


def _counted(receive: Receive, pending: pending_uploads.Pending, coming: pending_uploads.Coming) -> Receive:
    """The same, as long as there is room for what comes."""
    count = 0

    async def counted() -> Message:
        nonlocal count
        try:
            with anyio.fail_after(PIECE_S):
                message = await receive()
        except TimeoutError as error:
            raise _Cut(_BROKEN_OFF) from error
        count += len(message.get("body", b""))
        refusal = pending.grow(coming, count) if count > coming.bytes else None
        if refusal is not None:
            raise _Cut(refusal)
        return message

    return counted


async def _drain(receive: Receive) -> None:
    """Let some of what is refused come and go: who is cut off while sending never reads the answer."""
    left = DRAINED
    with anyio.move_on_after(DRAINED_S):
        while left > 0:
            message = await receive()
            left -= len(message.get("body", b""))
            if message["type"] != "http.request" or not message.get("more_body", False):
                return


async def _refuse_connection(scope: Scope, receive: Receive, send: Send) -> None:
    if "websocket.http.response" in scope.get("extensions", {}):
        await _refuse(_FULL, scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 1013, "reason": _FULL.why})


async def _refuse(refusal: pending_uploads.Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    headers = {"Connection": "close", "Cache-Control": "no-store"}
    if refusal.status in (429, 503):
        headers["Retry-After"] = "30"
    await PlainTextResponse(refusal.why, refusal.status, headers)(scope, receive, send)
