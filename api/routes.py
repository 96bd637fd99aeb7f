"""Every address of the API, and who answers there."""

from __future__ import annotations

from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from api import advising, calls, events, machine, metrics, models, predictions, reactor, results, verifying
from api.calls import Call, Handler, json
from api.host import Host
from api.openapi import MODEL, document, page
from fusion.errors import FusionError, Reason

ONE = "/v1/predictions/{id}"
_OF_PAGE = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def handlers() -> dict[str, dict[str, Handler]]:
    """By path and method."""
    return {
        "/v1/predictions": {"GET": predictions.listed, "POST": predictions.create},
        f"{MODEL}/predictions": {"POST": predictions.create},
        f"{MODEL}/versions/{{version}}": {"GET": models.version},
        ONE: {"GET": predictions.get, "DELETE": predictions.delete},
        f"{ONE}/cancel": {"POST": predictions.cancel},
        f"{ONE}/events": {"GET": events.events},
        f"{ONE}/output": {"GET": results.output},
        f"{ONE}/recipe": {"GET": results.recipe},
        f"{ONE}/diagnosis": {"GET": results.diagnosis},
        "/v1/advice": {"POST": advising.advice},
        "/v1/diagnosis": {"POST": advising.diagnosis},
        "/v1/verify": {"POST": verifying.verify},
        "/v1/devices": {"GET": machine.devices},
        "/v1/capabilities": {"GET": machine.capabilities},
        machine.LIVE: {"GET": machine.live},
        machine.READY: {"GET": machine.ready},
        "/metrics": {"GET": metrics.metrics},
        "/reactor/image": {"POST": reactor.image},
        "/reactor/models": {"GET": reactor.models},
        "/reactor/upscalers": {"GET": reactor.upscalers},
        "/openapi.json": {"GET": _document},
        "/docs": {"GET": _page},
    }


def routes(host: Host) -> list[Route]:
    """All of it, to be served before what else a server has; what is nowhere in it is told so."""
    found = [calls.route(host, path, **methods) for path, methods in handlers().items()]
    nowhere = dict.fromkeys(calls.EVERY, _nowhere)
    return [*found, *(calls.route(host, f"{at}/{{rest:path}}", **nowhere) for at in ("/v1", "/reactor"))]


async def _document(call: Call) -> Response:
    return json(document(call.host.base))


async def _page(call: Call) -> Response:
    return HTMLResponse(page(document(call.host.base)), headers={"content-security-policy": _OF_PAGE})


async def _nowhere(call: Call) -> Response:
    del call
    raise FusionError(Reason.ADDRESS_UNKNOWN)
