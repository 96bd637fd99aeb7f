"""Memory is given back once more when the script that held what was let go has come to its end."""

from __future__ import annotations

import asyncio

import pytest

from pages.parts.server import Upkeep, housekeeping
from tests.support.app_driver import awaited


def test_a_page_that_takes_long_to_draw_is_tidied_up_after(monkeypatch: pytest.MonkeyPatch) -> None:
    tidied: list[int] = []
    monkeypatch.setattr(housekeeping, "tidy", lambda: tidied.append(1))
    monkeypatch.setattr(housekeeping, "SOON_S", 0.0)
    monkeypatch.setattr(housekeeping, "EVERY_S", 0.01)
    awaited(lived(tidied))


async def lived(tidied: list[int]) -> None:
    upkeep = Upkeep()
    running = asyncio.create_task(upkeep.run(lambda: 0))
    await asyncio.sleep(0.05)
    upkeep.drawn()
    assert not await grows(tidied), "nothing was let go"
    upkeep.soon()
    assert await grows(tidied)
    while await grows(tidied):  # once more a round later, and no more then
        pass
    upkeep.drawn()
    assert await grows(tidied), "the script that held it has ended now"
    running.cancel()


async def grows(tidied: list[int]) -> bool:
    """Whether there is another within some rounds."""
    before = len(tidied)
    for _ in range(20):
        await asyncio.sleep(0.02)
        if len(tidied) > before:
            return True
    return False
