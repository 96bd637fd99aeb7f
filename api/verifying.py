"""`POST /v1/verify`: a picture in, as the body or as a file of a form; what it says of its origin out, as JSON.

The picture is held in memory while it is looked at, and let go; nothing of it is written anywhere.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import Response

from api.calls import Call, json
from api.problems import Refused
from api.server import forms
from api.server.streaming import Turns
from fusion import config, signing
from fusion.errors import FusionError, PhotoRejected, Reason
from fusion.units import MIB
from fusion.verification import LIMITS, Report
from fusion.verification import verify as look

AT_ONCE, BY_ALL = 2, 4  # by one visitor, by all: each may hold a picture of the largest size
_TIMES = 4  # the limit of a photo: results come as PNG
_RAW = ("", "application/octet-stream")
_AROUND = 64 * 1024  # bytes of a form beside its file
_TURNS = Turns(AT_ONCE, BY_ALL)


async def verify(call: Call) -> Response:
    """What a picture says of its origin, and whether that holds."""
    try:
        with call.turn(_TURNS):
            report = await run_in_threadpool(_checked, call, await _file(call.request))
    except FusionError as error:
        raise Refused(error, reason=str(error.reason)) from error
    return json(report.to_json())


def _checked(call: Call, file: bytes) -> Report:
    """What the picture says. Of jobs only those are told of that whoever asks may see."""

    def known(id: str) -> bool:
        try:
            owner = call.jobs.view(id).owner
            return call.asker.sees is None or owner == call.asker.sees
        except FusionError as error:
            if error.reason != Reason.JOB_UNKNOWN:
                raise
            return False

    return look(file, trusted=signing.trusted_roots(config.load()), known=known)


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
