"""`POST /v1/verify`: a picture in, as the body or as a file of a form; what it says of its origin out, as JSON.

Whoever may ask is settled before, by the server's own door. The picture is held in memory while it is looked at, and
let go; nothing of it is written anywhere.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.server import forms, streaming
from fusion import config, signing
from fusion.errors import FusionError, PhotoRejected, Reason
from fusion.units import MIB
from fusion.verification import LIMITS, Report, verify
from pages.parts.server import admission_setup, visitor
from pages.parts.services import jobs

AT_ONCE, BY_ALL = 2, 4  # by one visitor, by all: each may hold a picture of the largest size
_PATH = "/v1/verify"
_TIMES = 4  # the limit of a photo: results come as PNG
_RAW = ("", "application/octet-stream")
_AROUND = 64 * 1024  # bytes of a form beside its file
_STEADY = {"Cache-Control": "no-store"}
_TURNS = streaming.Turns(AT_ONCE, BY_ALL)


def routes() -> list[Route]:
    """What the server answers beside the pages."""
    # Every method, or Streamlit would answer those with a page that are not named.
    return [Route(admission_setup.base() + _PATH, _answer, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])]


async def _answer(request: Request) -> Response:
    if request.method != "POST":
        return _problem(405, "It is asked with POST.", "Send a picture.", Allow="POST")
    who = visitor.who(request)
    asks = who or visitor.LOCAL
    if not _TURNS.take(asks):
        return _problem(429, "Other pictures are being looked at.", "Ask again in some seconds.", Retry_After="5")
    try:
        report = await run_in_threadpool(_checked, await _file(request), who)
        return JSONResponse(report.to_json(), headers=_STEADY)
    except PhotoRejected as error:
        return _problem(error.reason.status, error.message, error.remedy, error.reason)
    except FusionError as error:  # of the server's own settings or database, which is no business of who asks
        return _problem(error.reason.status, "The server cannot look at it now.", "Ask whoever runs it.", error.reason)
    except ClientDisconnect:
        return Response(status_code=400)  # which nobody reads any more
    finally:
        _TURNS.give(asks)


def _checked(file: bytes, who: str | None) -> Report:
    """What the picture says. Of jobs only those are told of that whoever asks may see; None for everybody's."""

    def known(id: str) -> bool:
        try:
            return jobs().view(id).owner == who or who is None
        except FusionError as error:
            if error.reason != Reason.JOB_UNKNOWN:
                raise
            return False

    return verify(file, trusted=signing.trusted_roots(config.load()), known=known)


async def _file(request: Request) -> bytes:
    """The picture that was sent.

    Raises:
        PhotoRejected: too heavy, none at all, or sent as something else.
    """
    kind = forms.kind_of(request)
    most = min(_TIMES * config.load().max_upload_bytes, LIMITS.max_bytes)
    if kind == forms.FORM:
        return await _in_form(request, most)
    if kind not in _RAW and not kind.startswith("image/"):
        raise PhotoRejected(Reason.PHOTO_FORMAT, format=kind[:80])
    return b"".join([piece async for piece in _bounded(request, most)])


async def _in_form(request: Request, most_bytes: int) -> bytes:
    stream = _bounded(request, most_bytes + _AROUND)
    try:
        form = await forms.InMemory(request.headers, stream, max_files=1, max_fields=4, max_part_size=_AROUND).parse()
    except (MultiPartException, KeyError) as error:  # KeyError: it has no boundary
        raise PhotoRejected(Reason.PHOTO_UNREADABLE) from error
    try:
        files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
        return await files[0].read() if files else b""
    finally:
        await form.close()


def _bounded(request: Request, most_bytes: int) -> AsyncGenerator[bytes, None]:
    """The body as it comes; raises PhotoRejected: it says that it is longer, or is."""

    def refusal(size: int) -> PhotoRejected:
        limit = round(most_bytes / MIB, 1)
        return PhotoRejected(Reason.PHOTO_TOO_HEAVY, megabytes=size / MIB, limit_megabytes=limit)

    return forms.bounded(request, most_bytes, refusal)


def _problem(status: int, detail: str, remedy: str, reason: str = "", **headers: str) -> Response:
    """By RFC 9457."""
    title = HTTPStatus(status).phrase
    told = {"title": title, "status": int(status), "detail": detail, "remedy": remedy}
    told |= {"reason": str(reason), "code": str(reason)}
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return JSONResponse(told, status, {**_STEADY, **more}, media_type="application/problem+json")
