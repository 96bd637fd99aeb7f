"""Whether the diagnosis is right: of injected faults, of clean results, of its remedies, of the environment; and fast.

    python -m benchmarks.diagnosis --set --photos FOLDER        right causes and false alarms
    python -m benchmarks.diagnosis --remedies --photos FOLDER   first remedies, applied and measured again
    python -m benchmarks.diagnosis --speed                      seconds for a result of 2048²
    python -m benchmarks.diagnosis --environment                leftover workers, strangers, full disks

The set: the sample pair's photos and those given, paired where nothing is wrong before the fusion (`pairs`), fused
cleanly by the landmark engine, each again with one known fault (`set`), and as many clean ones of other settings.
Thresholds were set on one half of the photos; the other half is held out.
"Stranger": the diagnosis is given three files and nothing else; "known": the settings and our own copy of the target
too. Fusions are kept in a folder, so that measuring again is quick. Lines go to results/diagnosis.jsonl.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from benchmarks.diagnosis import remedies, score, speed
from benchmarks.diagnosis.pairs import CleanPair, clean_pairs, heads
from benchmarks.diagnosis.score import Examiner, Judged
from benchmarks.diagnosis.set import Maker
from benchmarks.shared import common
from fusion.faces import FaceFinder
from fusion.pipeline import Pipeline

HALVES = {"tuned on": (False,), "held out": (True,), "all": (False, True)}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", nargs="+", type=Path, default=[], help="portraits, or folders of portraits")
    parser.add_argument("--pairs", type=int, default=12, help="at most (12)")
    parser.add_argument(
        "--keep", type=Path, default=Path(tempfile.gettempdir()) / "fusewise-diagnosis", metavar="FOLDER"
    )
    parser.add_argument("--runs", type=int, default=7, help="timed runs of each, for --speed (7)")
    parser.add_argument("--misses", action="store_true", help="print what was not right")
    for name in ("set", "remedies", "speed", "environment"):
        parser.add_argument(f"--{name}", action="store_true")
    return parser.parse_args()


def main() -> None:
    """Run the command line."""
    given = _arguments()
    if given.environment:
        from benchmarks.diagnosis import environment

        environment.run()
    if not (given.set or given.remedies or given.speed):
        return
    with ExitStack() as stack:
        finder = stack.enter_context(FaceFinder())
        pipeline = stack.enter_context(Pipeline(finder))
        pairs = clean_pairs(heads(given.photos, finder), given.pairs)
        for pair in pairs:
            print(f"{pair.name}{', held out' if pair.held_out else ''}")
        if given.speed:
            _speed(pairs, pipeline, finder, given.runs)
        if given.set or given.remedies:
            maker = Maker(given.keep, pipeline, finder)
            examiner = Examiner()
            stack.callback(examiner.close)
            judged = _judged(pairs, maker, examiner)
            if given.set:
                _set(judged, len(pairs), show=given.misses)
            if given.remedies:
                _remedies(judged, pipeline, finder, show=given.misses)


def _judged(pairs: Sequence[CleanPair], maker: Maker, examiner: Examiner) -> list[Judged]:
    judged: list[Judged] = []
    for pair in pairs:
        todo = [(case, known) for case in maker.cases(pair) for known in (False, True)]
        with ThreadPoolExecutor(2) as pool:
            judged += pool.map(lambda one: examiner.judged(one[0], known=one[1]), todo)
    return judged


def _set(judged: Sequence[Judged], pairs: int, *, show: bool) -> None:
    for known in (False, True):
        for half, kinds in HALVES.items():
            part = [each for each in judged if each.known == known and each.case.held_out in kinds]
            if not part:
                continue
            line = {
                "part": "set",
                "column": "known" if known else "stranger",
                "half": half,
                "pairs": len({each.case.pair for each in part}),
                **score.summary(part),
                "by_fault": score.by_fault(part),
                "misses": score.misses(part),
            }
            common.record("diagnosis", line)
            print(
                f"{line['column']}, {line['half']}: of {line['faulty']} {line['first']:.1%} first, "
                f"{line['first_two']:.1%} among the first two; alarms over {line['alarms']:.1%} of {line['clean']} "
                f"clean ones: {common.verdict(line['passed'])}"
            )
            for miss in line["misses"] if show else ():
                print(f"  {miss}")


def _remedies(judged: Sequence[Judged], pipeline: Pipeline, finder: FaceFinder, *, show: bool) -> None:
    trier = remedies.Trier(pipeline, finder)
    for known in (False, True):
        part = [each for each in judged if each.known == known and each.case.expected]
        tried = [each for each in map(trier.tried, part) if each is not None]
        line = {"part": "remedies", "column": "known" if known else "stranger", **remedies.summary(tried)}
        line["misses"] = [str(each) for each in tried if not each.improved]
        common.record("diagnosis", line)
        print(
            f"{line['column']}: {line['improved']:.1%} of {line['tried']} remedies improved their gauge: "
            f"{common.verdict(line['passed'])}"
        )
        for miss in line["misses"] if show else ():
            print(f"  {miss}")


def _speed(pairs: Sequence[CleanPair], pipeline: Pipeline, finder: FaceFinder, runs: int) -> None:
    for line in speed.measure(pairs, pipeline, finder, runs):
        common.record("diagnosis", {"part": "speed", **line})
        who = "our own job's" if line["known"] else "a stranger's"
        print(
            f"{line['pair']}, {who}, {line['fit']}: {line['median_s']:.3f} s "
            f"({line['min_s']:.3f} to {line['max_s']:.3f}): {common.verdict(line['passed'])}"
        )


if __name__ == "__main__":
    main()
