"""A module that is imported late: why it fails is told, and one that is loaded is taken as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from fusion import lazy_imports
from fusion.errors import FusionError


def test_a_module_that_fails_to_load_says_why_to_whoever_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "does_not_load.py").write_text("raise RuntimeError('a broken build')", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(RuntimeError, match="a broken build"):
        lazy_imports.load("does_not_load")
    with pytest.raises(ModuleNotFoundError):
        lazy_imports.load("fusion.nowhere")


def test_a_module_that_is_loaded_is_taken_as_it_is() -> None:
    assert lazy_imports.load("fusion.errors").FusionError is FusionError
