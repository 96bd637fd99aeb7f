"""One request as those see it who answer it, and how an answer or an error becomes a response."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api import problems
from api.host import Asker, Host
from api.server.streaming import Turns
from api.spoken import Words, wanted
from fusion.errors import FusionError, NotAllowed, Reason
from fusion.jobs import Jobs, JobView

EVERY = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
_LOG = logging.getLogger(__name__)
_EXPOSED = ("Location", "Retry-After", "Content-Language", "Idempotent-Replayed", "Preference-Applied")


@dataclass(frozen=True, slots=True)
class Call:
    """One request.

    Attributes:
        asker: who sends it.
    """

    request: Request
    host: Host
    asker: Asker

    @property
    def jobs(self) -> Jobs:
        return self.host.jobs()

    @property
    def say(self) -> Words:
        """Speaks the language that is asked for."""
        return Words(wanted(self.request.headers.get("accept-language")))

    @property
    def owner(self) -> str:
        """Whose what is made here is.

        Raises:
            FusionError: "visitor_unknown".
        """
        if self.asker.owner is None:
            raise FusionError(Reason.VISITOR_UNKNOWN)
        return self.asker.owner

    def view(self) -> JobView:
        """The job that the address names.

        Raises:
            FusionError: "job_unknown": there is none, or it is somebody else's; "visitor_unknown".
        """
        id = str(self.request.path_params["id"])
        owner, view = self.owner, self.jobs.view(id)
        is_theirs = self.asker.sees is None or view.owner == owner
        if not is_theirs or view.discarded is not None:
            raise FusionError(Reason.JOB_UNKNOWN, id=id)
        return view

    def need_administrator(self) -> None:
        """
        Raises:
            NotAllowed: it is somebody else.
        """
        if not self.asker.is_administrator:
            raise NotAllowed(Reason.ADMINISTRATOR_ONLY)

    @contextmanager
    def turn(self, turns: Turns) -> Iterator[None]:
        """One of the things that go on at once.

        Raises:
            FusionError: "too_busy".
        """
        asks = self.asker.owner or ""
        if not turns.take(asks):
            raise problems.too_many()
        try:
            yield
        finally:
            turns.give(asks)


Handler = Callable[[Call], Awaitable[Response]]


def route(host: Host, path: str, **handlers: Handler) -> Route:
    """An address, and who answers each method; every other is told which there are.

    Args:
        handlers: by the method's name.
    """
    allowed = ", ".join([*handlers, *(["HEAD"] if "GET" in handlers else [])])

    async def endpoint(request: Request) -> Response:
        handler = handlers.get("GET" if request.method == "HEAD" else request.method)
        return await _answered(host, request, handler, allowed)

    # Every method, or the server of the pages would answer those with a page that are not named.
    made = Route(host.base + path, endpoint, methods=list(EVERY), middleware=_across(host))
    return made


def json(value: object, status: int = 200, **headers: str) -> Response:
    """An answer that nobody keeps; a header's name has underscores for its dashes."""
    sent = {**problems.STEADY, **{name.replace("_", "-"): each for name, each in headers.items()}}
    return JSONResponse(value, status, sent)


async def _answered(host: Host, request: Request, handler: Handler | None, allowed: str) -> Response:
    asker = Asker(None, "", True, False)  # until it is known
    try:
        asker = host.asker(request)
        if handler is None:
            raise FusionError(Reason.METHOD_UNKNOWN, method=request.method[:20], allowed=allowed)
        return await handler(Call(request, host, asker))
    except problems.Refused as refused:
        error, more = refused.error, refused.more
    except FusionError as failure:
        error, more = failure, {}
    except ClientDisconnect:
        return Response(status_code=400)  # which nobody reads any more
    except Exception as bug:
        _LOG.exception("A request came to no end: %s %s", request.method, request.url.path)
        error, more = FusionError(Reason.INTERNAL, why=type(bug).__name__), {}
    return problems.response(request, error, is_administrator=asker.is_administrator, more=more)


def _across(host: Host) -> list[Middleware]:
    """What lets pages of other sites read answers, where somebody has named such sites."""
    if not host.origins:
        return []
    methods = ("GET", "POST", "DELETE")
    across = Middleware(
        CORSMiddleware,
        allow_origins=host.origins,
        allow_methods=methods,
        allow_headers=("*",),
        expose_headers=_EXPOSED,
    )
    return [across]
