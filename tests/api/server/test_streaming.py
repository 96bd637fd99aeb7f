"""Answers that are sent piece by piece: of a length that is known before, or not; and those that end early."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import anyio
import pytest

from api.server.streaming import Sender
from fusion.errors import FusionError, Reason
from tests.support.app_driver import awaited


def good() -> Generator[bytes, None, None]:
    yield b"one"
    yield b"two"


def unsigned() -> Generator[bytes, None, None]:
    yield b"one"
    raise FusionError(Reason.RESULT_GONE, file="a.png")


def sent(answer: Sender) -> list[dict[str, Any]]:
    """What a server is handed."""
    messages: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        await anyio.sleep_forever()
        raise AssertionError

    async def send(message: Any) -> None:
        messages.append(message)

    awaited(answer({"type": "http", "method": "GET"}, receive, send))
    return messages


@pytest.mark.parametrize("length", [6, None])
def test_a_length_is_promised_where_it_is_known(length: int | None) -> None:
    start, *body = sent(Sender(good, length, "application/zip", {"Cache-Control": "no-store"}))
    headers = dict(start["headers"])
    assert headers.get(b"content-length") == (None if length is None else b"6")
    assert headers[b"cache-control"] == b"no-store"
    assert b"".join(piece.get("body", b"") for piece in body) == b"onetwo"
    assert not body[-1].get("more_body", False)


def test_what_cannot_be_made_to_its_end_is_seen_to_be_cut_short() -> None:
    body = sent(Sender(unsigned, None, "application/zip", {}))[1:]
    assert [piece["body"] for piece in body] == [b"one"]
    assert body[-1]["more_body"]  # the last chunk never comes
