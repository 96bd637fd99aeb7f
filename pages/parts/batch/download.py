"""The ZIP of a batch, sent as it is made: through a page's own button it would be held in memory as a whole.

The address is signed with a secret of this process and good for an hour or so, and whoever asks must be who owns the
batch: where there are several visitors, the link alone opens nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from functools import partial
from urllib.parse import quote

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from fusion.batches import export, zip_stream
from fusion.errors import FusionError
from fusion.files import names
from fusion.jobs import Batch
from pages.parts.server import streaming, visitor
from pages.parts.services import jobs

GOOD_S = 3600  # so long an address is good at least
_STEP_S = 600  # addresses are made in steps: one that changed with every look would be drawn anew each time
AT_ONCE, BY_ALL = 3, 24  # by one visitor, by all
_PATH = "fusewise/batch"
_SECRET = secrets.token_bytes(32)
_NO_LONGER = "This address is no longer good: open the Batch page again."
_TURNS = streaming.Turns(AT_ONCE, BY_ALL)


def address(batch: str) -> str:
    """Where the batch's ZIP is had for the next hour, for whoever owns the batch."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    until = (int(time.time()) // _STEP_S + 1) * _STEP_S + GOOD_S
    return "/".join(["", *filter(None, [base, _PATH, batch, str(until), _signed(batch, until)])])


def routes() -> list[Route]:
    """What the server answers beside the pages."""
    return [Route(f"/{_PATH}/{{batch}}/{{until:int}}/{{signature}}", _answer)]


async def _answer(request: Request) -> Response:
    batch, until, signature = (request.path_params[name] for name in ("batch", "until", "signature"))
    if not hmac.compare_digest(signature.encode(), _signed(batch, until).encode()) or until < time.time():
        return _refused(_NO_LONGER, 404)
    try:
        found, members = await run_in_threadpool(_look, batch)
    except FusionError as error:
        return _refused(f"{error.message} {error.remedy}", 404)
    except OSError as error:
        return _refused(f"The ZIP cannot be made: {error.strerror}.", 503)
    who = visitor.who(request)
    if who == "":
        return _refused("This browser keeps no cookie, which says whose batch this is: allow it, and come again.", 403)
    if who not in (None, found.owner):  # nobody learns whether there is such a batch
        return _refused(_NO_LONGER, 404)
    asks = who or visitor.LOCAL
    if request.method == "GET" and not _TURNS.take(asks):
        return _refused("Other downloads are going on: try again when one has ended.", 429, {"Retry-After": "30"})
    name = quote(names.safe(f"{found.name}.zip"), safe="")
    return streaming.Sender(
        partial(zip_stream.pieces, members),
        zip_stream.length(members),
        "application/zip",
        {
            "Content-Disposition": f"attachment; filename*=utf-8''{name}.zip",
            "Cache-Control": "no-store",
        },
        until=partial(_TURNS.give, asks) if request.method == "GET" else lambda: None,
    )


def _look(batch: str) -> tuple[Batch, tuple[zip_stream.Member, ...]]:
    """The batch, and what its ZIP will hold."""
    queue = jobs()
    return queue.batch(batch), export.contents(export.jobs_of(queue, batch))


def _refused(why: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return PlainTextResponse(why, status, {"Cache-Control": "no-store", **(headers or {})})


def _signed(batch: str, until: int) -> str:
    return hmac.new(_SECRET, f"{batch} {until}".encode(), hashlib.sha256).hexdigest()[:32]
