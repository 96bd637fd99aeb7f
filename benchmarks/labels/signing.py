"""Whether signed results are read back, by C2PA and by exiftool, and what a signature costs.

    python -m benchmarks.labels.signing

The certificates are made for the moment. Needs the extra c2pa; without exiftool its reading is left out, and said so.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.labels.watermark import brought
from benchmarks.shared.common import Timing, record, sample_portraits
from fusion import signing
from fusion.marks import AigcLabel, xmp
from fusion.photos import Format, encode
from fusion.signing import Credential, Signer
from tests.support.fixtures.chains import chain

SIDES, RUNS = (1024, 4096), 3
PRODUCE_ID = "0123456789abcdef"
SOURCE_TYPE = "compositeWithTrainedAlgorithmicMedia"
RECIPE: dict[str, Any] = {
    "fusewise": "0.1.0",
    "made": "2026-11-27T06:00:00+00:00",
    "engine": "landmark",
    "target": {"sha256": "1" * 64},
    "source": {"sha256": "2" * 64},
}


def packet(digest: str) -> str:
    return xmp.packet(AigcLabel("1", "Fusewise", PRODUCE_ID, digest, "Fusewise", PRODUCE_ID), "Fusewise")


def by_exiftool(file: bytes, suffix: str) -> dict[str, Any] | None:
    """What exiftool reads of XMP; None where there is no exiftool."""
    if shutil.which("exiftool") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"signed{suffix}"
        path.write_bytes(file)
        done = subprocess.run(["exiftool", "-j", "-XMP:all", str(path)], capture_output=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)[0]
    return found


def is_told(found: dict[str, Any]) -> bool:
    """Whether exiftool reads the label of GB 45438 and IPTC's source type."""
    label = AigcLabel.loads(found.get("Aigc", ""))
    return label.produce_id == PRODUCE_ID and SOURCE_TYPE in str(found.get("DigitalSourceType"))


def measured(signer: Signer, pixels: np.ndarray, format: Format, root: str) -> dict[str, Any]:
    """One picture in one format."""
    plain = encode(pixels, format, xmp=packet)
    spent = list[float]()
    for _ in range(RUNS):
        began = time.perf_counter()
        made = signer.sign(plain, format, RECIPE)
        spent.append(time.perf_counter() - began)
    known, unknown, told = signing.read(made, root), signing.read(made), by_exiftool(made, format.suffix)
    assert known is not None
    assert unknown is not None
    return {
        "format": str(format),
        "width": pixels.shape[1],
        "height": pixels.shape[0],
        "file_bytes": len(plain),
        "added_bytes": len(made) - len(plain),
        "sign": Timing.of(spent).to_json(),
        "state_with_root": str(known.state),
        "state_without": str(unknown.state),
        "actions": [action.name for action in known.actions],
        "hashes": [each.sha256 for each in known.ingredients]
        == [RECIPE["target"]["sha256"], RECIPE["source"]["sha256"]],
        "exiftool": None if told is None else is_told(told),
        "thumbnail": b"thumbnail" in made,
    }


def main() -> None:
    """Measure, print, and write down."""
    made = chain("Benchmark")
    signer, photo = Signer(Credential.of(made.cert, made.key)), sample_portraits()[0].target.pixels
    for side in SIDES:
        for format in Format:
            line = measured(signer, brought(photo, side), format, made.root.decode())
            record("signing", line)
            print(line)


if __name__ == "__main__":
    main()
