"""Numbers that a device needs are sent there once, until they are forgotten."""

from __future__ import annotations

import torch

from fusion.ops import color, constants

CPU = torch.device("cpu")


def test_the_same_numbers_are_one_tensor() -> None:
    constants.forget()
    first = constants.on(CPU, 0.5, 2.0)
    assert first.dtype == torch.float32
    assert first.tolist() == [0.5, 2.0]
    assert constants.on(CPU, 0.5, 2.0) is first
    assert constants.on(CPU, 2.0, 0.5) is not first


def test_all_that_is_kept_is_forgotten_together() -> None:
    first, tables = constants.on(CPU, 0.5, 2.0), color._tables(CPU)
    assert color._tables(CPU) is tables
    constants.forget()
    assert constants.on(CPU, 0.5, 2.0) is not first
    assert color._tables(CPU) is not tables
