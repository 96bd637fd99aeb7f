"""An error as a program is told of it: problem details by RFC 9457, in the language that it asks for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response

from api.server import discretion
from api.spoken import Words, wanted
from fusion.errors import FusionError, Reason

MEDIA = "application/problem+json"
STEADY = {"Cache-Control": "no-store"}
RETRY_S = 5  # after which who was told that it is too much may ask again


class Refused(Exception):
    """An error with more for a program beside it.

    Attributes:
        more: members of the answer's object.
    """

    def __init__(self, error: FusionError, **more: Any) -> None:
        super().__init__(error.message)
        self.error, self.more = error, more


def too_many() -> FusionError:
    """It is too much at once."""
    return FusionError(Reason.TOO_BUSY, seconds=RETRY_S)


def at_the_door(asked: HTTPConnection, reason: Reason, wait_s: float = 0.0) -> Response:
    """What a program is told that is not let in.

    Args:
        wait_s: after which it may come again, where that is the reason.
    """
    seconds = math.ceil(wait_s)
    error = FusionError(reason, **({"seconds": seconds} if reason == Reason.TOO_BUSY else {}))
    headers = {"Retry-After": str(seconds)} if seconds else {}
    return response(asked, error, is_administrator=False, headers=headers)


def response(
    asked: HTTPConnection,
    error: FusionError,
    *,
    is_administrator: bool,
    more: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer that tells of an error.

    Args:
        is_administrator: who asks; others read of no folders.
        more: members beside those that are always there.
    """
    say = Words(wanted(asked.headers.get("accept-language")))
    known = error if is_administrator else discretion.discreet(error)
    told = {**(more or {}), **detailed(say, known), "instance": asked.url.path}
    sent = {**STEADY, "Content-Language": say.language, "Vary": "Accept-Language", **_headers(error), **(headers or {})}
    return JSONResponse(told, error.reason.status, sent, media_type=MEDIA)


def detailed(say: Words, error: FusionError) -> dict[str, Any]:
    """The members that every problem has."""
    detail, remedy = say.error(error)
    status = error.reason.status
    return {
        "type": "about:blank",
        "title": status.phrase,
        "status": int(status),
        "detail": detail,
        "remedy": remedy,
        "code": str(error.reason),
    }


def _headers(error: FusionError) -> dict[str, str]:
    if error.reason == Reason.TOKEN_WANTED:
        return {"WWW-Authenticate": 'Bearer realm="Fusewise"'}
    if error.reason == Reason.METHOD_UNKNOWN:
        return {"Allow": str(error.details["allowed"])}
    return {"Retry-After": str(RETRY_S)} if error.reason.status in (429, 503) else {}
