"""The queue while everything around it fails: errors of any class in any callback and write, workers killed, cancels
that come late. For `benchmarks.soak`.

The workers are real processes with the pipeline of `tests/support/fake_pipeline.py`, which computes nothing.
"""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.shared.common import verdict
from benchmarks.soak.rows import FILES, Rows
from benchmarks.soak.saboteur import Saboteur, Spoilt
from benchmarks.soak.storm import Storm
from fusion.jobs import Jobs, queue_base
from fusion.jobs.scheduler import Dispatcher
from fusion.types import AGAIN, State
from fusion.worker import protocol, supervisor

LANES = ("", "")  # no card: two workers on the processor
OFFICE = (
    "claim", "request", "ended", "again", "stepped", "done", "previewed", "idle", "born", "buried", "dead",
    "pay", "heed", "hand_out", "revive", "reconcile",
)  # fmt: skip
STORES = {
    "records": ("claim", "requeue", "step", "end", "runs", "is_known", "has_waiting", "running", "unwanted", "pick_up",
                "fail_waiting"),
    "archive": ("remove_unwanted", "choose"),
    "roster": ("add", "bury"),
    "ledger": ("add",),
    "photos": ("path", "remove"),
}  # fmt: skip


class Ends:
    """Counts how often each run of a job was ended well in the database: more than once is doubled."""

    def __init__(self) -> None:
        self.ends: Counter[tuple[str, float | None]] = Counter()

    def watch(self, records: Any) -> None:
        """Have it count."""
        end = records.end

        def counted(record: Any) -> bool:
            good = bool(end(record))
            self.ends[record.id, record.started] += good
            return good

        records.end = counted


def dispatcher_of(saboteur: Saboteur, ends: Ends) -> type[Dispatcher]:
    """A dispatcher whose every callback, and everything it writes with, fails now and then."""

    class Faulty(Dispatcher):
        def __init__(self, records: Any, archive: Any, roster: Any, ledger: Any, photos: Any, *rest: Any) -> None:
            ends.watch(records)
            for name in OFFICE:
                setattr(self, name, saboteur.spoil(f"dispatcher.{name}", getattr(self, name)))
            stores = zip((records, archive, roster, ledger, photos), STORES.items(), strict=True)
            spoilt: list[Any] = [Spoilt(whole, names, saboteur, who) for whole, (who, names) in stores]
            super().__init__(*spoilt, *rest)

    return Faulty


@contextlib.contextmanager
def spoilt_queue(data: Path, saboteur: Saboteur, ends: Ends) -> Iterator[Jobs]:
    """A queue in which everything fails now and then."""
    with contextlib.ExitStack() as stack:
        environment = {"FUSEWISE_PIPELINE": "tests.support.fake_pipeline:FakePipeline", "FUSEWISE_DATA": str(data)}
        stack.enter_context(mock.patch.dict(os.environ, environment))
        for module, name, value in (
            (queue_base, "Dispatcher", dispatcher_of(saboteur, ends)),
            (protocol, "event", saboteur.spoil("wire.event", protocol.event)),
            (supervisor, "_BACK_OFF_S", (0.0, 0.0, 0.1)),
            (supervisor, "_REVIVE_S", (0.2,)),
        ):
            stack.enter_context(mock.patch.object(module, name, value))
        logging.getLogger("fusion.threads").setLevel(logging.CRITICAL)
        stack.callback(logging.getLogger("fusion.threads").setLevel, logging.NOTSET)
        queue = Jobs(data / "jobs", cards=LANES)
        stack.callback(queue.close)
        queue.start()
        yield queue


def _wrong(data: Path, storm: Storm, stuck: tuple[str, ...], ends: Ends) -> dict[str, list[str]]:
    """What is wrong with a data folder after all has ended: ids by kind; all should be empty."""
    rows = {row.id: row for row in Rows(data).all()}
    folders = {folder.name for folder in (data / "jobs").iterdir()}
    lost, other, broken = [], [], []
    for id, wish in storm.wanted.items():
        if id not in rows:
            lost += [id] if wish != "deleted" else []
            continue
        state = rows[id].state
        allowed = {"done": {State.DONE}, "cancelled": {State.DONE, *AGAIN}, "deleted": set()}[wish]
        if state not in allowed and id not in stuck:
            other.append(f"{id} is {state}, wanted {wish}")
        if state == State.DONE:
            try:
                Rows(data).pixels(id)
                whole = {file.name for file in (data / "jobs" / id).iterdir()} == FILES
            except OSError:
                whole = False
            broken += [] if whole else [id]
    done = {id for id, row in rows.items() if row.state == State.DONE}
    doubled = [*storm.twice, *(id for (id, _), count in ends.ends.items() if count > 1)]
    return {"lost": lost, "stuck": list(stuck), "doubled": doubled, "other": other, "broken": broken,
            "left_over": sorted(folders - done)}  # fmt: skip


def faults(count: int, seed: int) -> tuple[dict[str, Any], bool]:
    """The whole part: its facts, and whether it passed.

    Args:
        count: of faults.
    """
    began = time.monotonic()
    saboteur, ends = Saboteur(count, seed), Ends()
    with tempfile.TemporaryDirectory(prefix="fusewise-soak-") as folder:
        data = Path(folder)
        with spoilt_queue(data, saboteur, ends) as queue:
            storm = Storm(queue, data, saboteur, max(3, count // 10), seed)
            storm.rage()
            stuck = storm.calm()
            storm.sweep()
            error = queue.ledger_error
            found = _wrong(data, storm, stuck, ends)
    facts: dict[str, Any] = {
        "part": "faults", "faults": sum(saboteur.thrown.values()), "seed": seed, "jobs": len(storm.wanted),
        "seconds": round(time.monotonic() - began, 1), **storm.facts, "places": dict(sorted(saboteur.thrown.items())),
        "classes": dict(sorted(saboteur.classes.items())), "error_left": error and error.message,
        **{name: len(names) for name, names in found.items()},
    }  # fmt: skip
    good = not any(found.values()) and facts["faults"] >= count
    for name, names in found.items():
        print(f"{name:10} {len(names)}  bar 0: {verdict(not names)}", *names[:5], sep="\n    " if names else "")
    print(f"{facts['faults']} faults in {len(saboteur.thrown)} places, {facts['jobs']} jobs, {facts['seconds']} s")
    return facts, good
