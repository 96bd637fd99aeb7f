"""An ONNX file without the graph inputs that are none.

Files that were quantised long after they were exported may name each former weight as an input of the graph, whether
any node reads it or not. Who runs it then wants a value for each at every run, and folds no constants. Here they are
dropped from the file's bytes, so that nothing needs the package `onnx`: of Protocol Buffers' encoding no more has to be
known than where a field begins and ends (https://protobuf.dev/programming-guides/encoding/).
"""

from __future__ import annotations

from collections.abc import Iterator

# Field numbers of onnx.proto.
_MODEL_GRAPH = 7
_GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_INPUT = 1, 5, 11
_NODE_INPUT, _TENSOR_NAME, _INPUT_NAME = 1, 8, 1
# Wire types.
_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5

Field = tuple[int, bytes, bytes]  # its number, its payload (empty for numbers), and all of its bytes


def cleaned(model: bytes) -> bytes:
    """The same network, with the graph inputs alone that a node reads and no initializer gives.

    Raises:
        ValueError: `model` is no Protocol Buffers message.
    """
    return b"".join(
        _message(_MODEL_GRAPH, _cleaned_graph(payload)) if number == _MODEL_GRAPH else whole
        for number, payload, whole in _fields(model)
    )


def _cleaned_graph(graph: bytes) -> bytes:
    fields = list(_fields(graph))
    read = {name for number, node, _ in fields if number == _GRAPH_NODE for name in _strings(node, _NODE_INPUT)}
    given = {
        name for number, each, _ in fields if number == _GRAPH_INITIALIZER for name in _strings(each, _TENSOR_NAME)
    }
    wanted = read - given
    return b"".join(
        whole
        for number, payload, whole in fields
        if number != _GRAPH_INPUT or not wanted.isdisjoint(_strings(payload, _INPUT_NAME))
    )


def _strings(message: bytes, number: int) -> Iterator[bytes]:
    return (payload for each, payload, _ in _fields(message) if each == number)


def _fields(message: bytes) -> Iterator[Field]:
    at = 0
    while at < len(message):
        tag, start = _varint(message, at)
        begin, end = _extent(message, start, tag & 7)
        if end > len(message):
            raise ValueError(f"a field at byte {at} reaches over the end")
        yield tag >> 3, message[begin:end], message[at:end]
        at = end


def _extent(message: bytes, start: int, wire_type: int) -> tuple[int, int]:
    """Where the payload of a field begins and ends; both the end where it is a number."""
    if wire_type == _LENGTH:
        length, begin = _varint(message, start)
        return begin, begin + length
    if wire_type == _VARINT:
        end = _varint(message, start)[1]
    elif wire_type in (_EIGHT_BYTES, _FOUR_BYTES):
        end = start + (8 if wire_type == _EIGHT_BYTES else 4)
    else:
        raise ValueError(f"wire type {wire_type} at byte {start}")
    return end, end


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """The number that begins at byte `at`, and where it ends."""
    value = shift = 0
    while at < len(message) and shift < 64:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
    raise ValueError(f"no number ends at byte {at}")


def _message(number: int, payload: bytes) -> bytes:
    return _number(number << 3 | _LENGTH) + _number(len(payload)) + payload


def _number(value: int) -> bytes:
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])
