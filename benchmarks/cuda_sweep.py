"""Whatever a card's memory does to a job, the job ends with a picture: played through on an emulated card.

    python -m benchmarks.cuda_sweep failures              wherever the code asks for memory it is refused, once
    python -m benchmarks.cuda_sweep failures --numbered   likewise each single time that it asks
    python -m benchmarks.cuda_sweep sizes                 cards from 40 to 4000 MiB

With `--weights FOLDER` (as `benchmarks.synthetic_weights` makes it) the unet engine, else the landmark engine.
A line for each job; the last one counts those that were lost. Exit code 1 if there are any. What all came to goes to
results/cuda_sweep.jsonl. Nothing is timed, and no card was there: it says nothing of a card's own memory.

After a refusal the job's picture is compared with that of a job which began on the rung where it ended, so that one
job that went wrong shows in the next; the job without a refusal follows after every `--after`th. `--share 1/2` plays
every second refusal, from the first: two processes play them all.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.shared import common
from benchmarks.shared.emulated_card import Card
from benchmarks.shared.emulated_jobs import Ended, on_card_of, process
from fusion.memory import Step
from fusion.photos import samples
from fusion.settings import Settings
from fusion.types import EngineName, Precision, Switch, Tier
from fusion.units import MIB
from fusion.weights.locate import UnetFiles, files_in, unet_files
from fusion.worker import run_job

_LEAST, _MOST, _GROWTH = 40, 4000, 1.25  # MiB; of one card over the one before


@dataclass(frozen=True, slots=True)
class Asked:
    """Which job."""

    settings: Settings
    files: Callable[[], UnetFiles] = unet_files


@dataclass(frozen=True, slots=True)
class Which:
    """Which refusals are played.

    Attributes:
        numbered: by the number of the block, else by the line of the product that asks for it.
        every: so many apart, 1 for all.
        share: its number, from 1, and how many there are.
        after: after so many of them the same job without one, which must come out as it does alone.
    """

    numbered: bool
    every: int = 1
    share: tuple[int, int] = (1, 1)
    after: int = 1

    def of(self, lines: Sequence[str]) -> Sequence[int]:
        """Their numbers, from 1, of a job that asks for memory at these lines."""
        numbers = [*range(1, len(lines) + 1)]
        if not self.numbered:
            numbers = [lines.index(line) + 1 for line in dict.fromkeys(lines)]
        first, step = self.share
        return numbers[:: self.every][first - 1 :: step]


def failures(asked: Asked, which: Which) -> Iterator[tuple[str, Ended]]:
    """A job for each refusal."""
    with Card() as card, process(card, _photos(), asked.files) as jobs:
        jobs.run(asked.settings)
        jobs.rest()
        alone, lines = jobs.traced(asked.settings)
        known: dict[tuple[Step, ...], Ended] = {(): alone}
        gc.collect()
        gc.freeze()  # each job collects what it leaves, and would go through all of torch for it
        for count, number in enumerate(which.of(lines), 1):
            card.fail_at(number)
            ended = jobs.run(asked.settings)
            card.fail_at(0)
            if ended.steps not in known and not ended.further:
                known[ended.steps] = jobs.run(asked.settings, steps=ended.steps)
            yield f"{number} {lines[number - 1]}", _like(ended, known.get(ended.steps, Ended()))
            if not count % which.after:
                yield f"{number} and after", _like(jobs.run(asked.settings), alone)


def sizes(asked: Asked) -> Iterator[tuple[str, Ended]]:
    """A job on cards of many sizes."""
    photos = _photos()
    for size in capacities():
        for ended in on_card_of(round(size * MIB), photos, asked.settings, asked.files):
            yield f"{size:.0f} MiB", ended


def capacities() -> Iterator[float]:
    """Of the cards of `sizes`, MiB, the first and the last included."""
    size = float(_LEAST)
    while size < _MOST:
        yield size
        size *= _GROWTH
    yield _MOST


def _photos() -> run_job.Photos:
    return run_job.Reader().read_pair(*samples.sample_pair())


def _like(ended: Ended, alone: Ended) -> Ended:
    """The job, which is lost if it gave another picture than one alone did; its bytes beyond those that the other left.

    A rung may have moved networks away, so that there are fewer than before: of these no others may stay.
    """
    ended = replace(ended, stays=ended.stays - alone.stays)
    if ended.further or ended.pixels is None or alone.pixels is None:
        return ended
    same = np.array_equal(ended.pixels, alone.pixels)
    return ended if same else replace(ended, why=ended.why or "another picture")


def _share(text: str) -> tuple[int, int]:
    first, _, count = text.partition("/")
    if not 1 <= int(first) <= int(count or 0):
        raise argparse.ArgumentTypeError(f"{text}: not a share such as 1/2")
    return int(first), int(count)


def _asked(given: argparse.Namespace) -> Asked:
    name = EngineName.LANDMARK if given.weights is None else EngineName.UNET
    settings = Settings(
        engine=name, output=Tier(given.output), two_stage=Switch(given.two_stage), precision=Precision(given.precision)
    )
    return Asked(settings) if given.weights is None else Asked(settings, lambda: files_in(given.weights))


def main() -> int:
    """Play what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["failures", "sizes"])
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--output", default="1024")
    parser.add_argument("--two-stage", default="auto")
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--numbered", action="store_true")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--share", type=_share, default=(1, 1))
    parser.add_argument("--after", type=int, default=1)
    given = parser.parse_args()
    if given.weights is not None:
        os.environ["FUSEWISE_WEIGHTS"] = str(given.weights)  # also for the processor, where a job goes on
    asked = _asked(given)
    which = Which(given.numbered, given.every, given.share, given.after)
    played = sizes(asked) if given.what == "sizes" else failures(asked, which)
    ends: list[tuple[str, Ended]] = []
    for name, ended in played:
        ends.append((name, ended))
        print(f"{'LOST' if _is_lost(ended) else 'well'}  {name}: {_told(ended)}", flush=True)
    lost = sum(_is_lost(ended) for _, ended in ends)
    common.record("cuda_sweep", {**_facts(given, asked), "jobs": len(ends), "lost": lost, "ends": _ends(given, ends)})
    print(f"{lost} of {len(ends)} jobs lost")
    return 1 if lost else 0


def _is_lost(ended: Ended) -> bool:
    return not ended.is_well and not ended.further


def _told(ended: Ended) -> str:
    return f"{ended.said}, {ended.peak / MIB:.0f} MiB"


def _facts(given: argparse.Namespace, asked: Asked) -> dict[str, Any]:
    settings = asked.settings
    names = ("engine", "output", "two_stage", "precision")
    chosen = ("numbered", "every", "share", "after")
    apart = {} if given.what == "sizes" else {name: getattr(given, name) for name in chosen}
    return {"part": given.what, "device": "emulated card", **{name: getattr(settings, name) for name in names}, **apart}


def _ends(given: argparse.Namespace, ends: Sequence[tuple[str, Ended]]) -> dict[str, Any]:
    """Of cards, how each job ended; of refusals, how many ended in each way."""
    if given.what == "sizes":
        found: dict[str, list[str]] = {}
        for name, ended in ends:
            found.setdefault(name, []).append(_told(ended))
        return found
    return dict(Counter("after" if name.endswith(" and after") else ended.said for name, ended in ends))


if __name__ == "__main__":
    sys.exit(main())
