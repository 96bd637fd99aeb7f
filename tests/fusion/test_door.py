"""The doors of `fusion` and `advisor`: every name can be had, and none is loaded before it is asked for."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import advisor
import fusion
from tests.support import ROOT

HEAVY = {"advisor.recommendation", "cv2", "fusion.photos", "numpy", "torch"}


def loaded(*lines: str) -> set[str]:
    """What of `HEAVY` a fresh process has loaded after these lines."""
    script = "\n".join([*lines, "import json, sys", "print(json.dumps(sorted(sys.modules)))"])
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return HEAVY & set(json.loads(done.stdout))


@pytest.mark.parametrize(("package", "name"), [(each, name) for each in (fusion, advisor) for name in each.__all__])
def test_each_name_can_be_had(package: object, name: str) -> None:
    assert getattr(package, name) is not None


def test_they_are_the_same_as_where_they_live() -> None:
    from advisor.recommendation import recommend
    from fusion.pipeline import Pipeline
    from fusion.types import Size

    assert (fusion.Pipeline, fusion.Size, advisor.recommend) == (Pipeline, Size, recommend)


def test_the_doors_alone_load_nothing_heavy() -> None:
    assert loaded("import fusion, advisor") == set()


def test_only_what_is_asked_for_is_loaded() -> None:
    assert loaded("from fusion import FusionError, Settings, Size") == set()
    assert loaded("from fusion import Photo") == {"cv2", "fusion.photos", "numpy"}


@pytest.mark.parametrize("package", [fusion, advisor])
def test_a_name_that_is_not_there_is_told_of_as_ever(package: object) -> None:
    name = "nothing"
    with pytest.raises(AttributeError, match=f"has no attribute '{name}'"):
        getattr(package, name)
