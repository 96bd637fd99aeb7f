"""The emulated card refuses what a card refuses, counts what waits for it, and accounts for what lies on it."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from benchmarks.shared.emulated_card import Card
from fusion.memory import budget, is_out_of_memory
from fusion.units import MIB
from tests.support.fixtures.emulated import needs_card

pytestmark = needs_card

CARD = torch.device("cuda:0")


def test_what_is_sent_there_says_so_and_comes_back_as_it_was(card: Card) -> None:
    picture = torch.rand(3, 8, 8)
    there = picture.to("cuda")
    assert (there.device, there.is_cuda, there.is_cpu) == (CARD, True, False)
    assert torch.equal((there * 2).cpu(), picture * 2)
    assert torch.zeros(2, device="cuda").device == torch.tensor([1.0], device="cuda").device == CARD


def test_two_places_do_not_meet_in_one_operation(card: Card) -> None:
    there, here = torch.rand(3, device="cuda"), torch.rand(3)
    with pytest.raises(RuntimeError, match="at least two devices, cuda:0 and cpu"):
        there + here
    with pytest.raises(RuntimeError, match="at least two devices"):
        torch.cat([here, there])
    assert (there + torch.tensor(1.0)).device == CARD  # a single number goes with the command
    assert there[torch.tensor([0, 2])].device == CARD  # and so may an index


def test_numpy_does_not_see_what_lies_there(card: Card) -> None:
    there = torch.rand(3, device="cuda")
    with pytest.raises(TypeError, match="can't convert cuda:0 device type tensor to numpy"):
        there.numpy()
    with pytest.raises(TypeError, match="can't convert cuda:0"):
        np.asarray(there)


@pytest.mark.parametrize(
    ("waits", "does"),
    [
        ({}, lambda x: (x * 2).clamp_(0, 1)),
        ({}, lambda x: torch.zeros(3, device="cuda") + torch.arange(3, device="cuda")),
        ({"read": 1}, lambda x: float(x[0])),
        ({"read": 1}, lambda x: x.tolist()),
        ({"read": 1}, lambda x: x.cpu()),
        ({"read": 1}, lambda x: x[x > 0.5]),
        ({"read": 1}, lambda x: torch.equal(x, x)),
        ({"sent": 1}, lambda x: torch.rand(3).to(x.device)),
        ({"sent": 1}, lambda x: torch.tensor([1.0], device="cuda")),
        ({"sent": 1}, lambda x: x[[0, 1]]),
        ({"synchronize": 1}, lambda x: torch.cuda.synchronize()),
    ],
)
def test_the_host_waits_when_something_is_read_or_sent(card: Card, waits: dict[str, int], does: object) -> None:
    there = torch.zeros(3, device="cuda")
    card.ledger.waits.clear()
    assert callable(does)
    does(there)
    assert dict(card.ledger.waits) == waits


def test_memory_follows_what_is_held_and_no_view_counts_twice(card: Card) -> None:
    picture = torch.zeros(4, MIB, device="cuda")  # 16 MiB of float32
    assert (torch.cuda.memory_allocated(), torch.cuda.memory_reserved()) == (16 * MIB, 16 * MIB)
    part = picture[1:3].permute(1, 0)
    assert torch.cuda.memory_allocated() == 16 * MIB
    del picture
    assert torch.cuda.memory_allocated() == 16 * MIB
    del part
    assert (torch.cuda.memory_allocated(), torch.cuda.memory_reserved()) == (0, 16 * MIB)
    torch.cuda.empty_cache()
    assert (torch.cuda.memory_reserved(), torch.cuda.max_memory_reserved()) == (0, 16 * MIB)


def test_what_is_written_in_place_is_the_same_tensor(card: Card) -> None:
    there = torch.zeros(3, device="cuda")
    assert there.add_(1) is there
    assert torch.add(there, 1, out=there) is there
    there[:2] = 5
    assert there.tolist() == [5, 5, 2]
    assert torch.cuda.memory_allocated() == 512


def test_it_runs_out_at_its_size_and_says_so_as_torch_does() -> None:
    with Card(100 * MIB):
        held = torch.zeros(80 * MIB, dtype=torch.uint8, device="cuda")
        assert budget.free_bytes("cuda") == 20 * MIB
        with pytest.raises(
            torch.OutOfMemoryError, match=r"CUDA out of memory. Tried to allocate 30.00 MiB. GPU 0 "
        ) as out:
            torch.zeros(30 * MIB, dtype=torch.uint8, device="cuda")
        assert is_out_of_memory(out.value)
        del out, held
        torch.zeros(90 * MIB, dtype=torch.uint8, device="cuda")


def test_an_allocation_fails_by_its_number_and_only_that(card: Card) -> None:
    card.fail_at(2)
    torch.zeros(3, device="cuda")
    with pytest.raises(torch.OutOfMemoryError):
        torch.zeros(3, device="cuda")
    torch.zeros(3, device="cuda")


def test_a_thread_that_is_started_meanwhile_knows_the_card(card: Card) -> None:
    made: list[torch.Tensor] = []
    thread = threading.Thread(target=lambda: made.append(torch.ones(2, device="cuda")))
    thread.start()
    thread.join()
    assert made[0].device == CARD


def test_half_precision_costs_a_convolution_copies_unless_its_channels_lie_last(card: Card) -> None:
    """The rule that published figures of a card's memory follow: cuDNN computes it with channels last."""
    peaks = []
    for layout in (torch.contiguous_format, torch.channels_last):
        picture = torch.zeros(1, 16, 512, 512, device="cuda", dtype=torch.float16).to(memory_format=layout)
        weight = torch.zeros(16, 16, 3, 3, device="cuda", dtype=torch.float16).to(memory_format=layout)
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        torch.nn.functional.conv2d(picture, weight, padding=1)
        peaks.append(torch.cuda.max_memory_allocated() - before)
        del picture, weight
    assert peaks[1] == 8 * MIB  # what it makes
    assert peaks[0] > 3 * peaks[1]


def test_there_is_no_card_afterwards() -> None:
    with Card():
        assert torch.cuda.is_available()
    assert not torch.cuda.is_available()
