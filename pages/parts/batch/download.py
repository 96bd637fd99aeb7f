"""The ZIP of a batch, sent as it is made: through a page's own button it would be held in memory as a whole.

The address is signed with a secret of this process and good for an hour or so, and whoever asks must be who owns the
batch: where there are several visitors, the link alone opens nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api.server import streaming
from fusion.batches import export, zip_stream
from fusion.errors import FusionError
from fusion.files import names
from fusion.jobs import Batch, Jobs
from fusion.labels import Label
from fusion.provenance import Leaving
from pages.parts.server import admission_setup, visitor
from pages.parts.services import jobs

GOOD_S = 3600  # so long an address is good at least
_STEP_S = 600  # addresses are made in steps: one that changed with every look would be drawn anew each time
AT_ONCE, BY_ALL = 3, 24  # by one visitor, by all
_PATH = "fusewise/batch"
_PLAIN = "plain"  # in the place of a label: none is drawn
_SECRET = secrets.token_bytes(32)
_NO_LONGER = "This address is no longer good: open the Batch page again."
_TURNS = streaming.Turns(AT_ONCE, BY_ALL)


def address(batch: str, label: Label | None = None) -> str:
    """Where the batch's ZIP is had for the next hour, for whoever owns the batch.

    Args:
        label: that is drawn into its pictures; None for none.
    """
    until, said = (int(time.time()) // _STEP_S + 1) * _STEP_S + GOOD_S, label or _PLAIN
    return "/".join([admission_setup.base(), _PATH, batch, said, str(until), _signed(batch, said, until)])


def file_name(batch: Batch) -> str:
    """What its ZIP is called, without suffix: after the file that the batch is called after, and its day."""
    stem = PurePosixPath(batch.name).stem if batch.way else batch.name
    return names.safe(f"{stem}-{datetime.fromtimestamp(batch.made):%Y-%m-%d}.zip")


def routes() -> list[Route]:
    """What the server answers beside the pages."""
    return [Route(f"{admission_setup.base()}/{_PATH}/{{batch}}/{{label}}/{{until:int}}/{{signature}}", _answer)]


async def _answer(request: Request) -> Response:
    batch, said, until, signature = (request.path_params[name] for name in ("batch", "label", "until", "signature"))
    if not hmac.compare_digest(signature.encode(), _signed(batch, said, until).encode()) or until < time.time():
        return _refused(_NO_LONGER, 404)
    try:
        who = visitor.who(request)
        label = partial(_label, Label(said) if said in list(Label) else None, is_served=visitor.is_served_to(who))
        found, members = await run_in_threadpool(_look, batch, label)
    except FusionError as error:
        return _refused(f"{error.message} {error.remedy}", 404)
    except OSError as error:
        return _refused(f"The ZIP cannot be made: {error.strerror}.", 503)
    if who == "":
        return _refused("This browser keeps no cookie, which says whose batch this is: allow it, and come again.", 403)
    if who not in (None, found.owner):  # nobody learns whether there is such a batch
        return _refused(_NO_LONGER, 404)
    asks = who or visitor.LOCAL
    if request.method == "GET" and not _TURNS.take(asks):
        return _refused("Other downloads are going on: try again when one has ended.", 429, {"Retry-After": "30"})
    name = quote(file_name(found), safe="")
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


def _look(batch: str, label: Callable[[Jobs], Label | None]) -> tuple[Batch, tuple[zip_stream.Member, ...]]:
    """The batch, and what its ZIP will hold."""
    queue = jobs()
    return queue.batch(batch), export.contents(export.jobs_of(queue, batch), Leaving.as_set(label(queue)))


def _label(said: Label | None, queue: Jobs, *, is_served: bool) -> Label | None:
    """What the address says; where that is no label, what is drawn now: an hour ago it may have been left out."""
    return said or queue.label(Label.EN, is_served=is_served).answered


def _refused(why: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return PlainTextResponse(why, status, {"Cache-Control": "no-store", **(headers or {})})


def _signed(batch: str, said: str, until: int) -> str:
    return hmac.new(_SECRET, f"{batch} {said} {until}".encode(), hashlib.sha256).hexdigest()[:32]
