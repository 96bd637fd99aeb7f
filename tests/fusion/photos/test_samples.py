"""The sample pair is there on every machine, and is read as it is."""

from __future__ import annotations

import subprocess
import sys

import pytest

from fusion.errors import FusionError
from fusion.photos import samples
from fusion.photos.decode import read
from fusion.types import Role, Size


def test_the_sample_pair_are_two_photos() -> None:
    target, source = samples.sample_pair()
    assert read(target, Role.TARGET).size == Size(512, 512)
    assert read(source, Role.SOURCE).size == Size(512, 600)


def test_the_samples_are_free_to_use_and_say_of_whom_they_are() -> None:
    for credit in samples.credits():
        assert "public domain" in credit


def test_neither_package_is_imported_for_its_photo() -> None:
    code = (
        "import sys; from fusion.photos.samples import sample_pair; sample_pair(); "
        "print([m for m in ('matplotlib', 'skimage') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_lost_sample_is_an_error_with_a_remedy() -> None:
    for lost in (samples.Sample("scikit-image", "skimage/data/none.png", ""), samples.Sample("no-such", "a.png", "")):
        with pytest.raises(FusionError) as caught:
            lost.read()
        assert caught.value.reason == "input_missing"
