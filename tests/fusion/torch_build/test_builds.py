"""Which build of PyTorch has code for which card, by NVIDIA's rules and PyTorch's own table."""

from __future__ import annotations

import ast
from importlib.util import find_spec
from pathlib import Path

import pytest

from fusion.torch_build.builds import BUILDS, Capability, runs_on
from fusion.torch_build.present import Installed


@pytest.mark.parametrize(
    ("architecture", "capability", "runs"),
    [
        ("sm_86", (8, 6), True),
        ("sm_86", (8, 9), True),
        ("sm_86", (8, 0), False),  # older than the code
        ("sm_90", (8, 9), False),
        ("sm_86", (9, 0), False),  # machine code is of one major number
        ("sm_60", (6, 1), True),
        ("sm_120", (12, 1), True),
        ("compute_120", (13, 0), True),  # PTX: the driver compiles it
        ("compute_90", (8, 9), False),
        ("sm_90a", (9, 0), True),
        ("sm_100a", (10, 3), False),
        ("sm_100f", (10, 3), True),
        ("compute_100f", (12, 0), False),
        ("gfx1100", (9, 0), False),
    ],
)
def test_code_runs_where_nvidia_says_so(architecture: str, capability: Capability, runs: bool) -> None:
    assert runs_on([architecture], capability) == runs


def test_where_no_architecture_is_known_nothing_speaks_against_a_card() -> None:
    assert runs_on((), (3, 5))


def test_the_table_is_torchs_own() -> None:
    spec = find_spec("torch")
    assert spec is not None
    assert spec.origin is not None
    text = (Path(spec.origin).parent / "cuda" / "__init__.py").read_text(encoding="utf-8")
    (found,) = (
        node.value
        for node in ast.parse(text).body
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "PYTORCH_RELEASES_CODE_CC"
    )
    assert found is not None
    said = ast.literal_eval(found)
    for build in BUILDS:
        assert {int(each[3:]) for each in build.architectures if each[:3] == "sm_"} == said[build.cuda]["x86_64"]


def test_an_installed_build_of_another_release_is_not_guessed_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    assert "sm_50" in Installed("2.13.0+cu126", "12.6").architectures
    assert Installed("2.13.0+cpu", None).architectures == ()
    assert Installed("2.14.0+cu126", "12.6").architectures == ()
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert Installed("2.13.0+cu126", "12.6").architectures == ()
