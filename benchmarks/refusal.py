"""What the network that refuses photos says of harmless ones, how long it takes, and what looking at parts is for.

    python -m benchmarks.refusal [--photos FOLDER ...]

Harmless are the pictures that come with scikit-image and matplotlib, and the photos in FOLDER, of which counts and
scores alone are recorded. **There is no picture here that ought to be refused, and none shall be made or sought for
this:** how much of that is found is not measured. With photos the parts that score most are also pasted into a plain
frame, at several sizes: how much of their score is left says what a whole picture hides, and what its parts bring back.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.shared import common
from fusion import config
from fusion.errors import FusionError
from fusion.photos import decode
from fusion.refusal import Network, score
from fusion.refusal.windows import windows
from fusion.types import Box, Role, Size

RUNS = 9
THRESHOLDS = (0.2, 0.5, 0.8)
SIZES = ((400, 400), (1000, 1000), (3000, 2000), (6000, 4000))  # px; the first has no parts
SHARES = (1.0, 0.6, 0.4, 0.2)  # of a frame's height that a part fills
MOST = 8  # parts that are shown so
FRAME = Size(3000, 2000)
PACKAGES = {"scikit-image": "skimage/data", "matplotlib": "matplotlib/mpl-data/sample_data"}


def packaged() -> Iterator[np.ndarray]:
    """The pictures that come with installed packages."""
    for package, folder in PACKAGES.items():
        yield from pictures(Path(str(metadata.distribution(package).locate_file(folder))))


def pictures(folder: Path) -> Iterator[np.ndarray]:
    """(H, W, 3) uint8 of each file in a folder that is a photo as Fusewise reads them."""
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in common.PHOTO_SUFFIXES:
            try:
                yield decode.read(path.read_bytes(), Role.TARGET).pixels
            except FusionError:
                continue


def harmless(network: Network, name: str, photos: Sequence[np.ndarray]) -> None:
    """Scores of the whole pictures, and with their parts; how many would be refused from each threshold on."""
    whole = np.array([float(network.scores(each, [_all(each)])[0]) for each in photos])
    judged = np.array([score(each, network) for each in photos])
    refused = {str(limit): int((judged >= limit).sum()) for limit in THRESHOLDS}
    is_met = not refused[str(THRESHOLDS[-1])]
    print(f"{name}: {len(photos)} pictures, at most {judged.max():.2f}, {refused}  {common.verdict(is_met)}")
    scores = {"whole": _spread(whole), "judged": _spread(judged), "refused": refused}
    facts = {"case": "harmless", "set": name, "pictures": len(photos), **scores}
    common.record("refusal", {**facts, "threshold": config.load().refusal_threshold})


def seconds(network: Network) -> None:
    """What a photo of each size costs, and loading the network."""
    began = time.perf_counter()
    Network()
    loading = time.perf_counter() - began
    for width, height in SIZES:
        noise = np.random.default_rng(1).integers(0, 256, (height // 8, width // 8, 3)).astype(np.uint8)
        picture = np.asarray(cv2.resize(noise, (width, height)), np.uint8)
        taken, computed = [], []
        for _ in range(RUNS):
            began, before = time.perf_counter(), time.process_time()
            score(picture, network)
            taken.append(time.perf_counter() - began)
            computed.append(time.process_time() - before)  # of all its threads, whatever else the machine does
        timing = common.Timing.of(taken)
        parts = len(windows(Size(width, height)))
        print(f"{width} × {height}, {parts} parts: {timing}, {statistics.median(computed):.2f} s of a core")
        facts = {"case": "seconds", "size": f"{width} × {height}", "parts": parts, "loading_s": round(loading, 3)}
        common.record("refusal", {**facts, "judging": timing.to_json(), "cpu_s": round(statistics.median(computed), 3)})


def hidden(network: Network, photos: Sequence[np.ndarray]) -> None:
    """The parts of harmless photos that score most, ever smaller in a plain frame: by the whole, and with parts."""
    found = _most(network, photos)
    alone = float(np.mean([network.scores(each, [_all(each)])[0] for each in found]))
    print(f"{len(found)} parts of photos, {alone:.2f} alone")
    rows = []
    for share in SHARES:
        frames = [_framed(each, share) for each in found]
        whole = float(np.mean([network.scores(each, [_all(each)])[0] for each in frames]))
        judged = float(np.mean([score(each, network) for each in frames]))
        rows.append({"share": share, "whole": round(whole, 3), "judged": round(judged, 3)})
        print(f"  filling {share:.0%} of a frame's height: {whole:.2f}, with parts {judged:.2f}")
    common.record("refusal", {"case": "hidden", "pictures": len(found), "alone": round(alone, 3), "rows": rows})


def _framed(part: np.ndarray, share: float) -> np.ndarray:
    """In the middle of a grey frame, of whose height it fills a share."""
    side = round(share * FRAME.height)
    frame = np.full((FRAME.height, FRAME.width, 3), 128, np.uint8)
    left, top = (FRAME.width - side) // 2, (FRAME.height - side) // 2
    frame[top : top + side, left : left + side] = cv2.resize(part, (side, side), interpolation=cv2.INTER_CUBIC)
    return frame


def _most(network: Network, photos: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The parts that score most, one of a photo, as pictures of their own."""
    found: list[tuple[float, np.ndarray]] = []
    for each in photos:
        boxes = windows(Size(each.shape[1], each.shape[0]))
        if boxes:
            scores = network.scores(each, boxes)
            box = boxes[int(scores.argmax())]
            part = each[round(box.top) : round(box.bottom), round(box.left) : round(box.right)]
            found.append((float(scores.max()), np.ascontiguousarray(part)))
    return [part for _, part in sorted(found, key=lambda pair: -pair[0])[:MOST]]


def _all(pixels: np.ndarray) -> Box:
    return Box(0, 0, pixels.shape[1], pixels.shape[0])


def _spread(scores: np.ndarray) -> dict[str, Any]:
    at = {"median": np.median(scores), "p95": np.percentile(scores, 95), "max": scores.max()}
    return {name: round(float(value), 4) for name, value in at.items()}


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, nargs="*", default=[], help="folders of harmless photos of people")
    given = parser.parse_args()
    network = Network()
    harmless(network, "pictures of packages", list(packaged()))
    photos = [each for folder in given.photos for each in pictures(folder)]
    if photos:
        harmless(network, "photos of people", photos)
        hidden(network, photos)
    seconds(network)


if __name__ == "__main__":
    main()
