"""Jobs of the history, and what its page shows of them."""

from __future__ import annotations

import contextlib
import sqlite3

from streamlit.testing.v1 import AppTest

from fusion.jobs import Jobs
from fusion.settings import Settings
from pages.parts.server.visitor import LOCAL
from tests.support import fake_pipeline as fake
from tests.support.fixtures.photos import gradient
from tests.support.queued import end
from tests.support.waiting import until


def submit(
    queue: Jobs, settings: Settings | None = None, *, owner: str = LOCAL, batch: str | None = None, **photos: bytes
) -> str:
    target, source = photos.get("target", gradient()), photos.get("source", gradient(80, 100))
    return queue.submit(target, source, settings or Settings(), names=("me.png", "you.png"), owner=owner, batch=batch)


def ended(
    queue: Jobs, settings: Settings | None = None, *, owner: str = LOCAL, batch: str | None = None, **photos: bytes
) -> str:
    """The id of a job that has ended."""
    return end(queue, submit(queue, settings, owner=owner, batch=batch, **photos)).id


def running(queue: Jobs) -> str:
    """The id of a job that computes, slowly."""
    id = submit(queue, Settings(ratio=fake.SLOW))
    until(lambda: queue.view(id).progress.fraction > 0.1)
    return id


def shown(at: AppTest) -> list[str]:
    """Ids of the jobs on the shelf."""
    keys = (button.key or "" for button in at.button)
    return [key.removeprefix("open_") for key in keys if key.startswith("open_")]


def change(queue: Jobs, id: str, **to: str | None) -> None:
    """Make a row of the history say something else."""
    with contextlib.closing(sqlite3.connect(queue.ledger.path)) as file, file:
        names = ", ".join(f"{name} = ?" for name in to)
        file.execute(f"UPDATE jobs SET {names} WHERE id = ?", [*to.values(), id])
