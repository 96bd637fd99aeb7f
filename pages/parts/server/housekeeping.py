"""What is done beside the pages while the server runs: sessions are closed, memory is given back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool

from pages.parts.server.process_memory import tidy

EVERY_S = 5.0
SOON_S = 1.0  # after something was let go: the script that did so has ended by then, mostly
_LOG = logging.getLogger(__name__)


class Upkeep:
    """One per server. Before it runs, and in a process without a server, it does nothing."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wanted = asyncio.Event()
        self._is_owed = self._is_let_go = False

    def soon(self) -> None:
        """Something large was let go: have its memory given back in a moment. Of any thread."""
        self._is_let_go = True
        self._wake()

    def drawn(self) -> None:
        """A page has been drawn: what was let go before was held by its script until now, however long that took."""
        if self._is_let_go:
            self._is_let_go = False
            self._wake()

    def _wake(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wanted.set)

    async def run(self, sweep: Callable[[], int]) -> None:
        """Until it is cancelled. An error is logged, and the next round comes all the same.

        Args:
            sweep: closes what was left, on the event loop, and says how much that was.
        """
        self._loop = asyncio.get_running_loop()
        while True:
            try:
                await self._round(sweep)
            except Exception:
                _LOG.exception("The server's upkeep failed; it goes on")
                await asyncio.sleep(EVERY_S)

    async def _round(self, sweep: Callable[[], int]) -> None:
        try:
            await asyncio.wait_for(self._wanted.wait(), EVERY_S)
            is_wanted = True
        except TimeoutError:
            is_wanted = False
        if not (sweep() or is_wanted or self._is_owed):
            return
        self._is_owed = is_wanted  # once more a round later: a script may have held something the first time
        await asyncio.sleep(SOON_S)
        self._wanted.clear()
        await run_in_threadpool(tidy)
        await asyncio.sleep(SOON_S)  # a collection holds all threads: not one after the other
