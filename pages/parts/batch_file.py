"""The ZIP of a batch, sent piece by piece: through a page's own button it would be held in memory as a whole.

The address is signed with a secret of this process, so that nobody comes to a batch by its id.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import tempfile
from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import quote

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from fusion import pack
from fusion.errors import FusionError
from fusion.jobs import Jobs
from pages.parts.shared import jobs

_PATH = "fusewise/batch"
_CHUNK = 1024**2
_SECRET = secrets.token_bytes(32)


def address(batch: str) -> str:
    """Where the batch's ZIP is had, for whoever may see the batch."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return "/".join(["", *filter(None, [base, _PATH, batch, _signed(batch)])])


def routes() -> list[Route]:
    """What the server answers beside the pages."""
    return [Route(f"/{_PATH}/{{batch}}/{{signature}}", _answer)]


def packed(queue: Jobs, batch: str) -> BinaryIO:
    """The ZIP, in a file that has no name on the disk and is gone once it is closed.

    Raises:
        FusionError: there is no such batch, or no result in it.
        OSError: the disk is full.
    """
    queue.batch(batch)
    file = tempfile.TemporaryFile(dir=queue.folder)  # noqa: SIM115 (whoever sends it closes it)
    try:
        pack.write_zip(pack.jobs_of(queue, batch), file)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


async def _answer(request: Request) -> Response:
    batch, signature = request.path_params["batch"], request.path_params["signature"]
    if not hmac.compare_digest(signature.encode(), _signed(batch).encode()):
        return PlainTextResponse("This address is no longer good: open the Batch page again.", 404)
    queue = jobs()
    try:
        name = pack.safe(f"{queue.batch(batch).name}.zip")
        file = await run_in_threadpool(packed, queue, batch)
    except FusionError as error:
        return PlainTextResponse(f"{error.message} {error.remedy}", 404)
    except OSError as error:
        return PlainTextResponse(f"The ZIP could not be made: {error.strerror}.", 507)
    length = file.seek(0, 2)
    file.seek(0)
    headers = {
        "Content-Length": str(length),
        "Content-Disposition": f"attachment; filename*=utf-8''{quote(name)}.zip",
        "Cache-Control": "no-store",
    }
    return StreamingResponse(_pieces(file), media_type="application/zip", headers=headers)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_CHUNK):
            yield piece


def _signed(batch: str) -> str:
    return hmac.new(_SECRET, batch.encode(), hashlib.sha256).hexdigest()[:32]
