"""What is said of every pair of a folder's people before it is fused, and whether that is borne out by the eye.

    python -m benchmarks.verdicts --photos FOLDER [--seen FILE.csv]

Each photo shows one person. Nothing is fused: every ordered pair is judged, and told are the shares of the verdicts and
the first causes of what is poor or refused. FILE has a row `target,source,grade` for each pair whose result somebody
has looked at, by the files' names without suffix; the grade is 3 for what one would show to a friend, 2 for what is
pleasing at a small size, 1 for what is plainly wrong, 0 for what is no face. What is recorded names no photo.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import permutations
from pathlib import Path
from typing import Any

from benchmarks.shared import common
from fusion.errors import NoFace
from fusion.faces import FaceFinder, choose
from fusion.photos import decode
from fusion.suitability import Shown, Suitability, Verdict, judge, look
from fusion.types import Role

Pair = tuple[str, str]
SHOWN = (Verdict.GOOD, Verdict.FAIR)
TO_BE_SHOWN, PLEASING = 3, 2


def looks(folder: Path) -> dict[str, Shown | None]:
    """What each photo shows of its face; None where there is none."""
    found: dict[str, Shown | None] = {}
    with FaceFinder() as finder:
        for path in sorted(each for each in folder.iterdir() if each.suffix.lower() in common.PHOTO_SUFFIXES):
            pixels = decode.read(path.read_bytes(), Role.TARGET).pixels
            try:
                found[path.stem] = look(pixels, choose(finder.find(pixels), "largest", Role.TARGET))
            except NoFace:
                found[path.stem] = None
    return found


def judged(shown: Mapping[str, Shown | None]) -> dict[Pair, Suitability | None]:
    """Every ordered pair of two; None where one has no face."""
    found: dict[Pair, Suitability | None] = {}
    for names in permutations(shown, 2):
        target, source = (shown[name] for name in names)
        found[names] = judge(target, source) if target is not None and source is not None else None
    return found


def shares(found: Iterable[Suitability | None]) -> dict[str, Any]:
    """Of all pairs: each verdict's share, and how often what came first of what is poor or refused."""
    pairs = list(found)
    verdicts = Counter("no_face" if each is None else str(each.verdict) for each in pairs)
    bad = [each.causes[0].trouble for each in pairs if each is not None and each.verdict not in SHOWN]
    return {
        "pairs": len(pairs),
        "verdicts": {name: round(count / max(len(pairs), 1), 3) for name, count in verdicts.most_common()},
        "first": {str(trouble): count for trouble, count in Counter(bad).most_common()},
    }


def borne_out(found: Mapping[Pair, Suitability | None], grades: Mapping[Pair, int]) -> dict[str, dict[str, int]]:
    """How many of the results with each verdict were to be shown, pleasing or wrong."""
    counts: dict[str, Counter[str]] = {str(verdict): Counter() for verdict in Verdict}
    for pair, grade in grades.items():
        said = found[pair]
        if said is not None:
            worth = "show" if grade >= TO_BE_SHOWN else "pleasing" if grade >= PLEASING else "wrong"
            counts[str(said.verdict)][worth] += 1
    return {verdict: dict(count) for verdict, count in counts.items()}


def read(path: Path) -> dict[Pair, int]:
    """The grades of a table."""
    with path.open(newline="") as file:
        return {(row[0], row[1]): int(row[2]) for row in csv.reader(file) if row and row[2].isdigit()}


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", required=True, type=Path, help="a folder of portraits, a person each")
    parser.add_argument("--seen", type=Path, help="a table target,source,grade")
    given = parser.parse_args()
    if not given.photos.is_dir():
        parser.exit(2, f"There is no folder {given.photos}: nothing was judged.\n")
    found = judged(looks(given.photos))
    figures = shares(found.values())
    print(f"{figures['pairs']} pairs: {figures['verdicts']}; first of poor and refused: {figures['first']}")
    if given.seen is not None:
        figures["seen"] = borne_out(found, read(given.seen))
        for verdict, counts in figures["seen"].items():
            print(f"{verdict:8} {counts}")
    common.record("verdicts", figures)


if __name__ == "__main__":
    main()
