"""Any two people: fixed pairs of the photos of a folder, fused by us and by a plain OpenCV script, and judged.

    python -m benchmarks.people --photos FOLDER [--unseen] [--pairs 48] [--seed 1] [--only T,S ...] [--sheet OUT.jpg]

Each photo shows one person, and the same seed makes the same pairs of the same folder; `--only` names them instead,
target and source, by their files' names without suffix. Fused is at ratio 1 and the target's own size. The plain script
is `benchmarks.landmark.reference`. Judges are dlib's descriptor (`benchmarks.identity`), where dlib itself finds the
face in both photos, and SFace (`fusion.likeness`); neither has a part in the fusion. Seconds are of fusing alone: faces
are found once for each photo. What is recorded are medians and shares of all pairs, and nothing that names a photo.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from advisor.quality import find_near
from benchmarks import landmark
from benchmarks.identity import Judge
from benchmarks.shared import common, people_sheet
from fusion.errors import FusionError
from fusion.faces import Face, FaceFinder, Search
from fusion.likeness import SAME_PERSON, recognizer
from fusion.photos import Photo, decode
from fusion.pipeline import Pipeline
from fusion.settings import Settings
from fusion.types import EngineName, Role, Tier
from fusion.weights import segmenter

PAIRS, SEED = 48, 1
NEAR = 0.60  # of dlib's distance: usually one person
TO_BE_SHOWN = ("good", "fair")
SETTINGS = Settings(engine=EngineName.LANDMARK, ratio=1.0, output=Tier.ORIGINAL)
KEPT_PHOTOS = 16


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Judged:
    """One picture. dlib: distances, None where it does not find the faces of both photos; SFace: cosines."""

    dlib: tuple[float, float] | None
    sface: tuple[float, float]
    seconds: float

    def __str__(self) -> str:
        dlib = "        -" if self.dlib is None else f"{self.dlib[0]:.2f}/{self.dlib[1]:.2f}"
        return f"dlib {dlib:>9}  SFace {self.sface[0]:+.2f}/{self.sface[1]:+.2f}  {self.seconds:.2f} s"


@dataclass(frozen=True, slots=True)
class Row:
    """One pair: what both made of it. `verdict` is what was said before it was fused, "" where nothing was."""

    ours: Judged
    plain: Judged
    verdict: str


class Album:
    """The photos of a folder by name, and their faces, each looked for once. The finder that pipeline and script use.

    A picture that is none of the photos is looked through as it comes.
    """

    def __init__(self, folder: Path, finder: FaceFinder) -> None:
        suffixes = common.PHOTO_SUFFIXES
        self._paths = {path.stem: path for path in sorted(folder.iterdir()) if path.suffix.lower() in suffixes}
        self._finder = finder
        self._found: dict[str, Search] = {}
        self.photo = lru_cache(KEPT_PHOTOS)(self._read)
        self._known: dict[int, str] = {}

    @property
    def names(self) -> list[str]:
        return list(self._paths)

    def _read(self, name: str) -> Photo:
        photo = decode.read(self._paths[name].read_bytes(), Role.TARGET)
        self._known[id(photo.pixels)] = name
        return photo

    def find(self, pixels: np.ndarray) -> Search:
        name = self._known.get(id(pixels))
        if name is None or self.photo(name).pixels is not pixels:
            return self._finder.find(pixels)
        if name not in self._found:
            self._found[name] = self._finder.find(pixels)
        return self._found[name]

    def close(self) -> None:
        self._finder.close()


def pairs_of(names: Sequence[str], count: int, seed: int) -> list[tuple[str, str]]:
    """`count` ordered pairs of two, each name about equally often in either role; no pair twice."""
    chance = random.Random(seed)
    people = sorted(names)
    chance.shuffle(people)
    apart = chance.sample(range(1, len(people)), len(people) - 1)
    turns = [(each, people[(i + step) % len(people)]) for step in apart for i, each in enumerate(people)]
    return turns[:count]


class Jury:
    """Both judges. What they think of a photo is remembered by its name."""

    def __init__(self, finder: FaceFinder) -> None:
        self._finder = finder
        self._dlib, self._sface = Judge(), recognizer()
        self._photos: dict[str, tuple[np.ndarray | None, np.ndarray]] = {}

    def meet(self, name: str, photo: Photo, face: Face) -> tuple[np.ndarray | None, np.ndarray]:
        """Who is on a photo: dlib's descriptor, None where dlib does not find the face, and SFace's."""
        if name not in self._photos:
            seen = self._dlib.describe(photo.pixels, face) if self._dlib.finds(photo.pixels, face) else None
            self._photos[name] = seen, self._sface.embed(photo.pixels, face)
        return self._photos[name]

    def judge(self, pixels: np.ndarray, target: Face, photos: Iterable[Any], seconds: float) -> Judged:
        """A fused picture of the target photo's size, against source and target as `meet` has them."""
        face = find_near(self._finder, pixels, target.box) or target
        who, vector = self._dlib.describe(pixels, face), self._sface.embed(pixels, face)
        sources, cosines = [], []
        for seen, other in photos:
            sources.append(None if seen is None else float(np.linalg.norm(who - seen)))
            cosines.append(float(vector @ other))
        near, far = sources
        return Judged(None if near is None or far is None else (near, far), (cosines[0], cosines[1]), seconds)


def fuse(pipeline: Pipeline, album: Album, jury: Jury, names: tuple[str, str]) -> tuple[Row, list[np.ndarray]]:
    """One pair, and its pictures for the sheet: target, source, ours, the plain script's.

    Raises:
        FusionError: it is not fused, and why.
    """
    target, source = album.photo(names[0]), album.photo(names[1])
    for photo in (target, source):
        album.find(photo.pixels)
    pipeline.make_room()
    result, seconds = _timed(lambda: pipeline.run(target, source, SETTINGS))
    plain, plain_seconds = _timed(lambda: landmark.reference(album, target, source, SETTINGS))
    faces = result.target_face, result.source_face
    known = [jury.meet(names[1], source, faces[1]), jury.meet(names[0], target, faces[0])]
    row = Row(
        jury.judge(result.pixels, faces[0], known, seconds),
        jury.judge(plain, faces[0], known, plain_seconds),
        str(result.suitability.verdict) if result.suitability is not None else "",
    )
    views = ((target.pixels, faces[0]), (source.pixels, faces[1]), (result.pixels, faces[0]), (plain, faces[0]))
    return row, [people_sheet.portrait(pixels, face.box) for pixels, face in views]


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    began = time.perf_counter()
    return work(), time.perf_counter() - began


def summary(rows: Sequence[Judged]) -> dict[str, Any]:
    """Medians and shares over some pairs of one maker."""
    distances = [row.dlib for row in rows if row.dlib is not None]
    cosines = [row.sface for row in rows]
    if not rows:
        return {"n": 0}
    return {
        "n": len(rows),
        "dlib": {
            "n": len(distances),
            **_shares(distances, lambda near, far: near <= NEAR, lambda near, far: near < far),
        },
        "sface": _shares(cosines, lambda near, far: near >= SAME_PERSON, lambda near, far: near > far),
        "seconds": round(statistics.median(row.seconds for row in rows), 3),
    }


def _shares(
    pairs: Sequence[tuple[float, float]], is_source: Callable[..., bool], is_nearer: Callable[..., bool]
) -> dict[str, float]:
    if not pairs:
        return {}
    shares = {
        name: sum(ask(*pair) for pair in pairs) / len(pairs)
        for name, ask in (("source", is_source), ("nearer", is_nearer))
    }
    return {
        name: round(share, 3)
        for name, share in {"median": statistics.median(near for near, _ in pairs), **shares}.items()
    }


def told(name: str, figures: dict[str, Any]) -> str:
    """One line of the summary."""
    if not figures["n"]:
        return f"{name:20} none"
    judges = [(f"dlib (n {figures['dlib']['n']})", f"within {NEAR:.2f}", figures["dlib"])]
    judges.append(("SFace", f"from {SAME_PERSON}", figures["sface"]))
    words = [
        f"{judge} {found['median']:.3f}, {bar} {found['source']:.0%}, nearer {found['nearer']:.0%}"
        for judge, bar, found in judges
        if "median" in found
    ]
    return "   ".join([f"{name:20} n {figures['n']:3}", *words, f"{figures['seconds']:.2f} s"])


def measured(rows: Sequence[Row]) -> dict[str, Any]:
    """Both makers, over all pairs and over those that may be shown."""
    shown = [row for row in rows if row.verdict in TO_BE_SHOWN]
    return {
        name: {"ours": summary([row.ours for row in some]), "plain": summary([row.plain for row in some])}
        for name, some in (("all", rows), ("good or fair", shown))
    }


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", required=True, type=Path, help="a folder of portraits, a person each")
    parser.add_argument("--unseen", action="store_true", help="nothing of the engine was chosen on these people")
    parser.add_argument("--pairs", type=int, default=PAIRS, help=f"how many ({PAIRS})")
    parser.add_argument("--seed", type=int, default=SEED, help=f"which ({SEED})")
    parser.add_argument("--only", nargs="+", default=[], metavar="T,S", help="these pairs instead")
    parser.add_argument("--sheet", type=Path, help="a contact sheet, outside the repository: it shows people")
    given = parser.parse_args()
    if not given.photos.is_dir():
        parser.exit(2, f"There is no folder {given.photos}: nothing was measured.\n")
    if given.sheet is not None and given.sheet.resolve().is_relative_to(common.ROOT):
        parser.exit(2, f"{given.sheet} lies in the repository, and would show people.\n")
    finder = FaceFinder()
    album = Album(given.photos, finder)
    pairs = [tuple(each.split(",")) for each in given.only] or pairs_of(album.names, given.pairs, given.seed)
    if strangers := sorted({name for pair in pairs for name in pair} - set(album.names)):
        parser.exit(2, f"{given.photos} has no photo {', '.join(strangers)}.\n")
    rows, failures = [], Counter[str]()
    jury = Jury(finder)
    sheet = people_sheet.Sheet()
    with Pipeline(album) as pipeline:
        for target, source in pairs:
            try:
                row, pictures = fuse(pipeline, album, jury, (target, source))
            except FusionError as error:
                failures[str(error.reason)] += 1
                print(f"{target} <- {source}: {error.reason}", file=sys.stderr)
                continue
            rows.append(row)
            print(f"{target} <- {source} {row.verdict:5} ours {row.ours}   plain {row.plain}", flush=True)
            sheet.add(f"{target} <- {source} {row.verdict}", pictures, ("", "", str(row.ours), str(row.plain)))
    figures = measured(rows)
    for some, makers in figures.items():
        for maker, summed in makers.items():
            print(told(f"{some}, {maker}", summed))
    verdicts = Counter(row.verdict for row in rows if row.verdict)
    print(f"fused {len(rows)} of {len(pairs)}; not fused: {dict(failures)}; verdicts: {dict(verdicts)}")
    network = segmenter.find()  # that knows hair and skin, where somebody has one
    how: dict[str, Any] = {"photos": len(album.names), "unseen": given.unseen, "pairs": len(pairs)}
    how["network"] = None if network is None else network.name
    how["seed"] = None if given.only else given.seed
    common.record("people", how | {"not_fused": dict(failures), "verdicts": dict(verdicts)} | figures)
    if given.sheet is not None:
        sheet.save(given.sheet)


if __name__ == "__main__":
    main()
