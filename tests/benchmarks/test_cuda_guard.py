"""With the guard a build of torch without CUDA plays through what a card would be given."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest
import torch

from benchmarks.shared import cuda_guard
from tests.support import ROOT

needs_guard = pytest.mark.skipif(bool(cuda_guard.missing()), reason=cuda_guard.missing())

CODE = """
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from benchmarks.shared import cuda_guard
cuda_guard.load()
cuda_guard.load()
with torch.no_grad(), FakeTensorMode():
    picture = torch.rand(1, 3, 8, 8, device="cuda")
    with torch.device("cuda"):
        network = torch.nn.Conv2d(3, 5, 3)
    small = torch.nn.functional.interpolate(network(picture), scale_factor=0.5)
    print(small.device, tuple(small.shape), small.to("cpu").device, torch.zeros(2).to("cuda").device)
"""


@needs_guard
def test_operations_are_played_through_on_a_card_that_is_not_there() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["cuda:0", "(1,", "5,", "3,", "3)", "cpu", "cuda:0"]


def test_without_a_compiler_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert "no compiler" in cuda_guard.missing()
    with pytest.raises(RuntimeError, match="no compiler"):
        cuda_guard.load.__wrapped__()  # a guard that another test has loaded stays loaded


def test_a_card_that_is_there_keeps_its_own_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert "there is a card" in cuda_guard.missing()
