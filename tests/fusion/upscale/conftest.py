"""What tests of enlarging share: a small picture of a face."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="module")
def portrait(sample_pair: tuple[bytes, bytes]) -> np.ndarray:
    """(240, 280, 3) uint8: the face of the sample target."""
    with Image.open(BytesIO(sample_pair[0])) as image:
        return np.ascontiguousarray(np.asarray(image.convert("RGB"))[0:240, 90:370])
