"""The queue under fire: workers and apps die while jobs come in from all sides. For `benchmarks.soak`."""

from __future__ import annotations

import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.shared.common import verdict
from benchmarks.soak.app import THREADS, App, Order
from benchmarks.soak.rows import Rows, faults
from fusion.jobs import Priority
from fusion.photos import samples
from fusion.settings import Settings
from fusion.types import EngineName, State, Tier

AHEAD = 30  # jobs that are sent before those before them are done
BURST = 2 * THREADS  # more of them, just before an app ends
LATE_S = 0.4  # at most so long after its job count is reached an attack comes: within some job, at no fixed stage
TWICE = 3  # jobs that are run calmly twice, to see that the same settings give the same pixels
STUCK_S = 90.0
POLL_S = 0.02


def orders(count: int, photos: Path, seed: int) -> list[Order]:
    """Jobs of which no two give the same picture, in two priorities."""
    target, source = (photos / name for name in samples.names())
    for file, data in zip((target, source), samples.sample_pair(), strict=True):
        file.write_bytes(data)
    chance = random.Random(seed)
    ratios = [0.2 + 0.8 * number / count for number in range(count)]
    chance.shuffle(ratios)
    return [
        Order(
            f"job-{number}",
            Settings(EngineName.LANDMARK, ratio=ratio, brightness=(number % 5) / 20, output=Tier.T512),
            target,
            source,
            chance.choice(list(Priority)),
        )
        for number, ratio in enumerate(ratios)
    ]


class Siege:
    """One run.

    Args:
        data: an empty data folder.
        wanted: the jobs.
        kills: of the worker.
        seed: of the moments.
    """

    def __init__(self, data: Path, wanted: Sequence[Order], kills: int, seed: int) -> None:
        self.rows = Rows(data)
        self.facts: Counter[str] = Counter()
        self.acknowledged: list[str] = []
        self.by_hand: set[str] = set()
        self._data, self._wanted = data, wanted
        self._chance = random.Random(seed)
        self._allowed = AHEAD
        self._changed = threading.Condition()
        self._app: App | None = App(data)
        self._last: App | None = None
        self._plan = self._moments(kills)

    def run(self) -> None:
        """Until every job is done, or nothing has happened for long."""
        threads = [threading.Thread(target=self._send_all, args=(n,), daemon=True) for n in range(THREADS)]
        for thread in threads:
            thread.start()
        done, since = -1, time.monotonic()
        while done < len(self._wanted) and time.monotonic() - since < STUCK_S:
            now = self.rows.counts()[State.DONE]
            done, since = (now, time.monotonic()) if now != done else (done, since)
            self._allow(AHEAD + done)
            while self._plan and self._plan[0][0] <= done:
                time.sleep(self._chance.uniform(0.0, LATE_S))
                after, how = self._plan.pop(0)
                getattr(self, how)()
                print(f"{how} after {after} jobs, {len(self.acknowledged)} acknowledged", flush=True)
            if failed := self.rows.ids(State.FAILED):
                self._retry(failed, "failed")
            time.sleep(POLL_S)
        assert self._app is not None
        self._app.end()
        self.facts["left_over_workers"] = int(self.rows.worker() is not None)

    def _moments(self, kills: int) -> list[tuple[int, str]]:
        """After how many jobs what happens: spread over the run, but at random within each part of it."""
        count = len(self._wanted)
        killed = [(int(count * (part + self._chance.random()) / kills), "kill_worker") for part in range(kills)]
        ends = [(int(count * self._chance.uniform(*part)), how) for part, how in (
            ((0.2, 0.4), "kill_app"), ((0.5, 0.7), "end_app")
        )]  # fmt: skip
        return sorted((min(after, count - 2), how) for after, how in killed + ends)

    def kill_worker(self) -> None:
        """SIGKILL to whichever worker lives, warm or not."""
        until = time.monotonic() + STUCK_S
        while (worker := self.rows.worker()) is None and time.monotonic() < until:
            time.sleep(POLL_S)
        if worker is None:
            raise RuntimeError("no worker has come up")
        worker.kill()
        self.facts["workers_killed"] += 1
        psutil.wait_procs([worker], timeout=10.0)

    def kill_app(self) -> None:
        """SIGKILL to the app, whose worker shall end by itself."""
        self._restart("kill")

    def end_app(self) -> None:
        """An orderly end."""
        self._restart("end")

    def _restart(self, how: str) -> None:
        app, self._app = self._app, None
        assert app is not None
        self._allow(self._allowed + BURST, app)
        time.sleep(self._chance.uniform(0.0, 0.05))
        getattr(app, how)()
        self.facts["apps_ended"] += 1
        app = App(self._data)
        with self._changed:
            self._app = app
            self._changed.notify_all()
        until = time.monotonic() + 10.0  # until it has taken over: its first act
        while self.rows.worker() is None and time.monotonic() < until:
            time.sleep(POLL_S)
        self._retry(self.rows.ids(State.INTERRUPTED), "interrupted")

    def _retry(self, ids: Sequence[str], why: str) -> None:
        assert self._app is not None
        self.facts[f"retried_{why}"] += self._app.retry(ids) if ids else 0
        self.by_hand.update(ids)

    def _allow(self, count: int, last: App | None = None) -> None:
        """Let jobs be sent up to that many; `last`: to this app, although it is about to end."""
        with self._changed:
            self._allowed = max(count, self._allowed)
            self._last = last
            self._changed.notify_all()

    def _send_all(self, first: int) -> None:
        for number in range(first, len(self._wanted), THREADS):
            self._send(number)

    def _send(self, number: int) -> None:
        order, is_unsure = self._wanted[number], False
        while True:
            with self._changed:
                self._changed.wait_for(lambda: number < self._allowed and (self._app or self._last) is not None)
                app = self._app or self._last
            assert app is not None
            if is_unsure and self.rows.has(order.name):
                self.facts["found_though_unacknowledged"] += 1
                break
            if app.submit(order):
                break
            is_unsure = True
            self.facts["unacknowledged"] += 1
            with self._changed:  # the app has ended, or will
                self._changed.wait_for(partial(self._is_after, app))
        self.acknowledged.append(order.name)

    def _is_after(self, app: App) -> bool:
        return self._app not in (None, app)


def calm(data: Path, wanted: Sequence[Order]) -> None:
    """Run the same jobs with nobody disturbing them."""
    app, rows, until = App(data), Rows(data), time.monotonic() + STUCK_S + len(wanted)
    for order in wanted:
        app.submit(order)
    while rows.counts()[State.DONE] < len(wanted) and time.monotonic() < until:
        time.sleep(POLL_S)
    app.end()


def is_deterministic(one: Path, other: Path) -> bool:
    """Whether two processes have made the same pixels of the same settings, where both did."""
    there = {row.name: row.id for row in Rows(one).all()}
    return all(
        np.array_equal(Rows(one).pixels(there[row.name]), Rows(other).pixels(row.id)) for row in Rows(other).all()
    )


def queue(count: int, kills: int, seed: int) -> tuple[dict[str, Any], bool]:
    """The whole part: its facts, and whether it passed."""
    with tempfile.TemporaryDirectory(prefix="fusewise-soak-") as folder:
        data, quiet, again = (Path(folder) / name for name in ("data", "calm", "again"))
        wanted = orders(count, Path(folder), seed)
        began = time.monotonic()
        siege = Siege(data, wanted, kills, seed)
        siege.run()
        seconds = time.monotonic() - began
        calm(quiet, wanted)
        calm(again, wanted[:TWICE])
        same = is_deterministic(quiet, again)
        found = faults(data, quiet, siege.acknowledged, frozenset(siege.by_hand))
        died = sum(row.deaths > 0 for row in siege.rows.all())
    facts = {
        "part": "queue", "jobs": count, "acknowledged": len(siege.acknowledged), "seed": seed,
        "seconds": round(seconds, 1), **siege.facts, "ran_again_after_a_death": died, "is_deterministic": same,
        **{name: len(names) for name, names in asdict(found).items()},
    }  # fmt: skip
    good = len(siege.acknowledged) == count and found.count == 0 and same and not siege.facts["left_over_workers"]
    for name, names in asdict(found).items():
        print(f"{name:12} {len(names)}  bar 0: {verdict(not names)}", *names[:5], sep="\n    " if names else "")
    print(", ".join(f"{name} {value}" for name, value in facts.items()))
    return facts, good
