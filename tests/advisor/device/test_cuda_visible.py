"""Which card is cuda:0, as CUDA reads the environment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from advisor.device.cuda_visible import numbered
from advisor.driver.gpu import Gpu, MigPart
from advisor.driver.reasons import Reason
from tests.support.fixtures.cards import card

GIB = 1 << 30
Facts = dict[str, Any]
Read = Callable[..., Facts]
ALIKE = (card(0), card(1), card(2))
UNEQUAL = (card(0), card(1, "NVIDIA GeForce RTX 4090", total_bytes=24 * GIB))


def indices(gpus: tuple[Gpu, ...], listed: str | None = None, order: str | None = None) -> list[int | None]:
    """CUDA's index of each card."""
    given = {"CUDA_VISIBLE_DEVICES": listed, "CUDA_DEVICE_ORDER": order}
    environ = {name: value for name, value in given.items() if value is not None}
    return [gpu.cuda_index for gpu in numbered(gpus, environ)]


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (None, [0, 1, 2]),
        ("2,0", [1, None, 0]),
        (" 1 ", [None, 0, None]),
        ("", [None] * 3),
        ("-1", [None] * 3),
        ("0,-1,1", [0, None, None]),
        ("0,0", [None] * 3),
        ("1gpu2", [None, 0, None]),
        ("2,words,0", [None, None, 0]),
        ("words", [None] * 3),
        ("1,7,0", [None, 0, None]),
        ("GPU-a2345678,GPU-a0345678", [1, None, 0]),
        ("GPU-a1", [None, 0, None]),
        ("GPU-a", [None] * 3),
        ("GPU-a1,GPU-a", [None, 0, None]),
        ("GPU-a1,GPU-a13", [None] * 3),
        ("GPU-b,GPU-a1", [None] * 3),
        ("gpu-a1", [None] * 3),
        ("MIG-a1", [None] * 3),
    ],
)
def test_visible_devices_are_read_as_cuda_reads_them(listed: str | None, expected: list[int | None]) -> None:
    assert indices(ALIKE, listed) == expected
    environ = {} if listed is None else {"CUDA_VISIBLE_DEVICES": listed}
    assert [gpu.is_visible for gpu in numbered(ALIKE, environ)] == [number is not None for number in expected]


def test_of_unequal_cards_only_cuda_knows_the_fastest() -> None:
    assert indices(UNEQUAL) == [None, None]
    assert [gpu.is_visible for gpu in numbered(UNEQUAL, {})] == [True, True]
    assert [gpu.is_visible for gpu in numbered(UNEQUAL, {"CUDA_VISIBLE_DEVICES": "0"})] == [None, None]


def test_what_hides_every_card_hides_unequal_ones_too() -> None:
    for listed in ("", "-1", "0,0", "7"):
        assert [gpu.is_visible for gpu in numbered(UNEQUAL, {"CUDA_VISIBLE_DEVICES": listed})] == [False, False]


def test_by_slot_the_order_is_known() -> None:
    assert indices(UNEQUAL, order="PCI_BUS_ID") == [0, 1]
    assert indices(UNEQUAL, "1", "PCI_BUS_ID") == [None, 0]
    assert indices(UNEQUAL, order="FASTEST_FIRST") == [None, None]


def test_the_slot_decides_and_not_the_drivers_own_index() -> None:
    assert indices((card(0, bus=0x3B), card(1, bus=0x1A)), order="PCI_BUS_ID") == [1, 0]


def test_a_uuid_names_one_of_unequal_cards() -> None:
    assert indices(UNEQUAL, "GPU-a1345678,GPU-a0345678") == [1, 0]


def test_of_indices_and_uuids_mixed_nothing_is_said() -> None:
    gpus = numbered(ALIKE, {"CUDA_VISIBLE_DEVICES": "0,GPU-a1"})
    assert {(gpu.cuda_index, gpu.is_visible) for gpu in gpus} == {(None, None)}


def test_a_part_is_named_in_the_old_form_too() -> None:
    parts = tuple(MigPart(i, f"MIG-b{i}", None, GIB, GIB, old_id=f"MIG-GPU-a0345678/{i}/0") for i in range(2))
    divided = (card(0, is_mig=True, parts=parts),)
    for listed, expected in {
        "MIG-GPU-a0345678/1/0": [None, 0],
        "MIG-b1,MIG-b0": [None, 0],
        "GPU-a0": [0, None],
        "0": [0, None],
        "MIG-b": [None, None],
    }.items():
        (gpu,) = numbered(divided, {"CUDA_VISIBLE_DEVICES": listed})
        assert [part.cuda_index for part in gpu.parts] == expected, listed
        assert gpu.cuda_index is None
        assert gpu.is_visible is any(part.is_visible for part in gpu.parts)


def test_a_divided_card_without_parts_takes_no_work() -> None:
    (gpu,) = numbered((card(0, is_mig=True),), {})
    assert (gpu.cuda_index, gpu.is_visible) == (None, False)


def test_beside_a_divided_card_the_order_is_not_known() -> None:
    part = MigPart(0, "MIG-b0", None, GIB, GIB)
    gpus = (card(0, is_mig=True, parts=(part,)), card(1))
    assert indices(gpus, order="PCI_BUS_ID") == [None, None]
    assert indices(gpus, "GPU-a1") == [None, 0]
    assert indices(gpus, "GPU-a1,GPU-a0") == [None, None]


def test_the_reader_joins_real_answers_with_the_environment(read: Read) -> None:
    by_slot = read("two_unequal", environ={"CUDA_DEVICE_ORDER": "PCI_BUS_ID"})["snapshots"][0]
    assert [gpu["cuda_index"] for gpu in by_slot["gpus"]] == [1, 0]
    assert by_slot["order_why"] is None
    fastest = read("two_unequal")["snapshots"][0]
    assert [gpu["cuda_index"] for gpu in fastest["gpus"]] == [None, None]
    assert fastest["order_why"] == Reason.ORDER_UNKNOWN
    alike = read("two_alike", environ={"CUDA_VISIBLE_DEVICES": "GPU-a0"})["snapshots"][0]
    assert [(gpu["cuda_index"], gpu["is_visible"]) for gpu in alike["gpus"]] == [(0, True), (None, False)]
