"""Bytes that are sent piece by piece, and let go as soon as whoever asked for them leaves. No Streamlit."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Generator, Mapping

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from fusion.errors import FusionError

STALLED_S = 120.0  # so long nobody takes a piece before it counts as left
_LOG = logging.getLogger(__name__)


class Sender(Response):
    """An answer in pieces.

    It ends early where the source fails or nobody takes a piece for long: visibly so, since a length was promised, or
    the last chunk is missing. Nothing of the source is opened for HEAD.

    Args:
        source: opens what is sent; whatever comes out of it is closed at the end.
        length: of it all, in bytes; None where it is not known before.
        until: called once, when it is over.
    """

    def __init__(
        self,
        source: Callable[[], Generator[bytes, None, None]],
        length: int | None,
        media_type: str,
        headers: Mapping[str, str],
        until: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(media_type=media_type, headers=headers)
        if length is None:
            del self.headers["Content-Length"]  # Starlette has counted the bytes of an answer without any
        else:
            self.headers["Content-Length"] = str(length)
        self._source, self._until = source, until

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it, as an ASGI application."""
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            if scope["method"] == "HEAD":
                await send({"type": "http.response.body"})
                return
            async with anyio.create_task_group() as both:
                both.start_soon(_left, receive, both.cancel_scope)
                await self._send(send)
                both.cancel_scope.cancel()
        finally:
            self._until()

    async def _send(self, send: Send) -> None:
        pieces = self._source()
        try:
            while piece := await run_in_threadpool(next, pieces, b""):
                with anyio.fail_after(STALLED_S):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body"})
        # A TimeoutError too. The server cuts a connection whose answer is not complete.
        except (OSError, FusionError) as error:
            _LOG.warning("A download ended early: %s", error or "nobody took it any more")
        finally:
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(pieces.close)


class Turns:
    """How many things go on at once, in sum and for each visitor. Used by one thread, the server's."""

    def __init__(self, each: int, every: int) -> None:
        self._each, self._every = each, every
        self._now: Counter[str] = Counter()

    def take(self, visitor: str) -> bool:
        """Begin one, unless there are enough."""
        if self._now[visitor] >= self._each or self._now.total() >= self._every:
            return False
        self._now[visitor] += 1
        return True

    def give(self, visitor: str) -> None:
        """End one."""
        self._now[visitor] -= 1
        if self._now[visitor] <= 0:
            del self._now[visitor]

    def of(self, visitor: str) -> int:
        """How many go on."""
        return self._now.get(visitor, 0)

    @property
    def total(self) -> int:
        """Of everybody."""
        return self._now.total()


async def _left(receive: Receive, scope: anyio.CancelScope) -> None:
    """Waits until whoever asked has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
