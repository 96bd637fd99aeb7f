"""Whatever a card's memory does to a job, the job ends with a picture: played through on an emulated card.

    python -m benchmarks.cuda_sweep failures              wherever the code asks for memory it is refused, once
    python -m benchmarks.cuda_sweep failures --numbered   likewise each single time that it asks
    python -m benchmarks.cuda_sweep sizes                 cards from 40 to 4000 MiB

With `--weights FOLDER` (as `benchmarks.synthetic_weights` makes it) the unet engine, else the landmark engine.
A line for each job; the last one counts those that were lost. Exit code 1 if there are any.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.shared.emulated_card import Card
from benchmarks.shared.emulated_jobs import Ended, Jobs, on_card_of, process
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


def failures(asked: Asked, every: int, *, numbered: bool) -> Iterator[tuple[str, Ended]]:
    """A job for each refusal, and after each the same job without one, which must come out as it does alone.

    Args:
        every: so many refusals apart, 1 for all.
        numbered: by the number of the block, else by the line of the product that asks for it.
    """
    with Card() as card, process(card, _photos(), asked.files) as jobs:
        jobs.run(asked.settings)
        jobs.rest()
        alone, lines = jobs.traced(asked.settings)
        numbers = range(1, len(lines) + 1) if numbered else [lines.index(line) + 1 for line in dict.fromkeys(lines)]
        for number in [*numbers][::every]:
            card.fail_at(number)
            yield f"{number} {lines[number - 1]}", jobs.run(asked.settings)
            card.fail_at(0)
            yield f"{number} and after", _like(jobs, asked.settings, alone)


def sizes(asked: Asked) -> Iterator[tuple[str, Ended]]:
    """A job on cards of many sizes."""
    photos, size = _photos(), float(_LEAST)
    while size <= _MOST:
        for ended in on_card_of(round(size * MIB), photos, asked.settings, asked.files):
            yield f"{size:.0f} MiB", ended
        size *= _GROWTH


def _photos() -> run_job.Photos:
    return run_job.Reader().read_pair(*samples.sample_pair())


def _like(jobs: Jobs, settings: Settings, alone: Ended) -> Ended:
    ended = jobs.run(settings)
    same = ended.pixels is not None and alone.pixels is not None and np.array_equal(ended.pixels, alone.pixels)
    return ended if same else replace(ended, why=ended.why or "another picture")


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
    given = parser.parse_args()
    asked, lost, count = _asked(given), 0, 0
    played = sizes(asked) if given.what == "sizes" else failures(asked, given.every, numbered=given.numbered)
    for name, ended in played:
        is_lost = not ended.is_well and not ended.further
        lost, count = lost + is_lost, count + 1
        print(f"{'LOST' if is_lost else 'well'}  {name}: {ended.said}, {ended.peak / MIB:.0f} MiB", flush=True)
    print(f"{lost} of {count} jobs lost")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
