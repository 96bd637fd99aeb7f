"""Bodies of requests, read as they come and never onto the disk."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

from starlette.formparsers import MultiPartParser
from starlette.requests import Request

from fusion.errors import FusionError
from fusion.units import GIB

FORM = "multipart/form-data"


class InMemory(MultiPartParser):
    """Writes no part of a form to the disk; how much may come is for whoever hands the stream in."""

    spool_max_size = GIB


def kind_of(request: Request) -> str:
    """What the body says that it is; "" where it says nothing."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def stated_bytes(request: Request) -> int | None:
    """How long the body says that it is; None where it does not say so."""
    stated = request.headers.get("content-length", "")
    return int(stated) if stated.isdecimal() else None


async def bounded(
    request: Request, most_bytes: int, refusal: Callable[[int], FusionError]
) -> AsyncGenerator[bytes, None]:
    """The body as it comes, as far as it may go.

    Args:
        refusal: gives what is raised for so many bytes.
    """
    stated, size = stated_bytes(request) or 0, 0
    if stated > most_bytes:
        raise refusal(stated)
    async for piece in request.stream():
        size += len(piece)
        if size > most_bytes:
            raise refusal(size)
        yield piece
