"""The label of GB 45438-2025 in 200 jobs of random settings, read by a checker that shares no code with the writer.

    python -m benchmarks.labels.keys [--count 200]

It finds the packets of XMP by the bytes of each format, reads them with Python's own parser of XML, and checks the
seven keys, their order, their characters, and that there is one label in the file. exiftool, where there is one, must
read the same. A line goes to results/keys.jsonl.
"""

from __future__ import annotations

import argparse
import html
import json
import random
import shutil
import string
import struct
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from benchmarks.shared import common
from fusion.labels import Label
from fusion.provenance import Leaving
from fusion.settings import CHOICES, RANGES, Settings
from fusion.types import Fill, Fit, Size
from fusion.worker import run_job
from tests.support.fake_pipeline import FakePipeline
from tests.support.fixtures.photos import saved, scene

ORDER = (
    *("Label", "ContentProducer", "ProduceID", "ReservedCode1"),
    *("ContentPropagator", "PropagateID", "ReservedCode2"),
)
ALLOWED = {0x21, *range(0x23, 0x5C), *range(0x5D, 0x7F)}
SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
_JPEG = b"http://ns.adobe.com/xap/1.0/\0"
_KEYWORD = b"XML:com.adobe.xmp\0"


def packets(file: bytes) -> list[bytes]:
    """Every packet of XMP, where the format has it."""
    if file[:4] == b"\x89PNG":
        return [body[len(_KEYWORD) + 4 :] for kind, body in _png(file) if kind == b"iTXt" and body.startswith(_KEYWORD)]
    if file[:4] == b"RIFF":
        return [body for kind, body in _riff(file) if kind == b"XMP "]
    return [body[len(_JPEG) :] for kind, body in _jpeg(file) if kind == 0xE1 and body.startswith(_JPEG)]


def _png(file: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 8
    while at < len(file):
        (length,) = struct.unpack_from(">I", file, at)
        found.append((file[at + 4 : at + 8], file[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def _riff(file: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 12
    while at < len(file):
        (length,) = struct.unpack_from("<I", file, at + 4)
        found.append((file[at : at + 4], file[at + 8 : at + 8 + length]))
        at += 8 + length + length % 2
    return found


def _jpeg(file: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 2
    while file[at + 1] != 0xDA:
        (length,) = struct.unpack_from(">H", file, at + 2)
        found.append((file[at + 1], file[at + 4 : at + 2 + length]))
        at += 2 + length
    return found


def faults(file: bytes, id: str, producer: str) -> list[str]:
    """What is wrong with the label of a file."""
    found = packets(file)
    if len(found) != 1:
        return [f"{len(found)} packets"]
    said = [
        (name.rpartition("}")[2], value)
        for element in ElementTree.fromstring(found[0].decode()).iter()
        for name, value in element.attrib.items()
    ]
    labels = [value for name, value in said if "AIGC" in name]
    if len(labels) != 1 or file.count(b"AIGC=") != 1 or b"tEXtAIGC" in file:
        return [f"{len(labels)} labels"]
    pairs = json.loads(labels[0], object_pairs_hook=list)
    told = dict(pairs)
    checks = {
        "keys": tuple(key for key, _ in pairs) == ORDER,
        "texts": all(isinstance(value, str) for _, value in pairs),
        "characters": all(set(map(ord, str(value))) <= ALLOWED for _, value in pairs),
        "label": told.get("Label") == "1",
        "producer": told.get("ContentProducer") == producer,
        "id": told.get("ProduceID") == id,
        "source": ("DigitalSourceType", SOURCE) in said,
    }
    return [name for name, is_good in checks.items() if not is_good]


def label_in(file: bytes) -> str:
    """The text of the label, by its attribute alone."""
    text = packets(file)[0].decode()
    return html.unescape(text.partition('TC260:AIGC="')[2].partition('"')[0])


def random_settings(dice: random.Random) -> Settings:
    """Any, but for what would be refused."""
    chosen: dict[str, Any] = {name: dice.choice(list(values)) for name, values in CHOICES.items()}
    numbers = {name: round(dice.uniform(*bounds), 3) for name, bounds in RANGES.items() if name != "ratio"}
    more = {"fit": dice.choice(list(Fit)), "fill": dice.choice([fill for fill in Fill if fill != Fill.TRANSPARENT])}
    size = Size(dice.randrange(64, 8193), dice.randrange(64, 8193))
    return Settings(**(chosen | numbers | more), output=size, ratio=0.5)


def by_exiftool(folder: Path) -> dict[str, tuple[str, str]]:
    """Of each file by its name the label and the kind of source, as exiftool reads them."""
    words = ["exiftool", "-json", "-n", "-XMP-TC260:all", "-XMP-iptcExt:DigitalSourceType", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return {
        Path(each["SourceFile"]).name: (str(each.get("Aigc", "")), each.get("DigitalSourceType", ""))
        for each in json.loads(done.stdout)
    }


def main(arguments: list[str] | None = None) -> int:
    """Run it; 0 where every label is good."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    given = parser.parse_args(arguments)
    dice, wrong, kinds = random.Random(18), dict[str, list[str]](), Counter[str]()
    labels: dict[str, str] = {}
    photo = saved(scene(160, 120), "PNG")
    read = run_job.Reader().read_pair(photo, photo)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(given.count):
            suffix = (".png", ".jpg", ".webp")[number % 3]
            path = Path(folder) / f"{number}{suffix}"
            id = "".join(dice.choices(string.hexdigits.lower(), k=16))
            producer = "".join(dice.choices([chr(code) for code in sorted(ALLOWED)], k=dice.randrange(1, 101)))
            leaving = Leaving(producer, dice.choice([None, *Label]))
            pipeline: Any = FakePipeline()
            run_job.run(pipeline, read, random_settings(dice), path, id=id, leaving=leaving)
            kinds[suffix] += 1
            labels[path.name] = label_in(path.read_bytes())
            if found := faults(path.read_bytes(), id, producer):
                wrong[path.name] = found
        seen = by_exiftool(Path(folder)) if shutil.which("exiftool") else None
    agreed = None if seen is None else sum(seen.get(name) == (label, SOURCE) for name, label in labels.items())
    facts = {"part": "keys", "jobs": given.count, "formats": dict(kinds), "wrong": len(wrong), "exiftool": agreed}
    common.record("keys", facts)
    print(json.dumps({**facts, "wrong": wrong}, indent=2))
    return 1 if wrong or agreed not in (None, given.count) else 0


if __name__ == "__main__":
    sys.exit(main())
