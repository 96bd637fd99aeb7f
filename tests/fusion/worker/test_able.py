"""What a worker says of the machine that it is on."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fusion.memory import budget
from fusion.worker import able


def test_a_card_that_does_not_answer_keeps_no_worker_from_saying_that_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(_device: str) -> int:
        raise RuntimeError("CUDA error: unspecified launch failure")

    on_card: Any = SimpleNamespace(held_bytes=(0, 0))
    monkeypatch.setattr(budget, "free_bytes", lost)
    assert able.free_bytes(on_card) is None
