"""A dispatcher without a running lane, for tests that stand in for the lane."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from fusion.cluster import Slots
from fusion.jobs.disk_reserve import Room
from fusion.jobs.pending_writes import WRONG_AFTER
from fusion.jobs.scheduler import Dispatcher
from fusion.jobs.view import BEFORE, OUTPUT
from fusion.jobs.worker_slot import Lane
from fusion.storage import App, Archive, Ledger, PhotoFiles, Record, Records, Roster, Store
from fusion.types import State
from fusion.worker import Starter
from tests.support.fixtures.facts import facts
from tests.support.queued import PHOTO
from tests.support.rows import job


class House:
    """A dispatcher and all that it writes with; a lane that nobody started stands for any."""

    def __init__(self, data: Path) -> None:
        store = Store(data / "fusewise.db")
        self.records, self.archive, self.photos = (
            Records(store, App.this()),
            Archive(store),
            PhotoFiles(data / "photos"),
        )
        self.store, self.folder = store, data / "jobs"
        roster, ledger = Roster(store, App.this()), Ledger(store.path)
        self.dispatcher = Dispatcher(
            self.records, self.archive, roster, ledger, self.photos, self.folder, (), None, Room(data)
        )
        self.lane = self.dispatcher.slots.all[0]

    def staff(self, *lanes: Any) -> None:
        """Have these in place of the lanes that there are."""
        self.dispatcher.slots = Slots(lanes, None, _none, self.folder, has_cards=False)

    def run(self, **changes: object) -> Record:
        """A job that runs, with its files."""
        sha = self.photos.put(PHOTO)
        record = job(**{"target": sha, "source": sha, **changes})
        assert self.records.add(record)
        return self.claim()

    def claim(self) -> Record:
        found = self.records.claim()
        assert found is not None
        at = self.folder / found.id
        at.mkdir(parents=True, exist_ok=True)
        for name in (OUTPUT, BEFORE):
            (at / name).write_bytes(b"12345")
        return found

    def state(self, record: Record) -> State:
        return self.records.get(record.id).state

    def settle(self) -> None:
        for _ in range(2 * WRONG_AFTER + 2):
            self.dispatcher._debts.pay(at_once=True)


def _none(log: Path, *, node: str, starter: Starter) -> Lane:
    raise NotImplementedError  # without a cluster there is no other place


def done(record: Record, **changes: Any) -> Record:
    """The job as a lane tells of it once it has its result."""
    return replace(record, **{"state": State.DONE, "facts": facts(), "recipe": {}, **changes})
