"""Of a network's file the inputs that are none are dropped, and nothing else."""

from __future__ import annotations

import pytest

from fusion import onnx_session
from fusion.likeness import graph_inputs
from fusion.weights import locate


def field(number: int, payload: bytes) -> bytes:
    assert len(payload) < 128
    return bytes([number << 3 | 2, len(payload)]) + payload


NODE = field(1, field(1, b"picture") + field(1, b"weight") + field(2, b"answer"))
WEIGHT = field(5, field(8, b"weight"))
PICTURE = field(11, field(1, b"picture"))
FORMER, UNREAD = (field(11, field(1, name)) for name in (b"weight", b"weight_before"))
OTHERS = bytes([1 << 3, 8]) + field(2, b"producer")  # a number and a text
SIZED = bytes([6 << 3 | 5]) + b"abcd" + bytes([6 << 3 | 1]) + b"abcdefgh"  # four bytes and eight


def test_inputs_that_no_node_reads_or_that_an_initializer_gives_are_dropped() -> None:
    model = OTHERS + field(7, NODE + FORMER + PICTURE + WEIGHT + UNREAD) + SIZED
    assert graph_inputs.cleaned(model) == OTHERS + field(7, NODE + PICTURE + WEIGHT) + SIZED
    assert graph_inputs.cleaned(graph_inputs.cleaned(model)) == graph_inputs.cleaned(model)


@pytest.mark.parametrize("damaged", [b"\x3a", b"\x3a\xff", b"\x3a\x05ab", b"\x3b", b"\xff" * 12])
def test_what_is_no_message_is_refused(damaged: bytes) -> None:
    with pytest.raises(ValueError, match="byte"):
        graph_inputs.cleaned(damaged)


def test_the_network_that_compares_faces_is_left_with_one_input() -> None:
    file = locate.face_recognizer().read_bytes()
    session = onnx_session.session(graph_inputs.cleaned(file), 1)
    assert [(each.name, each.shape) for each in session.get_inputs()] == [("data", [1, 3, 112, 112])]
    assert session.get_overridable_initializers() == []
