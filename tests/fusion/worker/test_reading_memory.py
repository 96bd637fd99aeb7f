"""What reading photos and searching them for faces takes hangs on the photos, and not on what came before them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from fusion.units import MIB
from fusion.worker.supervisor import ROOT, WORKER_ENVIRONMENT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="peaks can be told from each other on Linux alone")

CLOSE = 8 * MIB  # of what a new size took more before, and of what decoding left: 10 to 20
ASK = """
import io, json
import numpy as np
from PIL import Image
from fusion.faces.detector import Detector
from fusion.memory import HostPeak, budget
from fusion.types import Role
from fusion.worker.run_job import Reader

def file(side):
    buffer = io.BytesIO()
    grain = np.random.default_rng(0).integers(0, 256, (side // 8, side // 8, 3), np.uint8)
    Image.fromarray(grain).resize((side, side)).save(buffer, "jpeg")
    return buffer.getvalue()

files = [file(side) for side in (600, 3400)]
reader, detector = Reader(kept_bytes=0), Detector(at_once=1)
detector.find(reader.read(files[0], Role.TARGET).pixels)
budget.give_back()
began = budget.resident_bytes()
photo = reader.read(files[1], Role.TARGET)
held = budget.resident_bytes() - began - photo.pixels.nbytes
took = []
for _ in range(3):
    before, peak = budget.resident_bytes(), HostPeak()
    detector.find(photo.pixels)
    took.append(peak.read() - before)
print(json.dumps([held, *took]))
"""


@pytest.fixture(scope="module")
def told() -> list[int]:
    """What was held beside a photo that was read; then what the first, the second and the third search in it took."""
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=ROOT, env={**WORKER_ENVIRONMENT, **os.environ}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: list[int] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_of_a_photo_that_was_read_nothing_is_held_but_its_pixels(told: list[int]) -> None:
    assert told[0] < CLOSE


def test_the_first_search_in_a_photo_of_a_new_size_takes_no_more_than_the_next(told: list[int]) -> None:
    assert told[1] - min(told[2:]) < CLOSE
