"""Whether anything of the inputs' metadata gets out: GPS, names, serial numbers, in whatever format.

    python -m benchmarks.labels.privacy [--count 200]

Each photo has up to thirty texts in EXIF, XMP, IPTC, comments, PNG texts, its profile and behind its end, each with a
mark that nothing else has. It is read as every photo is, is a target once and a source once, and leaves as PNG, JPEG
and WebP, with a recipe and its facts. The engine is left out: it is given pixels alone. Looked for are the marks, in
what is packed too, and GPS, as exiftool sees it where there is one. A line goes to results/privacy.jsonl.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.labels.marked import Marked, photos, readable
from benchmarks.shared import common
from fusion.labels import Label
from fusion.photos import Format, samples
from fusion.provenance import Leaving, dumps
from fusion.settings import Settings
from fusion.worker import run_job
from tests.support.fake_pipeline import FakePipeline
from tests.support.fixtures.photos import scene

SIDE = (200, 160)


def leaks(photo: Marked, partner: bytes, folder: Path) -> tuple[list[str], int]:
    """Marks of a photo that are in what came of it, and how many files were looked through."""
    found, count = [], 0
    for pair in ((photo.file, partner), (partner, photo.file)):
        read = run_job.Reader(kept_bytes=0).read_pair(*pair)
        for format in Format:
            path = folder / f"out{format.suffix}"
            pipeline: Any = FakePipeline()
            leaving = Leaving(label=Label.EN)
            report = run_job.run(pipeline, read, Settings(), path, id="0" * 16, leaving=leaving)
            told = dumps(report.recipe) + json.dumps(report.facts.to_json())
            written = readable(path.read_bytes()) + told.encode()
            found += [f"{format}: {mark}" for mark in photo.marks if mark.encode() in written]
            count += 1
    return found, count


def gps_in(folder: Path) -> int:
    """How many files in a folder say where they were taken, by exiftool."""
    done = subprocess.run(
        ["exiftool", "-json", "-gps:all", "-n", str(folder)], capture_output=True, text=True, check=True
    )
    return sum(any(key.startswith("GPS") for key in each) for each in json.loads(done.stdout or "[]"))


def main(arguments: list[str] | None = None) -> int:
    """Run it; 0 where nothing got out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    given = parser.parse_args(arguments)
    partner = samples.SOURCE.file().read_bytes()
    found: list[str] = []
    files = marks = places = 0
    kinds: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for photo in photos(scene(*SIDE), given.count):
            in_it = readable(photo.file)
            missing = [mark for mark in photo.marks if mark.encode() not in in_it]
            assert not missing, f"the photo itself lacks {missing}"  # a mark that is not there cannot leak
            leaked, looked = leaks(photo, partner, Path(folder))
            found += leaked
            files, marks = files + looked, marks + len(photo.marks)
            kinds[photo.format] += 1
            places += gps_in(Path(folder)) if shutil.which("exiftool") else 0
    facts = {"part": "privacy", "photos": given.count, "formats": dict(kinds), "marks": marks, "files": files}
    common.record("privacy", {**facts, "leaked": len(found), "with_gps": places})
    print(json.dumps({**facts, "leaked": found[:20], "with_gps": places}, indent=2))
    return 1 if found or places else 0


if __name__ == "__main__":
    sys.exit(main())
